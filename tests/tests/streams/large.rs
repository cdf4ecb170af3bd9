//! What is too large to be kept: events that are read as they come, histories and images in requests, and what an open stream takes.

use std::convert::Infallible;
use std::pin::pin;

use futures::FutureExt as _;
use futures::stream::StreamExt as _;
use genai::testing::Harness;
use genai::{ContentCapture, Limits};
use genai_tests::support::alloc::Held;
use serde_json::{Value, json};

use crate::memory::{MIB, Parsed, Pieces, Repeat, chat, harness, peak_of};

/// An event that is much too large to be held: what stands before and after the large value, and a piece of it.
struct Large {
    provider: &'static str,
    head: &'static [u8],
    piece: &'static [u8],
    tail: &'static [u8],
    reason: Option<&'static str>,
}

const LARGE: [Large; 8] = [
    // A generated image, beside the text.
    Large {
        provider: "openai",
        head: b"data: {\"model\":\"r\",\"choices\":[{\"index\":0,\"delta\":{\"images\":[{\"image_url\":{\"url\":\"data:image/png;base64,",
        piece: b"iVBORw0K",
        tail: b"\"}}]},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n",
        reason: Some("stop"),
    },
    // Images, whose answer is known by its `data` alone.
    Large {
        provider: "openai",
        head: b"{\"created\":1,\"data\":[{\"b64_json\":\"",
        piece: b"iVBORw0K",
        tail: b"\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}",
        reason: None,
    },
    Large {
        provider: "openai",
        head: b"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"i\",\"model\":\"r\",\"status\":\"completed\",\"output\":[{\"type\":\"image_generation_call\",\"result\":\"",
        piece: b"iVBORw0K",
        tail: b"\"},{\"type\":\"function_call\",\"name\":\"f\",\"call_id\":\"c\",\"arguments\":\"{}\"}],\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\n\n",
        reason: Some("tool_calls"),
    },
    Large {
        provider: "anthropic",
        head: b"{\"type\":\"message\",\"model\":\"r\",\"content\":[{\"type\":\"text\",\"text\":\"",
        piece: b"text\\u0020",
        tail: b"\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}",
        reason: Some("end_turn"),
    },
    Large {
        provider: "gcp.gemini",
        head: b"[{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"",
        piece: b"iVBORw0K",
        tail: b"\"}}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":4}}]",
        reason: Some("STOP"),
    },
    // Lists of numbers; only what comes after them says whose they are.
    Large {
        provider: "ollama",
        head: b"{\"model\":\"r\",\"embeddings\":[[0.5",
        piece: b",-0.125",
        tail: b"]],\"total_duration\":5,\"prompt_eval_count\":3,\"eval_count\":4}",
        reason: None,
    },
    Large {
        provider: "cohere",
        head: b"{\"id\":\"i\",\"embeddings\":{\"float\":[[0.5",
        piece: b",-0.125",
        tail: b"]]},\"meta\":{\"billed_units\":{\"input_tokens\":3,\"output_tokens\":4}}}",
        reason: None,
    },
    // A list of objects.
    Large {
        provider: "openai",
        head: b"data: {\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[{}",
        piece: b",{\"token\":\"a\",\"bytes\":[97],\"top_logprobs\":[{\"logprob\":-0.5}]}",
        tail: b"]},\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n",
        reason: Some("stop"),
    },
];

#[test]
fn usage_and_reason_survive_an_event_of_50_megabytes() {
    let size = if cfg!(debug_assertions) { 5 } else { 50 } * MIB as usize;
    for large in LARGE {
        let chat = |harness: &Harness| {
            let chat = harness.telemetry().chat(large.provider).model("m");
            chat.stream().start()
        };
        let middle: &'static [u8] = large.piece.repeat((64 << 10) / large.piece.len()).leak();
        for content in [false, true] {
            let harness = harness(content);
            let pieces = Pieces {
                first: large.head,
                middle,
                times: size / middle.len(),
                last: large.tail,
                at: 0,
            };
            let peak = Held::peak(|| {
                let stream = pin!(genai::observe_bytes(chat(&harness), pieces));
                assert!(stream.count().now_or_never().is_some());
            });
            let what = String::from_utf8_lossy(large.head);
            // What is held of an event before it is read as it comes, and what will be recorded.
            let most = MIB + if content { MIB } else { 384 << 10 };
            assert!(peak < most, "{what}, content {content}: {peak} bytes");
            let span = harness.span("chat m");
            assert_eq!(
                span.int("gen_ai.usage.input_tokens"),
                Some(3),
                "{what}, content {content}"
            );
            assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(4), "{what}");
            let reasons = span.attributes.strs("gen_ai.response.finish_reasons");
            let reasons: Vec<_> = reasons.into_iter().flatten().collect();
            assert_eq!(
                reasons,
                Vec::from_iter(large.reason),
                "{what}, content {content}"
            );
            let messages = span.str("gen_ai.output.messages").map_or(0, str::len);
            assert!(messages <= 256 << 10, "{messages} bytes on the span");
        }
    }
}

#[test]
fn an_event_may_be_held_up_to_what_is_asked_for() {
    let limits = Limits::new().event_bytes(16 << 10);
    let harness =
        Harness::with(|settings| settings.limits(limits).capture(ContentCapture::NoContent));
    let letters: &'static [u8] = vec![b'x'; 1 << 10].leak();
    let pieces = Pieces {
        first: b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
        middle: letters,
        times: 500,
        last: b"\"}}],\"usage\":{\"prompt_tokens\":3}}\n\n",
        at: 0,
    };
    let peak = peak_of(&harness, pieces);
    // Beside what is held, the event is read in every format until it is known which one it is of.
    assert!(peak < 72 << 10, "{peak} bytes");
    assert_eq!(
        harness.span("chat m").int("gen_ai.usage.input_tokens"),
        Some(3)
    );
}

/// What a stream takes while it is open, with content off: the bytes of each of 10,000 that have said who answers.
#[test]
fn ten_thousand_open_streams() {
    let harness = Harness::new();
    let count = 10_000;
    let first = json!({"id": "chatcmpl-0123456789", "model": "gpt-4o-mini-2024-07-18", "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": "word"}, "finish_reason": null}]});
    let first: &'static Value = Box::leak(Box::new(first));
    let event: &'static [u8] = format!("data: {first}\n\n").into_bytes().leak();
    let mut open = Vec::with_capacity(count);
    let before = Held::live();
    for _ in 0..count {
        let stream = Repeat(Parsed(first), 2);
        let mut stream = genai::observe_stream(chat(&harness, "openai"), stream);
        assert!(matches!(stream.next().now_or_never(), Some(Some(_))));
        open.push(stream);
    }
    let values = (Held::live() - before) / count as i64;
    let mut open_bytes = Vec::with_capacity(count);
    let before = Held::live();
    for _ in 0..count {
        let mut stream = genai::observe_bytes(chat(&harness, "openai"), Repeat(event, 2));
        assert!(matches!(stream.next().now_or_never(), Some(Some(_))));
        open_bytes.push(stream);
    }
    let bytes = (Held::live() - before) / count as i64;
    println!("an open stream of values takes {values} bytes, one of bytes {bytes}");
    assert!(values <= VALUES_MOST, "{values} bytes each");
    assert!(bytes <= BYTES_MOST, "{bytes} bytes each");
}

/// The guards of `docs/limits.md`.
const VALUES_MOST: i64 = 4096;
const BYTES_MOST: i64 = 6144;

/// What the caller's own request takes more while a call with it is open, and what of it is recorded.
fn held_of(request: &Value, limits: Limits) -> (i64, usize) {
    let harness =
        Harness::with(|settings| settings.limits(limits).capture(ContentCapture::SpanOnly));
    let peak = Held::peak(|| {
        let chat = harness.telemetry().chat("openai").request(request);
        chat.start().finish();
    });
    let span = &harness.spans()[0];
    (peak, span.str("gen_ai.input.messages").map_or(0, str::len))
}

#[test]
fn a_history_of_ten_thousand_messages_is_cut_before_it_is_copied() {
    let words = |n: usize| json!(format!("{n}: {}", "words ".repeat(100)));
    let code = |n: usize| json!(format!("{n}:\n{}", "\tlet \"a\" = \\n;\n".repeat(40)));
    let short = |_: usize| json!("hi");
    let middling = |n: usize| json!(format!("{n}: {}", "words ".repeat(20)));
    let parts =
        |n: usize| json!([{"type": "text", "text": format!("{n}: {}", "words ".repeat(60))}]);
    let said = |content: fn(usize) -> Value| {
        let message =
            move |n: usize| json!({"role": (["user", "assistant"][n % 2]), "content": content(n)});
        (0..10_000).map(message).collect()
    };
    // What an agent sends: every other message is a call, or what a tool has answered.
    let agent = |n: usize| match n % 4 {
        0 => json!({"role": "user", "content": "What is the weather in Paris and in Rome?"}),
        1 => {
            json!({"role": "assistant", "tool_calls": [{"id": format!("call_{n}"), "type": "function",
            "function": {"name": "get_weather", "arguments": r#"{"city":"Paris","unit":"celsius"}"#}}]})
        }
        2 => {
            json!({"role": "tool", "tool_call_id": format!("call_{}", n - 1), "content": r#"{"temperature":21}"#})
        }
        _ => json!({"role": "assistant", "content": "It is 21 degrees in Paris, and clear."}),
    };
    // With what of each is recorded at least, in KiB: of short ones, of which a list has a thousand, less.
    let kinds: [(Vec<Value>, usize); 6] = [
        (said(words), 190),
        (said(code), 190),
        (said(short), 50),
        (said(middling), 140),
        (said(parts), 190),
        ((0..10_000).map(agent).collect(), 100),
    ];
    for (history, least) in kinds {
        let what = history[0].to_string();
        let request = json!({"model": "m", "messages": history});
        let (peak, recorded) = held_of(&request, Limits::new());
        println!("{what:.60}: {peak} bytes at most for {recorded}");
        assert!(recorded > least << 10, "{recorded} bytes on the span");
        assert!(peak <= 2 * (256 << 10), "{peak} bytes: {what}");
    }
}

#[test]
fn an_image_of_40_megabytes_is_cut_before_it_is_copied() {
    let url = format!("data:image/png;base64,{}", "iVBORw0K".repeat(5 << 20));
    let parts = json!([{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]);
    let request = json!({"model": "m", "messages": [{"role": "user", "content": parts}, {"role": "user", "content": "Well?"}]});
    let (peak, recorded) = held_of(&request, Limits::new());
    assert!(peak <= 3 * (256 << 10), "{peak} bytes");
    assert!(recorded > 0);
}

#[test]
fn what_was_left_out_before_is_counted_in_the_mark() {
    let text = "x".repeat(100_000);
    let request = json!({"model": "m", "messages": [
        {"role": "user", "content": "first"}, {"role": "user", "content": text}, {"role": "user", "content": text}]});
    let harness = Harness::with(|settings| {
        let limits = Limits::new().content_bytes(10_000);
        settings.limits(limits).capture(ContentCapture::SpanOnly)
    });
    harness
        .telemetry()
        .chat("openai")
        .request(&request)
        .start()
        .finish();
    let span = harness.span("chat m");
    let messages: Value = serde_json::from_str(span.str("gen_ai.input.messages").unwrap()).unwrap();
    let kept = messages[1]["parts"][0]["content"].as_str().unwrap().len();
    let mark = &messages[1]["parts"][1];
    assert_eq!(mark["type"], "truncated", "{messages}");
    let cut = mark["bytes"].as_u64().unwrap() as usize;
    // The text, the message after it, and a little for what stands around them.
    assert!(
        (kept + cut).abs_diff(200_000) < 500,
        "{kept} kept, {cut} cut"
    );
}

/// A redactor must see a secret whole wherever it stands: with one, nothing is cut before it.
#[test]
fn a_redactor_sees_what_lies_beyond_the_cut() {
    let secret = "the-secret-of-this-text";
    let text = format!("{}{secret}", "x".repeat(9_990));
    let harness = Harness::with(|settings| {
        let limits = Limits::new().content_bytes(10_000);
        let settings = settings.limits(limits).capture(ContentCapture::SpanOnly);
        settings.redactor(move |content| {
            use genai::message::Part;
            let genai::Redact::Output(message) = content else {
                return;
            };
            for part in &mut message.parts {
                if let Part::Text { content } = part {
                    *content = content.replace(secret, "-").replace("xx", "");
                }
            }
        })
    });
    let chunks = text.as_bytes().chunks(100).map(|piece| {
        let piece = String::from_utf8_lossy(piece);
        Ok::<_, Infallible>(json!({"choices": [{"index": 0, "delta": {"content": piece}}]}))
    });
    let chunks: Vec<_> = chunks.collect();
    let stream = genai::observe_stream(chat(&harness, "openai"), futures::stream::iter(chunks));
    assert!(pin!(stream).count().now_or_never().is_some());
    let span = harness.span("chat m");
    let output = span.str("gen_ai.output.messages").unwrap();
    assert!(!output.contains("the-sec"), "{output}");
}
