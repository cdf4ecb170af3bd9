//! What a result says, by its type, without the macro knowing the type.
//!
//! `Returned(&output)` has inherent methods with bounds. Where a bound holds they are chosen, else the method of the same name of a
//! trait that is implemented for everything. The compiler decides where the function is defined, so in a generic function only
//! what its bounds promise counts.

use super::wire::{Serialises, wire};
use crate::extract::record;
use crate::extract::recorder::Recorder;
use crate::extract::traits::Response;
use crate::extract::wire::WireFormat;
use crate::operation::Op;

/// A function's result.
pub struct Returned<'a, T>(pub(super) &'a T);

/// What the result of a call adds to its operation.
pub trait Returns {
    /// The result, to be asked what it says. The user's code is done.
    fn returned<'a, T>(&mut self, output: &'a T) -> Returned<'a, T>;

    /// `response = path`
    fn record_with<T: ?Sized>(&mut self, value: &T, path: impl FnOnce(&T, &mut Recorder<'_>));

    /// `response = openai`
    fn record_in<T: Serialises>(&mut self, format: WireFormat, value: &T);
}

impl Returns for Op {
    fn returned<'a, T>(&mut self, output: &'a T) -> Returned<'a, T> {
        self.complete();
        Returned(output)
    }

    fn record_with<T: ?Sized>(&mut self, value: &T, path: impl FnOnce(&T, &mut Recorder<'_>)) {
        path(value, &mut Recorder::new(self));
    }

    fn record_in<T: Serialises>(&mut self, format: WireFormat, value: &T) {
        answered(self, &wire(format, value));
    }
}

/// Records a response; what its chunks said, where the body handed them over, is known better.
pub(super) fn answered(op: &mut Op, response: &dyn Response) {
    op.settle_gathered();
    record::response(op, response);
}

impl<T: Response> Returned<'_, T> {
    /// Records the response.
    pub fn response(&self, op: &mut Op) {
        answered(op, self.0);
    }

    /// Records the response.
    pub fn response_if_any(&self, op: &mut Op) {
        answered(op, self.0);
    }
}

/// Chosen for a result that is no [`Response`]; its method is marked deprecated so that the compiler warns.
pub trait NoResponse {
    /// Records nothing.
    #[deprecated(
        note = "a warning, nothing is deprecated: no response is recorded, since this type is not known as one. \
        Derive `genai::Response` for it or switch on the client's feature; \
        or name what is recorded of it: `response(|r| model = .., input_tokens = ..)`, or `response = path::to::a_function`; \
        or say what it serialises to: `response = openai`; \
        or say that nothing is recorded of it: `response = none`. \
        In a generic function the bound `T: genai::Response` makes it known"
    )]
    fn response(&self, _: &mut Op) {}
}

impl<T> NoResponse for Returned<'_, T> {}

/// The same where a result is not expected to say anything.
pub trait ResponseIfAny {
    /// Records nothing.
    fn response_if_any(&self, _: &mut Op) {}
}

impl<T> ResponseIfAny for Returned<'_, T> {}

impl<'a, T, E> Returned<'a, Result<T, E>> {
    /// The value of a success.
    pub fn ok(&self) -> Option<&'a T> {
        self.0.as_ref().ok()
    }

    /// The error of a failure.
    pub fn err(&self) -> Option<&'a E> {
        self.0.as_ref().err()
    }
}

/// The same for results that are no `Result`.
pub trait Plain<'a> {
    /// The type of the result.
    type Value;

    /// The value.
    fn ok(&self) -> Option<&'a Self::Value>;

    /// There is no error to speak of.
    fn err(&self) -> Option<&'a std::convert::Infallible>
    where
        Self::Value: IsResult,
    {
        None
    }
}

impl<'a, T> Plain<'a> for Returned<'a, T> {
    type Value = T;

    fn ok(&self) -> Option<&'a T> {
        Some(self.0)
    }
}

/// Implemented for nothing but `Result`.
#[diagnostic::on_unimplemented(
    message = "`error(..)` needs a function that returns a `Result`; this one returns `{Self}`",
    label = "there is no error in this type"
)]
pub trait IsResult {}

impl<T, E> IsResult for Result<T, E> {}
