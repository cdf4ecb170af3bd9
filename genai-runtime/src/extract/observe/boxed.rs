//! Types that hold a boxed future or stream: the observed one goes in, the type that the user's signature names comes out.

use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;

/// A named type that holds a boxed future, for `returns = future`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the observed future",
    label = "expects `impl Future<Output = ..>` or `Pin<Box<dyn Future<Output = ..>>>`"
)]
pub trait FromFuture<F> {
    /// Boxes it.
    fn from_future(future: F) -> Self;
}

/// A named type that holds a boxed stream, for `returns = stream`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the observed stream",
    label = "expects `impl Stream<Item = ..>` or `Pin<Box<dyn Stream<Item = ..>>>`",
    note = "`impl Stream<Item = ..>` in place of `{Self}` is enough, also for a receiver of a channel: what polls it stays as it is"
)]
pub trait FromStream<S> {
    /// Boxes it.
    fn from_stream(stream: S) -> Self;
}

/// A `Result` under another name.
impl<S, T: FromStream<S>, E> FromStream<Result<S, E>> for Result<T, E> {
    fn from_stream(result: Result<S, E>) -> Self {
        result.map(T::from_stream)
    }
}

macro_rules! boxes {
    ($([$($auto:tt)*])*) => {$(
        impl<'a, F: Future $($auto)* + 'a> FromFuture<F> for Pin<Box<dyn Future<Output = F::Output> $($auto)* + 'a>> {
            fn from_future(future: F) -> Self {
                Box::pin(future)
            }
        }

        impl<'a, S: Stream $($auto)* + 'a> FromStream<S> for Pin<Box<dyn Stream<Item = S::Item> $($auto)* + 'a>> {
            fn from_stream(stream: S) -> Self {
                Box::pin(stream)
            }
        }
    )*};
}
boxes!([] [+ Send] [+ Send + Sync]);
