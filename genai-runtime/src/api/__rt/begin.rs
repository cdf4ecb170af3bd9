//! The start of an operation: what the macro knows comes as data, and nothing at all happens when nothing listens.

use crate::diag::warn::{Once, contained};
use crate::extract::recorder::Recorder;
use crate::extract::traits::{ProviderRequest, Request, Response};
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
    op.record_request(request);
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
    op.record_provider(request);
    op.record_request(&request);
    op.start();
    op
}

impl Op {
    pub(crate) fn record_request(&mut self, request: &dyn Request) {
        contained(
            Once::RequestPanicked,
            "an implementation of `genai::Request`",
            || {
                request.record(&mut Recorder::new(self));
            },
        );
    }

    pub(crate) fn record_response(&mut self, response: &dyn Response) {
        contained(
            Once::ResponsePanicked,
            "an implementation of `genai::Response`",
            || {
                response.record(&mut Recorder::new(self));
            },
        );
    }

    pub(super) fn record_provider(&mut self, request: &dyn ProviderRequest) {
        contained(
            Once::RequestPanicked,
            "an implementation of `genai::ProviderRequest`",
            || {
                let provider = request.provider();
                self.fill_str(keys::GEN_AI_PROVIDER_NAME.id(), &provider);
            },
        );
    }
}

/// What a body that returns `T` would return: the unreachable `return` of it tells the compiler the type.
#[expect(clippy::empty_loop, reason = "never called")]
pub fn ret<T>() -> T {
    loop {}
}
