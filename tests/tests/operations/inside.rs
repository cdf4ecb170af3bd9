//! What a function says from inside of what it sends and gets, and what is not said for it: a reason to stop.

use genai::testing::{Harness, Span};
use genai::{ContentCapture, Wire};
use serde_json::{Value, json};

fn harness() -> Harness {
    Harness::install_with(|settings| settings.capture(ContentCapture::SpanOnly))
}

fn request() -> Value {
    json!({"model": "m", "temperature": 0.5, "messages": [{"role": "user", "content": "Hello"}]})
}

fn answer() -> Value {
    json!({"id": "r-1", "model": "m-1", "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        "choices": [{"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "Hi."}}]})
}

/// What is returned has lost everything but the text.
fn text(answer: &Value) -> String {
    let text = answer["choices"][0]["message"]["content"].as_str();
    text.unwrap_or_default().to_owned()
}

/// As types of a client, which serialise.
#[derive(serde::Serialize)]
struct Body(Value);

#[genai::chat(provider = openai, response = none)]
fn builds_sends_and_parses() -> String {
    let request = request();
    genai::current().request(&request);
    let answer = answer();
    genai::current().response(&answer);
    text(&answer)
}

#[genai::chat(provider = openai, response = none)]
async fn with_types_of_a_client() -> String {
    let request = Body(request());
    genai::current().request(&Wire::openai(&request));
    let answer = Body(answer());
    genai::current().response(&Wire::openai(&answer));
    text(&answer.0)
}

/// The same by the attribute.
#[genai::chat(provider = openai, request = request)]
fn whole(request: &Value) -> Value {
    let _ = request;
    answer()
}

fn attributes(span: &Span) -> Vec<(String, String)> {
    let pairs = span.attributes.0.iter();
    let mut pairs: Vec<_> = pairs.map(|(k, v)| (k.to_string(), v.to_string())).collect();
    pairs.sort();
    pairs
}

#[test]
fn what_is_said_inside_is_what_the_attribute_reads() {
    let harness = harness();
    whole(&request());
    let expected = attributes(&harness.span("chat m"));
    assert!(
        expected
            .iter()
            .any(|(key, _)| key == "gen_ai.usage.output_tokens")
    );
    type Call = fn() -> String;
    let calls: [Call; 2] = [builds_sends_and_parses, || {
        futures::executor::block_on(with_types_of_a_client())
    }];
    for call in calls {
        harness.clear();
        assert_eq!(call(), "Hi.");
        let [span]: [Span; 1] = harness.spans().try_into().expect("one span");
        assert_eq!(attributes(&span), expected);
        assert_eq!(harness.points("gen_ai.client.token.usage").len(), 2);
    }
}

#[genai::chat(provider = openai, model = "m", response(|r| output = r))]
fn says_a_text() -> String {
    "Hi.".to_owned()
}

#[genai::chat(provider = openai, model = "m", response(|r| output = r, finish_reasons = "length"))]
fn says_a_text_and_why() -> String {
    "Hi.".to_owned()
}

/// A message needs a reason in the conventions' schema, the attribute none.
#[test]
fn a_text_alone_has_no_reason_to_stop() {
    let harness = harness();
    for (call, reasons) in [
        (says_a_text as fn() -> String, None),
        (says_a_text_and_why, Some("[\"length\"]")),
    ] {
        harness.clear();
        call();
        let span = harness.span("chat m");
        let found = attributes(&span).into_iter();
        let mut found = found.filter(|(key, _)| key == "gen_ai.response.finish_reasons");
        assert_eq!(found.next().map(|(_, value)| value).as_deref(), reasons);
        let output = span.json("gen_ai.output.messages").expect("content is on");
        assert_eq!(output[0]["finish_reason"], "stop");
    }
}
