//! Functions that read a stream themselves and pass it on: what is recorded of them is what would be of the stream they did not return.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::ContentCapture;
use genai::invocation::ObservedStream;
use genai::testing::{Harness, Span};
use serde_json::{Value, json};

fn events() -> Vec<Value> {
    vec![
        json!({"id": "r-1", "model": "m-a", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": "Hel"}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}),
    ]
}

fn body() -> Vec<u8> {
    let lines = events()
        .into_iter()
        .map(|event| format!("data: {event}\n\n"));
    lines.collect::<String>().into_bytes()
}

fn harness() -> Harness {
    Harness::install_with(|builder| builder.capture(ContentCapture::SpanOnly))
}

/// The attributes of the only span, without the time.
fn recorded(harness: &Harness) -> (Span, Vec<(String, String)>) {
    let spans = harness.spans();
    let [span] = &spans[..] else {
        panic!("{spans:?}")
    };
    let attributes = span.attributes.0.iter();
    let attributes = attributes
        .filter(|(key, _)| *key != "gen_ai.response.time_to_first_chunk")
        .map(|(key, value)| (key.clone(), value.to_string()));
    (span.clone(), attributes.collect())
}

#[genai::chat(provider = openai, model = "m", stream)]
fn pulled(events: Vec<Value>) -> impl Stream<Item = io::Result<Value>> {
    stream::iter(events.into_iter().map(Ok))
}

#[genai::chat(provider = openai, model = "m", streaming)]
fn to_a_callback(events: Vec<Value>, mut on_event: impl FnMut(&Value)) {
    for event in &events {
        genai::current().chunk(event);
        on_event(event);
    }
}

/// What it returns is known already, as text.
#[genai::chat(provider = openai, model = "m", streaming)]
async fn to_a_text(mut events: impl Stream<Item = Value> + Unpin) -> io::Result<String> {
    let mut text = String::new();
    while let Some(event) = events.next().await {
        genai::current().chunk(&event);
        text += event["choices"][0]["delta"]["content"]
            .as_str()
            .unwrap_or_default();
    }
    Ok(text)
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn bytes(body: &[u8], piece: usize) {
    for piece in body.chunks(piece) {
        genai::current().bytes(piece);
    }
}

#[test]
fn what_is_pushed_is_what_is_pulled() {
    let harness = harness();
    block_on(pulled(events()).for_each(|_| async {}));
    let (_, expected) = recorded(&harness);
    let is_like_it = |call: &dyn Fn()| {
        harness.clear();
        call();
        let (span, found) = recorded(&harness);
        assert_eq!(found, expected);
        assert!(span.double("gen_ai.response.time_to_first_chunk").is_some());
        let latencies = harness.points("gen_ai.client.operation.time_per_output_chunk");
        assert_eq!(latencies.len(), 1);
        assert_eq!(
            harness
                .points("gen_ai.client.operation.time_to_first_chunk")
                .len(),
            1
        );
    };
    assert!(expected.contains(&("gen_ai.request.stream".to_owned(), "true".to_owned())));
    assert!(expected.contains(&("gen_ai.usage.output_tokens".to_owned(), "2".to_owned())));
    is_like_it(&|| to_a_callback(events(), |_| {}));
    is_like_it(&|| {
        let text = block_on(to_a_text(stream::iter(events())));
        assert_eq!(text.ok().as_deref(), Some("Hello"));
    });
    for piece in [1, 7, 1000] {
        is_like_it(&|| bytes(&body(), piece));
    }
    is_like_it(&|| {
        let mut chat = genai::chat("openai").model("m").stream().start();
        for event in events() {
            chat.chunk(&event);
        }
        chat.finish();
    });
}

#[genai::chat(provider = openai, model = "m", streaming, response(|text| id = "named", output_tokens = text.len()))]
fn named(events: Vec<Value>) -> String {
    for event in &events {
        genai::current().chunk(event);
    }
    "Hello".to_owned()
}

#[test]
fn what_the_attribute_names_wins() {
    let harness = harness();
    named(events());
    let (span, _) = recorded(&harness);
    assert_eq!(span.str("gen_ai.response.id"), Some("named"));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(5));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
}

/// Ends in some way after some chunks.
#[genai::chat(provider = openai, model = "m", streaming)]
async fn ends(after: usize, how: &str) -> io::Result<()> {
    for event in events().iter().take(after) {
        genai::current().chunk(event);
    }
    match how {
        "fails" => Err(io::ErrorKind::TimedOut.into()),
        "panics" => panic!("as asked"),
        "waits" => std::future::pending().await,
        _ => Ok(()),
    }
}

#[test]
fn what_arrived_is_recorded_however_the_function_ends() {
    let harness = harness();
    for (how, class) in [
        ("returns", None),
        ("fails", Some("std::io::error::Error")),
        ("panics", Some("panic")),
        ("waits", Some("cancelled")),
    ] {
        harness.clear();
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut call = Box::pin(ends(3, how));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = call.as_mut().poll(&mut cx).is_ready();
        }));
        let (span, _) = recorded(&harness);
        assert_eq!(span.str("gen_ai.response.id"), Some("r-1"), "{how}");
        assert_eq!(
            span.strs("gen_ai.response.finish_reasons"),
            Some(vec!["stop"]),
            "{how}"
        );
        assert_eq!(span.str("error.type"), class, "{how}");
    }
}

/// The task has the call.
#[genai::chat(provider = openai, model = "m", response = none, streaming)]
fn through_a_channel(events: Vec<Value>, fails: bool) -> mpsc::Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    let mut call = genai::current().hand_over();
    std::thread::spawn(move || {
        for event in events {
            call.chunk(&event);
            if sender.send(event).is_err() {
                return call.cancel();
            }
        }
        match fails {
            true => call.fail(&io::Error::from(io::ErrorKind::BrokenPipe)),
            false => call.finish(),
        }
    });
    receiver
}

#[test]
fn a_task_that_has_the_call_ends_it() {
    let harness = harness();
    for fails in [false, true] {
        harness.clear();
        let received = through_a_channel(events(), fails);
        assert_eq!(received.iter().count(), 4);
        // The sender is dropped after the end of the call.
        let (span, _) = recorded(&harness);
        assert_eq!(span.is_error(), fails);
        assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
    }
}

enum Answer<S: Stream> {
    Whole(Value),
    Pieces(ObservedStream<S>),
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn either(
    events: Option<Vec<Value>>,
) -> io::Result<Answer<stream::Iter<std::vec::IntoIter<io::Result<Value>>>>> {
    match events {
        Some(events) => {
            let events: Vec<io::Result<Value>> = events.into_iter().map(Ok).collect();
            let pieces = genai::current().into_stream(stream::iter(events));
            // Of no operation from here on.
            genai::current().attribute("app.late", 1).output_tokens(77);
            Ok(Answer::Pieces(pieces))
        }
        None => {
            let answer = json!({"id": "r-2", "model": "m-a", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}});
            genai::current().response(&answer);
            Ok(Answer::Whole(answer))
        }
    }
}

#[test]
fn a_function_hands_its_operation_over_to_a_stream() {
    let harness = harness();
    let outer = genai::agent("a").model("m");
    let mut outer = outer.start();
    let answer = block_on(outer.scope(either(Some(events()))));
    let Ok(Answer::Pieces(pieces)) = answer else {
        panic!("pieces")
    };
    assert_eq!(harness.spans().len(), 0);
    block_on(pieces.for_each(|_| async {}));
    let spans = harness.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].name, "chat m");
    assert_eq!(spans[0].int("gen_ai.usage.output_tokens"), Some(2));
    assert_eq!(spans[0].bool("gen_ai.request.stream"), Some(true));
    outer.finish();
    let outer = &harness.spans()[1];
    assert_eq!(outer.int("gen_ai.usage.output_tokens"), None);
    assert_eq!(outer.get("app.late"), None);
    assert_eq!(spans[0].parent_span_id, Some(outer.span_id));

    harness.clear();
    let answer = block_on(either(None));
    let Ok(Answer::Whole(answer)) = answer else {
        panic!("whole")
    };
    assert_eq!(answer["id"], "r-2");
    let (span, _) = recorded(&harness);
    assert_eq!(span.str("gen_ai.response.id"), Some("r-2"));
    assert_eq!(span.bool("gen_ai.request.stream"), None);
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn handed_over_and_dropped(
    keeps: bool,
) -> Option<genai::invocation::Invocation<genai::invocation::Chat>> {
    genai::set_context(genai::GenAiContext::new().conversation_id("c-1"));
    let call = genai::current().hand_over();
    assert!(!genai::current().hand_over().is_recorded());
    keeps.then_some(call)
}

#[test]
fn a_call_that_was_handed_over_ends_where_it_is() {
    let harness = harness();
    assert!(handed_over_and_dropped(false).is_none());
    let (span, _) = recorded(&harness);
    assert_eq!(span.str("error.type"), Some("cancelled"));
    harness.clear();
    let call = handed_over_and_dropped(true);
    assert_eq!(harness.spans().len(), 0);
    if let Some(mut call) = call {
        // What was set in the function is ambient in what runs inside.
        let inside = call.attach();
        assert_eq!(genai::context().conversation(), Some("c-1"));
        drop(inside);
        call.finish();
    }
    let (span, _) = recorded(&harness);
    assert!(!span.is_error());
    // Nothing runs here any more.
    assert!(!genai::current().hand_over().is_recorded());
}

/// Whether it says something.
struct Chunk(bool);

impl genai::Chunk for Chunk {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        assert!(self.0, "as asked");
        stream.text(0, "a");
    }
}

#[genai::chat(provider = openai, model = "m", streaming)]
fn with_a_chunk_that_panics() {
    for says in [true, false, true] {
        genai::current().chunk(&Chunk(says));
    }
}

#[test]
fn a_chunk_that_panics_stays_where_it_is() {
    genai_tests::support::process::hide_panics("as asked");
    let harness = harness();
    with_a_chunk_that_panics();
    let (span, _) = recorded(&harness);
    assert!(!span.is_error());
    assert!(
        span.str("gen_ai.output.messages")
            .is_some_and(|text| text.contains("\"aa\""))
    );
}
