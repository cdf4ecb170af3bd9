//! The start of an operation: what the macro knows comes as data, and nothing at all happens when nothing listens.

use crate::extract::record;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{ProviderRequest, Request};
use crate::operation::{Op, Slot};
use crate::semconv::registry::keys;

/// A literal of an attribute, already checked against the registry.
#[derive(Clone, Copy)]
pub enum Lit {
    /// A string.
    S(&'static str),
    /// An integer.
    I(i64),
    /// A double.
    F(f64),
    /// A boolean.
    B(bool),
    /// A list of one string.
    L(&'static str),
}

/// Begins an operation with what is known while compiling. It starts by [`Op::begun`](Op).
#[inline]
pub fn begin(kind: u8, provider: &'static str, literals: &'static [(u8, Lit)]) -> Slot {
    let op = Op::begin(kind)?;
    Some(fill(op, provider, literals))
}

/// As [`begin`], where the operation starts when its future is polled, wherever that is.
#[inline]
pub fn begin_later(kind: u8, provider: &'static str, literals: &'static [(u8, Lit)]) -> Slot {
    let mut op = Op::begin(kind)?;
    op.evaluate_for_later();
    Some(fill(op, provider, literals))
}

/// Begins and starts an operation of which no more is known.
#[inline]
pub fn begun(kind: u8, provider: &'static str, literals: &'static [(u8, Lit)]) -> Slot {
    let mut op = fill(Op::begin(kind)?, provider, literals);
    op.start();
    Some(op)
}

/// Begins and starts an operation that knows the rest from its request.
#[inline]
pub fn begin_with<R: Request>(
    kind: u8,
    provider: &'static str,
    literals: &'static [(u8, Lit)],
    request: &R,
) -> Slot {
    let op = Op::begin(kind)?;
    Some(start_with(op, provider, literals, request))
}

/// The same where the request knows the provider too.
#[inline]
pub fn begin_for<R: ProviderRequest>(
    kind: u8,
    literals: &'static [(u8, Lit)],
    request: &R,
) -> Slot {
    let op = Op::begin(kind)?;
    Some(start_for(op, literals, request))
}

#[inline(never)]
fn fill(mut op: Box<Op>, provider: &'static str, literals: &'static [(u8, Lit)]) -> Box<Op> {
    if !provider.is_empty() {
        op.fill_static(keys::GEN_AI_PROVIDER_NAME.id(), provider);
    }
    for (id, literal) in literals {
        match *literal {
            Lit::S(text) => op.fill_static(*id, text),
            Lit::I(number) => op.fill_int(*id, number),
            Lit::F(number) => op.fill_double(*id, number),
            Lit::B(flag) => op.fill_bool(*id, flag),
            Lit::L(text) => op.fill_list(*id, vec![text.into()]),
        }
    }
    op
}

#[inline(never)]
fn start_with(
    op: Box<Op>,
    provider: &'static str,
    literals: &'static [(u8, Lit)],
    request: &dyn Request,
) -> Box<Op> {
    let mut op = fill(op, provider, literals);
    record::request(&mut op, request);
    op.start();
    op
}

#[inline(never)]
fn start_for(
    op: Box<Op>,
    literals: &'static [(u8, Lit)],
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

/// What a body that returns `T` would return: the unreachable `return` of it tells the compiler the type.
#[expect(clippy::empty_loop, reason = "never called")]
pub fn ret<T>() -> T {
    loop {}
}
