//! An operation under test, through the public API and an in-memory harness.
//!
//! In come a request and a response in any of their forms; out come the attributes and messages of the span.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use genai::invocation::{Chat, Embeddings, Invocation};
use genai::testing::Harness;
use genai::{Chunk, ContentCapture, Request, Response};
use serde_json::{Map, Value};

/// What an operation recorded.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The attributes by name, content excepted.
    pub attributes: Map<String, Value>,
    /// The messages sent.
    pub input: Value,
    /// The messages received.
    pub output: Value,
    /// The system instructions.
    pub system_instructions: Value,
    /// The tools.
    pub tool_definitions: Value,
    /// The type of an error in the body or the stream.
    pub error: Option<String>,
}

enum Running {
    Chat(Invocation<Chat>),
    Embeddings(Invocation<Embeddings>),
}

/// An operation under test.
pub struct Probe {
    harness: Harness,
    running: Running,
    /// Whether chunks and pieces are handed over one by one.
    is_pushed: bool,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

impl Probe {
    /// An operation of `provider` with this request.
    pub fn new(provider: &str, operation: &str, content: bool, request: &dyn Request) -> Self {
        let capture = if content {
            ContentCapture::SpanOnly
        } else {
            ContentCapture::NoContent
        };
        let harness = Harness::with(|telemetry| telemetry.capture(capture));
        let telemetry = harness.telemetry();
        let running = if operation == "embeddings" {
            Running::Embeddings(telemetry.embeddings(provider).request(&request).start())
        } else {
            let chat = telemetry.chat(provider).operation(operation.to_owned());
            Running::Chat(chat.request(&request).start())
        };
        Self {
            harness,
            running,
            is_pushed: false,
        }
    }

    /// Chunks and pieces are handed over one by one, and not observed as a stream.
    #[must_use]
    pub fn pushed(self) -> Self {
        Self {
            is_pushed: true,
            ..self
        }
    }

    /// The response is a value.
    pub fn response(mut self, response: &dyn Response) -> Recorded {
        match &mut self.running {
            Running::Chat(chat) => {
                chat.response(&response);
            }
            Running::Embeddings(embeddings) => {
                embeddings.response(&response);
            }
        }
        self.end()
    }

    /// The response is a stream of chunks, of values or of a client's type.
    pub fn chunks<T: Chunk + Unpin>(mut self, chunks: Vec<T>) -> Recorded {
        if self.is_pushed {
            for chunk in &chunks {
                match &mut self.running {
                    Running::Chat(chat) => {
                        chat.chunk(chunk);
                    }
                    Running::Embeddings(embeddings) => {
                        embeddings.chunk(chunk);
                    }
                }
            }
            return self.end();
        }
        let stream = Given(chunks.into_iter().map(Ok::<_, Infallible>));
        match self.running {
            Running::Chat(chat) => drain(genai::observe_stream(chat, stream)),
            Running::Embeddings(embeddings) => drain(genai::observe_stream(embeddings, stream)),
        }
        last_span(&self.harness)
    }

    /// The response is a body that arrives in pieces.
    pub fn bytes(mut self, pieces: Vec<Vec<u8>>) -> Recorded {
        if self.is_pushed {
            for piece in &pieces {
                match &mut self.running {
                    Running::Chat(chat) => {
                        chat.bytes(piece);
                    }
                    Running::Embeddings(embeddings) => {
                        embeddings.bytes(piece);
                    }
                }
            }
            return self.end();
        }
        let stream = Given(pieces.into_iter().map(Ok::<_, Infallible>));
        match self.running {
            Running::Chat(chat) => drain(genai::observe_bytes(chat, stream)),
            Running::Embeddings(embeddings) => drain(genai::observe_bytes(embeddings, stream)),
        }
        last_span(&self.harness)
    }

    /// There is no response.
    pub fn end(self) -> Recorded {
        match self.running {
            Running::Chat(chat) => chat.finish(),
            Running::Embeddings(embeddings) => embeddings.finish(),
        }
        last_span(&self.harness)
    }
}

/// A stream that is ready at once.
struct Given<I>(I);

impl<I: Iterator + Unpin> Stream for Given<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

fn drain(stream: impl Stream) {
    let mut stream = std::pin::pin!(stream);
    let mut poller = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(_)) = stream.as_mut().poll_next(&mut poller) {}
}

/// What the last span of `harness` recorded.
pub fn last_span(harness: &Harness) -> Recorded {
    let mut recorded = Recorded::default();
    let Some(span) = harness.spans().pop() else {
        return recorded;
    };
    for (key, value) in &span.attributes.0 {
        let parsed = || span.attributes.json(key).unwrap_or_default();
        match key.as_str() {
            "gen_ai.input.messages" => recorded.input = parsed(),
            "gen_ai.output.messages" => recorded.output = parsed(),
            "gen_ai.system_instructions" => recorded.system_instructions = parsed(),
            "gen_ai.tool.definitions" => recorded.tool_definitions = parsed(),
            "error.type" => recorded.error = span.attributes.str(key).map(str::to_owned),
            _ => {
                recorded.attributes.insert(key.clone(), plain(value));
            }
        }
    }
    recorded
}

fn plain(value: &opentelemetry::Value) -> Value {
    use opentelemetry::Value as Attribute;
    match value {
        Attribute::Bool(b) => Value::from(*b),
        Attribute::I64(n) => Value::from(*n),
        Attribute::F64(n) => Value::from(*n),
        Attribute::Array(opentelemetry::Array::String(list)) => {
            list.iter().map(|s| Value::from(s.as_str())).collect()
        }
        other => Value::from(other.as_str().into_owned()),
    }
}
