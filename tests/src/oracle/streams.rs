//! A scenario's stream: chunks from a source, read to the end or not, through `genai::observe_stream_with`.

use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use futures::executor::block_on;
use futures::stream::{Stream, StreamExt as _};
use genai::invocation::{Chat, Invocation};
use genai::{Accumulator, Chunk};
use serde_json::Value;

use super::fields::Fields as _;
use super::ops::{Raised, Ran, World};

/// What only the answer has; everything else is known before the stream, where its metrics do not show it.
const KNOWN_BY_CHUNKS: &str = "response_model_name";

/// Runs the stream of `op`.
pub(super) fn run(world: &World, mut invocation: Invocation<Chat>, op: &Value) -> Ran {
    let stream = &op["stream"];
    let mut before = op.clone();
    if let Some(set) = before["set"].as_object_mut() {
        set.remove(KNOWN_BY_CHUNKS);
    }
    invocation.fill(&before)?;
    let attached = (stream["suspend"] == false).then(|| invocation.attach());
    world.observe_current(&Value::from("after_suspend"));
    let source = Source {
        model: op["set"][KNOWN_BY_CHUNKS].as_str(),
        left: stream["chunks"].as_u64().unwrap_or(0),
        given: 0,
        error: stream["error_at"]
            .as_u64()
            .map(|at| (at, world.raised(stream))),
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
        match block_on(observed.next()) {
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
    if let Err(raised) = &ended {
        world.reached_caller(raised);
    }
    Ok(if op["rethrow"] == true { ended } else { Ok(()) })
}

/// Where the chunks come from.
struct Source<'a> {
    model: Option<&'a str>,
    left: u64,
    given: u64,
    error: Option<(u64, Raised)>,
}

/// A chunk, which names the model.
struct Answer<'a> {
    model: Option<&'a str>,
}

impl<'a> Stream for Source<'a> {
    type Item = Result<Answer<'a>, Raised>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Poller<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let given = this.given;
        let error = this.error.take_if(|(at, _)| *at == given);
        if let (None, Some(left)) = (&error, this.left.checked_sub(1)) {
            this.left = left;
            this.given += 1;
            let model = this.model;
            return Poll::Ready(Some(Ok(Answer { model })));
        }
        if let Some(model) = this.model {
            // A stream without a chunk has it from nowhere else.
            genai::current().model(model);
        }
        Poll::Ready(error.map(|(_, raised)| Err(raised)))
    }
}

impl Chunk for Answer<'_> {
    fn record_chunk(&self, stream: &mut Accumulator) {
        if let Some(model) = self.model {
            stream.model(model);
        }
    }
}
