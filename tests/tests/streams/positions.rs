//! A stream of every format that ends, fails, panics or is dropped at every position, on this thread or on others, through the
//! attribute, `observe_stream` and `observe_bytes`: one span with the right parent, one duration, the usage that had come.

use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::stream::{Stream, StreamExt as _};
use genai::testing::{Harness, Span};
use genai_tests::recordings::replay::frame;
use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Value, json};

/// A stream of one format: its provider, its chunks with the counts (input, output) known after each, and its framing.
struct Dialect {
    provider: &'static str,
    chunks: Vec<(Value, Counts)>,
    framed: fn(&Value) -> Vec<u8>,
}

type Counts = (Option<i64>, Option<i64>);

const NONE: Counts = (None, None);

fn sse(chunk: &Value) -> Vec<u8> {
    format!("data: {chunk}\n\n").into_bytes()
}

fn dialects() -> Vec<Dialect> {
    let openai = |content: Value, more: Value| {
        let mut chunk = json!({"id": "c", "model": "m", "choices": [content]});
        if let (Value::Object(chunk), Value::Object(more)) = (&mut chunk, more) {
            chunk.extend(more);
        }
        chunk
    };
    vec![
        Dialect {
            provider: "openai",
            chunks: vec![
                (
                    openai(
                        json!({"index": 0, "delta": {"role": "assistant", "content": ""}}),
                        json!({}),
                    ),
                    NONE,
                ),
                (
                    openai(json!({"index": 0, "delta": {"content": "a"}}), json!({})),
                    NONE,
                ),
                (
                    openai(
                        json!({"index": 0, "delta": {}, "finish_reason": "stop"}),
                        json!({}),
                    ),
                    NONE,
                ),
                (
                    json!({"id": "c", "model": "m", "choices": [], "usage": {"prompt_tokens": 31, "completion_tokens": 57}}),
                    (Some(31), Some(57)),
                ),
            ],
            framed: sse,
        },
        Dialect {
            provider: "openai",
            chunks: vec![
                (
                    json!({"type": "response.created", "response": {"id": "r", "model": "m", "status": "in_progress"}}),
                    NONE,
                ),
                (
                    json!({"type": "response.output_text.delta", "output_index": 0, "delta": "a"}),
                    NONE,
                ),
                (
                    json!({"type": "response.completed", "response": {"id": "r", "model": "m", "status": "completed", "output": [],
                    "usage": {"input_tokens": 31, "output_tokens": 57}}}),
                    (Some(31), Some(57)),
                ),
            ],
            framed: sse,
        },
        Dialect {
            provider: "anthropic",
            chunks: vec![
                (
                    json!({"type": "message_start", "message": {"id": "i", "model": "m", "content": [],
                    "usage": {"input_tokens": 31, "output_tokens": 1}}}),
                    (Some(31), Some(1)),
                ),
                (
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}),
                    (Some(31), Some(1)),
                ),
                (
                    json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 57}}),
                    (Some(31), Some(57)),
                ),
                (json!({"type": "message_stop"}), (Some(31), Some(57))),
            ],
            framed: |chunk| {
                format!(
                    "event: {}\ndata: {chunk}\n\n",
                    chunk["type"].as_str().unwrap_or_default()
                )
                .into_bytes()
            },
        },
        Dialect {
            provider: "gcp.gemini",
            chunks: vec![
                (
                    json!({"candidates": [{"content": {"parts": [{"text": "a"}], "role": "model"}}],
                    "usageMetadata": {"promptTokenCount": 31, "candidatesTokenCount": 2}}),
                    (Some(31), Some(2)),
                ),
                (
                    json!({"candidates": [{"content": {"parts": [{"text": "b"}], "role": "model"}, "finishReason": "STOP"}],
                    "usageMetadata": {"promptTokenCount": 31, "candidatesTokenCount": 57}}),
                    (Some(31), Some(57)),
                ),
            ],
            framed: sse,
        },
        Dialect {
            provider: "aws.bedrock",
            chunks: vec![
                (json!({"messageStart": {"role": "assistant"}}), NONE),
                (
                    json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}}),
                    NONE,
                ),
                (json!({"messageStop": {"stopReason": "end_turn"}}), NONE),
                (
                    json!({"metadata": {"usage": {"inputTokens": 31, "outputTokens": 57}}}),
                    (Some(31), Some(57)),
                ),
            ],
            framed: |chunk| {
                let event = chunk.as_object().and_then(|event| event.iter().next());
                event.map_or_else(Vec::new, |(name, payload)| {
                    frame(name, payload.to_string().as_bytes())
                })
            },
        },
        Dialect {
            provider: "ollama",
            chunks: vec![
                (
                    json!({"model": "m", "message": {"role": "assistant", "content": "a"}, "done": false}),
                    NONE,
                ),
                (
                    json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
                    "prompt_eval_count": 31, "eval_count": 57}),
                    (Some(31), Some(57)),
                ),
            ],
            framed: |chunk| format!("{chunk}\n").into_bytes(),
        },
        Dialect {
            provider: "cohere",
            chunks: vec![
                (
                    json!({"type": "message-start", "id": "i", "delta": {"message": {"role": "assistant"}}}),
                    NONE,
                ),
                (
                    json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "a"}}}}),
                    NONE,
                ),
                (
                    json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE",
                    "usage": {"billed_units": {"input_tokens": 31, "output_tokens": 57}}}}),
                    (Some(31), Some(57)),
                ),
            ],
            framed: sse,
        },
    ]
}

#[derive(Debug)]
struct Broken;

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection broke")
    }
}

impl std::error::Error for Broken {}

/// What happens after so many items.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    /// The stream ends, if there are no more, and is polled again; else it is dropped.
    Stops,
    Fails,
    Panics,
}

/// The items before `at`, then what follows. It is pending before each of them.
struct Source<T> {
    items: std::vec::IntoIter<T>,
    left: usize,
    then: Then,
    is_ready: bool,
}

impl<T: Unpin> Stream for Source<T> {
    type Item = Result<T, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.is_ready = !self.is_ready;
        if self.is_ready {
            return Poll::Pending;
        }
        if self.left > 0 {
            self.left -= 1;
            return Poll::Ready(self.items.next().map(Ok));
        }
        match self.then {
            Then::Stops => Poll::Ready(self.items.next().map(Ok)),
            Then::Fails => Poll::Ready(Some(Err(Broken))),
            Then::Panics => std::panic::resume_unwind(Box::new("on purpose")),
        }
    }
}

type Boxed<T> = Pin<Box<dyn Stream<Item = Result<T, Broken>> + Send>>;

#[genai::chat(provider = provider, model = "m", stream)]
fn annotated(
    provider: &str,
    source: Source<Value>,
) -> impl Stream<Item = Result<Value, Broken>> + Send + use<> {
    source
}

/// How often the stream is polled for an item, and where.
fn poll<T: Send>(mut stream: Boxed<T>, items: usize, elsewhere: bool) -> (usize, Boxed<T>) {
    let mut got = 0;
    let mut once = |stream: &mut Boxed<T>| {
        let mut polled = || stream.next().now_or_never();
        assert!(polled().is_none());
        match catch_unwind(AssertUnwindSafe(polled)) {
            Ok(Some(Some(Ok(_)))) => got += 1,
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => panic!("it is ready every second time"),
        }
    };
    for _ in 0..items {
        if elsewhere {
            std::thread::scope(|scope| {
                scope.spawn(|| once(&mut stream));
            });
        } else {
            once(&mut stream);
        }
    }
    (got, stream)
}

/// After so many items, what follows, and whether it is polled on other threads.
type Case = (usize, Then, bool);

fn chat(
    harness: &Harness,
    provider: &str,
) -> genai::invocation::Invocation<genai::invocation::Chat> {
    let chat = harness.telemetry().chat(provider);
    chat.model("m").stream().start()
}

/// Runs one case of a stream that `open` makes.
fn run<T: Clone + Send + Unpin + 'static>(
    what: &dyn Fn() -> String,
    harness: Harness,
    items: Vec<T>,
    (at, then, elsewhere): Case,
    expected: Counts,
    open: impl FnOnce(&Harness, Source<T>) -> Boxed<T>,
) {
    let mut parent = harness.telemetry().span("parent").start();
    let len = items.len();
    let source = Source {
        items: items.into_iter(),
        left: at,
        then,
        is_ready: false,
    };
    let stream = {
        let _inside = parent.attach();
        open(&harness, source)
    };
    // One more for what follows, or for the end and a poll after it.
    let polls = match then {
        Then::Stops if at < len => at,
        Then::Stops => at + 2,
        Then::Fails | Then::Panics => at + 1,
    };
    let (got, stream) = poll(stream, polls, elsewhere);
    assert_eq!(got, at, "{}: items", what());
    drop(stream);
    let outside = opentelemetry::Context::map_current(|cx| cx.span().span_context().is_valid());
    assert!(!outside, "{}: the span is current after the stream", what());
    parent.finish();
    let parent = harness.span("parent");
    let span = harness.span("chat m");
    assert_eq!(span.parent_span_id, Some(parent.span_id), "{}", what());
    assert!(
        span.duplicates.is_empty(),
        "{}: {:?}",
        what(),
        span.duplicates
    );
    assert_eq!(harness.spans().len(), 2, "{}", what());
    let durations: u64 = harness
        .points("gen_ai.client.operation.duration")
        .iter()
        .map(|point| point.count)
        .sum();
    assert_eq!(durations, 1, "{}: durations", what());
    let error = match then {
        Then::Stops => None,
        Then::Fails => Some("streams::positions::Broken"),
        Then::Panics => Some("panic"),
    };
    assert_eq!(span.str("error.type"), error, "{}", what());
    assert_eq!(counts(&span), expected, "{}: usage", what());
}

fn counts(span: &Span) -> Counts {
    (
        span.int("gen_ai.usage.input_tokens"),
        span.int("gen_ai.usage.output_tokens"),
    )
}

fn after(dialect: &Dialect, items: usize) -> Counts {
    items
        .checked_sub(1)
        .map_or(NONE, |last| dialect.chunks[last].1)
}

#[test]
fn whatever_happens_at_whatever_position() {
    for dialect in dialects() {
        let values: Vec<Value> = dialect
            .chunks
            .iter()
            .map(|(chunk, _)| chunk.clone())
            .collect();
        let bytes: Vec<Vec<u8>> = values.iter().map(dialect.framed).collect();
        let provider = dialect.provider;
        for at in 0..=values.len() {
            for then in [Then::Stops, Then::Fails, Then::Panics] {
                for elsewhere in [false, true] {
                    let case = (at, then, elsewhere);
                    let usage = after(&dialect, at);
                    let what = |way: &str| format!("{provider} {way} {case:?}");
                    let by_value = |harness: &Harness, source| -> Boxed<_> {
                        Box::pin(genai::observe_stream(chat(harness, provider), source))
                    };
                    let by_bytes = |harness: &Harness, source| -> Boxed<_> {
                        Box::pin(genai::observe_bytes(chat(harness, provider), source))
                    };
                    let by_attribute =
                        |_: &Harness, source| -> Boxed<_> { Box::pin(annotated(provider, source)) };
                    run(
                        &|| what("values"),
                        Harness::new(),
                        values.clone(),
                        case,
                        usage,
                        by_value,
                    );
                    run(
                        &|| what("bytes"),
                        Harness::new(),
                        bytes.clone(),
                        case,
                        usage,
                        by_bytes,
                    );
                    run(
                        &|| what("attribute"),
                        Harness::install(),
                        values.clone(),
                        case,
                        usage,
                        by_attribute,
                    );
                }
            }
        }
    }
}

/// The span is current while the stream is polled, on whatever thread, and only then.
#[test]
fn the_span_is_current_where_the_stream_is_polled() {
    for elsewhere in [false, true] {
        let harness = Harness::new();
        let mut stream = Box::pin(genai::observe_stream(
            chat(&harness, "openai"),
            Watching(Vec::new()),
        ));
        for _ in 0..3 {
            let mut once = || {
                let polled = stream.next().now_or_never();
                assert!(matches!(polled, Some(Some(Ok(_)))));
                let after =
                    opentelemetry::Context::map_current(|cx| cx.span().span_context().is_valid());
                assert!(!after);
            };
            if elsewhere {
                std::thread::scope(|scope| {
                    scope.spawn(once);
                });
            } else {
                once();
            }
        }
        let Some(Some(Ok(seen))) = stream.next().now_or_never() else {
            panic!("it never ends");
        };
        drop(stream);
        let span = harness.span("chat m");
        assert_eq!(seen, json!(vec![span.span_id.to_string(); 4]));
    }
}

/// Notes which spans were current when it was polled.
struct Watching(Vec<String>);

impl Stream for Watching {
    type Item = Result<Value, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let current = opentelemetry::Context::map_current(|cx| cx.span().span_context().span_id());
        self.0.push(current.to_string());
        Poll::Ready(Some(Ok(json!(self.0))))
    }
}

/// Cut in two at every byte, or dropped there, in one piece or byte by byte.
#[test]
fn bytes_may_be_cut_and_dropped_anywhere() {
    for dialect in dialects() {
        let bytes: Vec<u8> = dialect
            .chunks
            .iter()
            .flat_map(|(chunk, _)| (dialect.framed)(chunk))
            .collect();
        let last = after(&dialect, dialect.chunks.len());
        let provider = dialect.provider;
        let harness = Harness::new();
        let recorded = |pieces: Vec<Vec<u8>>| {
            harness.clear();
            let chat = chat(&harness, provider);
            let items = pieces.len();
            let source = Source {
                items: pieces.into_iter(),
                left: items,
                then: Then::Stops,
                is_ready: false,
            };
            let (got, stream) = poll(Box::pin(genai::observe_bytes(chat, source)), items, false);
            assert_eq!(got, items);
            drop(stream);
            let mut span = harness.span("chat m");
            span.attributes
                .0
                .remove("gen_ai.response.time_to_first_chunk");
            span
        };
        let whole = recorded(vec![bytes.clone()]);
        assert_eq!(counts(&whole), last, "{provider}");
        for at in 0..bytes.len() {
            let (one, two) = bytes.split_at(at);
            let cut = recorded(vec![one.to_vec(), two.to_vec()]);
            assert_eq!(cut.attributes, whole.attributes, "{provider}, cut at {at}");
            let dropped = recorded(vec![one.to_vec()]);
            let by_bytes = recorded(one.iter().map(|byte| vec![*byte]).collect());
            assert_eq!(
                dropped.attributes, by_bytes.attributes,
                "{provider}, dropped at {at}"
            );
            assert!(!dropped.is_error(), "{provider}, dropped at {at}");
            // Each of the two as it came, or not there: never a number that was cut.
            let (input, output) = counts(&dropped);
            let came = |known: &dyn Fn(&Counts) -> Option<i64>, count: Option<i64>| {
                count.is_none()
                    || dialect
                        .chunks
                        .iter()
                        .any(|(_, counts)| known(counts) == count)
            };
            assert!(
                came(&|counts| counts.0, input) && came(&|counts| counts.1, output),
                "{provider}, dropped at {at}: {input:?}, {output:?}"
            );
        }
    }
}
