//! A function that passes its chunks on itself says `gen_ai.request.stream`; no stream is wrapped.

use genai::testing::Harness;

struct Reply;

impl genai::Response for Reply {
    fn record_response(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.int(genai::keys::GEN_AI_USAGE_OUTPUT_TOKENS, 2);
    }
}

#[genai::chat(provider = openai, model = "always", gen_ai.request.stream = true)]
fn always(mut on_chunk: impl FnMut(&str)) -> Reply {
    on_chunk("a");
    Reply
}

#[genai::chat(provider = openai, model = "sometimes", gen_ai.request.stream = is_streamed)]
fn sometimes(is_streamed: Option<bool>) -> Reply {
    let _ = is_streamed;
    Reply
}

/// A request of one's own that knows.
#[derive(genai::Request)]
#[genai(provider = openai)]
struct Ask {
    #[genai(model)]
    model: &'static str,
    #[genai(gen_ai.request.stream)]
    is_streamed: bool,
}

#[genai::chat(request = ask)]
fn derived(ask: &Ask) -> Reply {
    let _ = ask;
    Reply
}

#[test]
fn it_is_on_the_span_where_it_is_true() {
    let harness = Harness::install();
    let stream = |name: &str| {
        let span = harness.span(name);
        assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
        harness.clear();
        span.bool("gen_ai.request.stream")
    };
    let mut chunks = Vec::new();
    always(|chunk| chunks.push(chunk.to_owned()));
    assert_eq!(chunks, ["a"]);
    assert_eq!(stream("chat always"), Some(true));
    // The conventions have it where it is true, and nothing elsewhere.
    for (said, expected) in [(Some(true), Some(true)), (Some(false), None), (None, None)] {
        sometimes(said);
        assert_eq!(stream("chat sometimes"), expected);
    }
    for is_streamed in [true, false] {
        derived(&Ask {
            model: "derived",
            is_streamed,
        });
        assert_eq!(stream("chat derived"), is_streamed.then_some(true));
    }
}
