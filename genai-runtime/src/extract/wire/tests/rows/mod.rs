//! The rows of the wire formats: small requests, responses and streams, each with everything that is recorded of it and nothing else.
//!
//! Each is read as a value, as a type that serialises, and as bytes, with content and without; all must give the same.

use serde_json::{Map, Value, json};

use crate::extract::accumulator::Accumulator;
use crate::extract::budget::Room;
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::wire::probe::Probe;
use crate::extract::wire::{ByteAccumulator, Wire, read};

mod anthropic;
mod bedrock;
mod cohere;
mod conversations;
mod faults;
mod gemini;
mod hosted;
mod identity;
mod interactions;
mod invoke;
mod messages;
mod ollama;
mod openai;
mod predictions;
mod recognition;
mod responses;
mod totals;
mod unread;

/// Reads every event as one that is too large to be held, in pieces of some bytes.
fn in_pieces<B: AsRef<[u8]>>(events: impl IntoIterator<Item = B>, most: usize, op: &mut Probe) {
    let content = op.recorder().wants_content();
    let mut stream = ByteAccumulator::with_limit(content, most);
    for event in events {
        for piece in event.as_ref().chunks(11) {
            stream.feed(piece);
        }
    }
    let large = stream.large_events();
    stream.end().finish(&mut op.recorder());
    assert!(large > 0);
}

/// The headers of a frame.
const HEADERS: &[u8] = b"\x0b:event-type\x07\0\x05chunk";

/// A frame of AWS around the base64 of `payload`, as InvokeModel has it.
fn frame(payload: &str) -> Vec<u8> {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::STANDARD.encode(payload);
    let wrapped = format!("{{\"p\":\"abc\",\"bytes\":\"{payload}\"}}");
    let total = 16 + HEADERS.len() + wrapped.len();
    let mut frame = Vec::new();
    for length in [total, HEADERS.len()] {
        frame.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(HEADERS);
    frame.extend_from_slice(wrapped.as_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame
}

/// What an operation recorded: attributes without `gen_ai.`, and messages where content is wanted.
pub(super) fn recorded(op: &Probe) -> Value {
    let mut recorded = Map::new();
    for (key, value) in op.facts() {
        let key = key.strip_prefix("gen_ai.").unwrap_or(key);
        recorded.insert(key.to_owned(), plain(&value));
    }
    let mut list = |key: &str, list: Value| {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            recorded.insert(key.to_owned(), list);
        }
    };
    list("input", json!(op.input()));
    list("output", json!(op.output()));
    list("system", json!(op.system()));
    list("tools", json!(op.tools()));
    if let Some(error) = op.error() {
        recorded.insert("error".to_owned(), json!(error));
    }
    Value::Object(recorded)
}

fn plain(value: &opentelemetry::Value) -> Value {
    use opentelemetry::{Array, Value as Attribute};
    match value {
        Attribute::Bool(b) => json!(b),
        Attribute::I64(n) => json!(n),
        Attribute::F64(n) => json!(n),
        Attribute::Array(Array::String(list)) => list.iter().map(|s| s.as_str()).collect(),
        other => json!(other.as_str()),
    }
}

/// `recorded` with these counters of usage.
fn with_usage(mut recorded: Value, counters: &[(&str, u64)]) -> Value {
    for (counter, n) in counters {
        recorded[format!("usage.{counter}")] = json!(n);
    }
    recorded
}

/// `recorded` with the usage of a format that counts 3 tokens of input apart from 100 read from and 20 written to a cache.
fn with_cache(recorded: Value) -> Value {
    let counters = [
        ("input_tokens", 123),
        ("output_tokens", 7),
        ("cache_read.input_tokens", 100),
        ("cache_creation.input_tokens", 20),
    ];
    with_usage(recorded, &counters)
}

/// Who else may answer in a format: nobody that is named, a gateway, and whoever gives a hint that is wrong.
const OTHERS: [&str; 7] = [
    "",
    "a-gateway",
    "openai",
    "anthropic",
    "aws.bedrock",
    "cohere",
    "ollama",
];

/// Checks what `run` records with content and without, at the provider and at every other.
fn check(what: &str, op: &Op<'_>, expected: &Value, run: impl Fn(&mut Probe)) {
    let others = OTHERS.into_iter().filter(|other| !op.lost.contains(other));
    for provider in [op.provider].into_iter().chain(others) {
        // Keys of OpenAI's own API are for nobody else.
        let is_comparable = |key: &str| {
            let is_theirs = provider == op.provider || !key.starts_with("openai.");
            is_theirs && (!op.is_counted || key.starts_with("usage."))
        };
        for content in [true, false] {
            let mut probe = Probe::new(provider, op.embeddings, content);
            run(&mut probe);
            let (mut recorded, mut expected) = (recorded(&probe), expected.clone());
            let both = [recorded.as_object_mut(), expected.as_object_mut()];
            for fields in both.into_iter().flatten() {
                fields.retain(|key, _| {
                    let is_content = ["input", "output", "system", "tools"].contains(&&**key);
                    is_comparable(key) && (content || !is_content)
                });
            }
            assert_eq!(
                recorded, expected,
                "{what}, at {provider:?}, content {content}"
            );
        }
    }
    // What is listed as lost is lost, so that the list stays small.
    for provider in op.lost {
        let mut probe = Probe::new(provider, op.embeddings, true);
        run(&mut probe);
        assert_ne!(
            &recorded(&probe),
            expected,
            "{what}, at {provider:?}: nothing is lost"
        );
    }
}

/// The operation that a row is about.
struct Op<'a> {
    provider: &'a str,
    embeddings: bool,
    /// At which of [`OTHERS`] something of the row is lost: where only the provider's name decides between formats.
    lost: &'a [&'a str],
    /// Only the token counts are looked at.
    is_counted: bool,
}

const fn chat(provider: &str) -> Op<'_> {
    Op {
        provider,
        embeddings: false,
        lost: &[],
        is_counted: false,
    }
}

const fn embeddings(provider: &str) -> Op<'_> {
    Op {
        provider,
        embeddings: true,
        lost: &[],
        is_counted: false,
    }
}

impl<'a> Op<'a> {
    /// Looks at the token counts alone.
    const fn counts(self) -> Self {
        Self {
            is_counted: true,
            ..self
        }
    }

    /// Says at whose name something is lost.
    const fn loses(self, lost: &'a [&'a str]) -> Self {
        Self { lost, ..self }
    }

    /// A request and what is recorded of it.
    fn asks(&self, request: Value, expected: Value) {
        let text = request.to_string();
        check("value", self, &expected, |op| {
            Request::record_request(&request, &mut op.recorder());
        });
        check("type", self, &expected, |op| {
            Request::record_request(&Wire::detect(&request), &mut op.recorder());
        });
        check("text", self, &expected, |op| {
            read::request(text.as_bytes(), None, &mut op.recorder());
        });
    }

    /// A whole response and what is recorded of it.
    fn answers(&self, response: Value, expected: Value) {
        let text = response.to_string();
        check("value", self, &expected, |op| {
            Response::record_response(&response, &mut op.recorder());
        });
        check("type", self, &expected, |op| {
            Response::record_response(&Wire::detect(&response), &mut op.recorder());
        });
        check("text", self, &expected, |op| {
            let mut stream = ByteAccumulator::new(op.recorder().wants_content());
            stream.feed(text.as_bytes());
            stream.end().finish(&mut op.recorder());
        });
        check("text in pieces", self, &expected, |op| {
            in_pieces([text.as_bytes()], 1, op);
        });
    }

    /// The chunks of a stream and what is recorded of them.
    fn streams(&self, chunks: &[Value], expected: Value) {
        check("values", self, &expected, |op| {
            let mut stream = Accumulator::new(op.recorder().wants_content(), Room::default());
            chunks
                .iter()
                .for_each(|chunk| Chunk::record_chunk(chunk, &mut stream));
            stream.finish(&mut op.recorder());
        });
        check("types", self, &expected, |op| {
            let mut stream = Accumulator::new(op.recorder().wants_content(), Room::default());
            chunks
                .iter()
                .for_each(|chunk| Chunk::record_chunk(&Wire::detect(chunk), &mut stream));
            stream.finish(&mut op.recorder());
        });
        check("events", self, &expected, |op| {
            let mut stream = ByteAccumulator::new(op.recorder().wants_content());
            for chunk in chunks {
                stream.feed(format!("data: {chunk}\n\n").as_bytes());
            }
            stream.feed(b"data: [DONE]\n\n");
            stream.end().finish(&mut op.recorder());
        });
        check("events in pieces", self, &expected, |op| {
            let events = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
            in_pieces(events.collect::<Vec<_>>(), 1, op);
        });
        check("frames in pieces", self, &expected, |op| {
            let frames = chunks.iter().map(|chunk| frame(&chunk.to_string()));
            in_pieces(frames.collect::<Vec<_>>(), HEADERS.len(), op);
        });
        check("lines", self, &expected, |op| {
            let mut stream = ByteAccumulator::new(op.recorder().wants_content());
            for chunk in chunks {
                stream.feed(format!("{chunk}\n").as_bytes());
            }
            stream.end().finish(&mut op.recorder());
        });
    }
}
