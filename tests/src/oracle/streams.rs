//! A scenario's stream: chunks from a source, read to the end or not, through `genai::observe_stream_with`.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use futures_core::Stream;
use genai::{Accumulator, Chat, Chunk, Invocation};
use serde_json::Value;

use super::context::block_on;
use super::fields;
use super::ops::{Raised, Ran, World};

/// Runs the stream of `op`.
pub(super) fn run(world: &World, mut invocation: Invocation<Chat>, op: &Value) -> Ran {
    let stream = &op["stream"];
    let attached = (stream["suspend"] == false).then(|| invocation.attach());
    world.observe_current(&Value::from("after_suspend"));
    let problem = Cell::default();
    let source = Source {
        op,
        left: stream["chunks"].as_u64().unwrap_or(0),
        given: 0,
        error: stream["error_at"]
            .as_u64()
            .map(|at| (at, world.raised(stream))),
        problem: &problem,
    };
    let wanted = match stream["consume"].as_str().unwrap_or("all") {
        "all" => u64::MAX,
        _ => stream["after"].as_u64().unwrap_or(0),
    };
    let mut observed = Box::pin(genai::observe_stream_with(invocation, source, |item| {
        item.as_ref().err().map(Raised::record)
    }));
    let mut read = 0;
    let mut ended = Ok(());
    while read < wanted && ended.is_ok() {
        match block_on(poll_fn(|poller| observed.as_mut().poll_next(poller))) {
            Some(Ok(_)) => read += 1,
            Some(Err(raised)) => ended = Err(raised),
            None => break,
        }
    }
    match stream["consume"].as_str() {
        Some("close") => observed.as_mut().finish(),
        Some("with_exception") => {
            let raised = world.raised(stream);
            observed.as_mut().fail(raised.record());
            ended = Err(raised);
        }
        _ => {}
    }
    drop(observed);
    drop(attached);
    if let Some(problem) = problem.take() {
        return Err(problem);
    }
    if let Err(raised) = &ended {
        world.reached_caller(raised);
    }
    Ok(if op["rethrow"] == true { ended } else { Ok(()) })
}

/// Where the chunks come from.
struct Source<'a> {
    op: &'a Value,
    left: u64,
    given: u64,
    error: Option<(u64, Raised)>,
    problem: &'a Cell<Option<String>>,
}

/// A chunk tells what the operation's `set` and messages say, since the reference sets those when the stream ends, early or not.
struct Answer<'a>(&'a Value);

impl Source<'_> {
    /// The reference sets the fields when the stream ends.
    fn tell(&self) {
        if let Err(problem) = fields::tell_current(self.op) {
            self.problem.set(Some(problem));
        }
    }
}

impl<'a> Stream for Source<'a> {
    type Item = Result<Answer<'a>, Raised>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Poller<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let given = this.given;
        if let Some((_, raised)) = this.error.take_if(|(at, _)| *at == given) {
            this.tell();
            return Poll::Ready(Some(Err(raised)));
        }
        if this.left == 0 {
            this.tell();
            return Poll::Ready(None);
        }
        this.left -= 1;
        this.given += 1;
        Poll::Ready(Some(Ok(Answer(this.op))))
    }
}

impl Chunk for Answer<'_> {
    fn record(&self, _: &mut Accumulator) {}
}
