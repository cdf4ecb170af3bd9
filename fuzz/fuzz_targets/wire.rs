//! A provider's JSON and bytes, whatever they are: no panic, bounded memory, and the same facts however they arrive.
//!
//! The first byte says how the rest, a body, is cut and which provider it is said to come from. The body is read as bytes,
//! whole and cut; what of it is JSON is also read as requests, responses, chunks and messages: as values, as a type that
//! serialises to them, and as text.
//!
//! `cargo run -p genai-tests --bin recordings -- --seeds fuzz/corpus/wire`, then `cargo +nightly fuzz run wire`
#![no_main]

use std::collections::BTreeMap;
use std::convert::Infallible;

use futures::executor::block_on;
use futures::{Stream, StreamExt as _, stream};
use genai::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use genai::testing::Harness;
use genai::{ByteAccumulator, Chunk, ContentCapture, Wire};
use genai::invocation::{Chat, Invocation};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const PROVIDERS: [&str; 8] = [
    "openai", "anthropic", "gcp.gemini", "aws.bedrock", "ollama", "cohere", "", "azure.ai.openai",
];

/// Documents of one body that are read.
const DOCUMENTS: usize = 32;

/// What an operation recorded, by key and in the text form, without the times.
type Facts = BTreeMap<String, String>;

fn ready<I: Iterator>(items: I) -> impl Stream<Item = Result<I::Item, Infallible>> {
    stream::iter(items.map(Ok))
}

fn drain(stream: impl Stream) {
    block_on(stream.for_each(|_| async {}));
}

struct Under {
    content: Harness,
    silent: Harness,
}

thread_local! {
    static UNDER: Under = Under {
        content: Harness::with(|settings| settings.capture(ContentCapture::SpanOnly)),
        silent: Harness::with(|settings| settings.capture(ContentCapture::NoContent)),
    };
}

/// The facts of one operation, with content and without.
fn facts(provider: &str, run: impl Fn(Invocation<Chat>)) -> [Facts; 2] {
    UNDER.with(|under| {
        [&under.content, &under.silent].map(|harness| {
            run(harness.telemetry().chat(provider).stream().start());
            let mut spans = harness.spans();
            harness.clear();
            assert_eq!(spans.len(), 1);
            let span = spans.remove(0);
            assert!(span.duplicates.is_empty(), "{:?}", span.duplicates);
            for key in ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"] {
                assert!(span.str(key).is_none() || span.json(key).is_some(), "{key} is no JSON");
            }
            let timeless = span.attributes.0.into_iter().map(|(key, value)| {
                let time = key == "gen_ai.response.time_to_first_chunk";
                let text = if time { String::new() } else { value.to_string() };
                (key, text)
            });
            timeless.collect()
        })
    })
}

fn bytes(provider: &str, pieces: Vec<&[u8]>) -> [Facts; 2] {
    facts(provider, |chat| drain(genai::observe_bytes(chat, ready(pieces.iter().copied()))))
}

struct Typed(Value);

impl Chunk for Typed {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        Chunk::record_chunk(&Wire::detect(&self.0), stream);
    }
}

/// The same is recorded of a stream of these documents as values, as a type, and as text.
fn streamed(provider: &str, documents: &[Value]) {
    let values = facts(provider, |chat| drain(genai::observe_stream(chat, ready(documents.iter().cloned()))));
    let typed = facts(provider, |chat| {
        drain(genai::observe_stream(chat, ready(documents.iter().cloned().map(Typed))));
    });
    assert_eq!(values, typed);
    let text: String = documents.iter().map(|document| format!("data: {document}\n\n")).collect();
    assert_eq!(values, bytes(provider, vec![text.as_bytes()]), "{text}");
}

/// A document as request and response of every format.
fn whole(provider: &str, document: &Value) {
    let values = facts(provider, |mut chat| {
        chat.request(document).response(document);
        chat.finish();
    });
    let typed = facts(provider, |mut chat| {
        chat.request(&Wire::detect(document)).response(&Wire::detect(document));
        chat.finish();
    });
    assert_eq!(values, typed, "{document}");
    for wire in [
        Wire::openai(document),
        Wire::openai_responses(document),
        Wire::anthropic(document),
        Wire::gemini(document),
        Wire::bedrock(document),
        Wire::bedrock_invoke(document),
        Wire::gemini_interactions(document),
        Wire::mistral_conversations(document),
        Wire::ollama(document),
        Wire::cohere(document),
    ] {
        facts(provider, |mut chat| {
            chat.request(&wire).response(&wire);
            chat.finish();
        });
    }
    assert!(Wire::error_type(500, document).len() <= 1024);
}

/// What was read of the conventions' own JSON is the same after it was written.
fn messages(document: &Value) {
    macro_rules! again {
        ($($type:ty),*) => {$(
            if let Ok(read) = serde_json::from_value::<$type>(document.clone()) {
                let written = serde_json::to_value(&read).expect("it was read from JSON");
                let again: $type = serde_json::from_value(written.clone()).expect("it was written by us");
                assert_eq!(serde_json::to_value(&again).expect("as before"), written);
            }
        )*};
    }
    again!(InputMessage, OutputMessage, Part, ToolDefinition, Document);
}

fuzz_target!(|data: &[u8]| {
    let Some((how, body)) = data.split_first() else { return };
    let provider = PROVIDERS[usize::from(how >> 4) % PROVIDERS.len()];
    let cut = 1 + usize::from(how & 15);
    let at_once = bytes(provider, vec![body]);
    assert_eq!(at_once, bytes(provider, body.chunks(cut).collect()), "cut at every {cut}");

    // Most events are longer than this bound.
    let skipped = [body.len().max(1), cut].map(|cut| {
        let mut narrow = ByteAccumulator::with_limit(true, 64);
        for piece in body.chunks(cut) {
            narrow.feed(piece);
        }
        let skipped = narrow.skipped_events();
        (skipped, format!("{:?}", narrow.end()))
    });
    assert_eq!(skipped[0], skipped[1], "cut at every {cut}, narrow");

    let lines = body.split(|byte| *byte == b'\n').map(|line| line.strip_prefix(b"data:").unwrap_or(line));
    let documents: Vec<Value> = std::iter::once(body)
        .chain(lines)
        .filter_map(|text| serde_json::from_slice(text).ok())
        .filter(|document| matches!(document, Value::Object(_) | Value::Array(_)))
        .take(DOCUMENTS)
        .collect();
    if documents.is_empty() {
        return;
    }
    streamed(provider, &documents);
    for document in documents.iter().take(2) {
        whole(provider, document);
        messages(document);
    }
});
