//! What the compiler says of annotated code: the cases are in `fail` and `tests/pass`, by topic. Here is what several of them need.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

/// Runs a future that never waits for anything.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// The words of a text as a stream.
#[derive(Debug)]
pub struct Words(std::vec::IntoIter<String>);

/// Splits a text at its spaces.
pub fn words(text: &str) -> Words {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    Words(words.into_iter())
}

impl Stream for Words {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<String>> {
        Poll::Ready(self.0.next())
    }
}

/// Everything a stream gives.
pub fn collect<S: Stream>(stream: S) -> Vec<S::Item> {
    let mut stream = pin!(stream);
    let mut items = Vec::new();
    block_on(std::future::poll_fn(move |context| {
        while let Poll::Ready(item) = stream.as_mut().poll_next(context) {
            match item {
                Some(item) => items.push(item),
                None => return Poll::Ready(std::mem::take(&mut items)),
            }
        }
        Poll::Pending
    }))
}
