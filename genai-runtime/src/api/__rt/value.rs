//! Whether what a function returns is there when it returns: a type whose name does not say that it is a future is asked.

use std::future::Future;
use std::marker::PhantomData;

/// The type that a function returns.
pub struct TypeOf<T>(PhantomData<fn() -> T>);

/// The type `T`, to be asked.
pub fn type_of<T>() -> TypeOf<T> {
    TypeOf(PhantomData)
}

/// A value.
pub struct Finished;

/// A future that has yet to run.
pub struct YetToRun<F>(PhantomData<fn() -> F>);

impl<F: Future> TypeOf<F> {
    /// It has yet to run.
    pub fn state(&self) -> YetToRun<F> {
        YetToRun(PhantomData)
    }
}

/// Chosen for what is no future.
pub trait AnyValue {
    /// It is there.
    fn state(&self) -> Finished {
        Finished
    }
}

impl<T> AnyValue for TypeOf<T> {}

/// Implemented for what is there.
#[diagnostic::on_unimplemented(
    message = "the function returns a future, which has not run yet when the function ends",
    label = "a future",
    note = "write `returns = future` in the attribute if this is a boxed future: what the attribute does then lasts as long as it; \
        or return what it gives from an `async fn`; \
        or write `returns = value` if the future is not what the attribute is about"
)]
pub trait IsFinished {}

#[diagnostic::do_not_recommend]
impl IsFinished for Finished {}

/// Takes what is there.
pub fn finished<S: IsFinished>(_: S) {}
