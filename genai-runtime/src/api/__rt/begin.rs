//! The start of an operation: what the macro knows comes as data, and nothing at all happens when nothing listens.

use crate::extract::record;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{ProviderRequest, Request};
use crate::operation::{Op, Slot};
use crate::semconv::registry::keys;

/// A literal of an attribute, already checked against the registry.
#[derive(Clone, Copy)]
pub enum Literal {
    /// A string.
    Text(&'static str),
    /// An integer.
    Integer(i64),
    /// A double.
    Double(f64),
    /// A boolean.
    Boolean(bool),
    /// A list of one string.
    Texts(&'static str),
}

/// Begins an operation with what is known while compiling. [`Op::start`] starts it.
#[inline]
pub fn begin(kind: u8, provider: &'static str, literals: &'static [(u8, Literal)]) -> Slot {
    let op = Op::begin(kind)?;
    Some(fill(op, provider, literals))
}

/// As [`begin`], where the operation starts when its future is polled, wherever that is.
#[inline]
pub fn begin_later(kind: u8, provider: &'static str, literals: &'static [(u8, Literal)]) -> Slot {
    let mut op = Op::begin(kind)?;
    op.evaluate_for_later();
    Some(fill(op, provider, literals))
}

/// Begins and starts an operation of which no more is known.
#[inline]
pub fn start(kind: u8, provider: &'static str, literals: &'static [(u8, Literal)]) -> Slot {
    let mut op = fill(Op::begin(kind)?, provider, literals);
    op.start();
    Some(op)
}

/// Begins and starts an operation that knows the rest from its request.
#[inline]
pub fn start_with<R: Request>(
    kind: u8,
    provider: &'static str,
    literals: &'static [(u8, Literal)],
    request: &R,
) -> Slot {
    let op = Op::begin(kind)?;
    Some(started_with(op, provider, literals, request))
}

/// The same where the request knows the provider too.
#[inline]
pub fn start_for<R: ProviderRequest>(
    kind: u8,
    literals: &'static [(u8, Literal)],
    request: &R,
) -> Slot {
    let op = Op::begin(kind)?;
    Some(started_for(op, literals, request))
}

#[inline(never)]
fn fill(mut op: Box<Op>, provider: &'static str, literals: &'static [(u8, Literal)]) -> Box<Op> {
    if !provider.is_empty() {
        op.fill_static(keys::GEN_AI_PROVIDER_NAME.id(), provider);
    }
    for (id, literal) in literals {
        match *literal {
            Literal::Text(text) => op.fill_static(*id, text),
            Literal::Integer(number) => op.fill_int(*id, number),
            Literal::Double(number) => op.fill_double(*id, number),
            Literal::Boolean(flag) => op.fill_bool(*id, flag),
            Literal::Texts(text) => op.fill_list(*id, vec![text.into()]),
        }
    }
    op
}

#[inline(never)]
fn started_with(
    op: Box<Op>,
    provider: &'static str,
    literals: &'static [(u8, Literal)],
    request: &dyn Request,
) -> Box<Op> {
    let mut op = fill(op, provider, literals);
    record::request(&mut op, request);
    op.start();
    op
}

#[inline(never)]
fn started_for(
    op: Box<Op>,
    literals: &'static [(u8, Literal)],
    request: &dyn ProviderRequest,
) -> Box<Op> {
    let mut op = fill(op, "", literals);
    record::provider(&mut op, request);
    record::request(&mut op, &request);
    op.start();
    op
}

/// `request = ..`; after the explicit entries, so that these win.
pub fn request<R: Request>(op: &mut Op, request: &R) {
    record::request(op, request);
}

/// The same where the provider is the request's.
pub fn request_for<R: ProviderRequest>(op: &mut Op, request: &R) {
    record::provider(op, request);
    record::request(op, &request);
}

/// The operation behind a recorder, for what the derives expand to.
pub fn fields<'a>(recorder: &'a mut Recorder<'_>) -> &'a mut Op {
    recorder.op()
}

/// What a body that returns `T` would return: the unreachable `return` of it gives the compiler the type.
#[expect(clippy::empty_loop, reason = "never called")]
pub fn unreachable<T>() -> T {
    loop {}
}
