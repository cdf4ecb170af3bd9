//! Whatever the provider answers: the function's result is what it is without the attribute, and the telemetry is there.

use std::sync::{Arc, Mutex};

use genai::ContentCapture;
use genai::testing::Harness;
use genai_tests::server::{Reply, Server};
use serde_json::Value;

#[derive(Debug)]
enum Failed {
    Status(u16),
    Http(reqwest::Error),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Http(error) => error.fmt(f),
        }
    }
}

async fn post(http: &reqwest::Client, url: &str) -> Result<Value, Failed> {
    let answer = http.post(url).body("{}").send().await;
    let answer = answer.map_err(Failed::Http)?;
    match answer.status().as_u16() {
        200 => answer.json().await.map_err(Failed::Http),
        status => Err(Failed::Status(status)),
    }
}

/// What the value says by itself: `Value` knows the wires of providers.
#[genai::chat(provider = openai, model = "gpt-5", input = genai::message::user("Hello?"))]
async fn known(http: &reqwest::Client, url: &str) -> Result<Value, Failed> {
    post(http, url).await
}

/// What is said explicitly.
#[genai::chat(
    provider = openai,
    model = "gpt-5",
    response(|r| id = r["id"].as_str(),
                 model = r["model"].as_str(),
                 finish_reasons = r["choices"][0]["finish_reason"].as_str(),
                 input_tokens = r["usage"]["prompt_tokens"].as_i64(),
                 output_tokens = r["usage"]["completion_tokens"].as_i64(),
                 output = r["choices"][0]["message"]["content"].as_str()),
)]
async fn explicit(http: &reqwest::Client, url: &str) -> Result<Value, Failed> {
    post(http, url).await
}

#[genai::embeddings(
    provider = openai,
    model = "text-embedding-3-small",
    response(|r| input_tokens = r["usage"]["prompt_tokens"].as_u64(),
                 dimension_count = r["data"][0]["embedding"].as_array().map(Vec::len)),
)]
async fn vectors(http: &reqwest::Client, url: &str) -> Result<Value, Failed> {
    post(http, url).await
}

/// Anything as text: a body that is passed on unparsed.
#[genai::chat(provider = openai, model = "gpt-5")]
async fn text(http: &reqwest::Client, url: &str) -> Result<String, Failed> {
    let answer = http.post(url).send().await.map_err(Failed::Http)?;
    answer.text().await.map_err(Failed::Http)
}

/// Bodies with their status, and the input tokens that can be known.
fn answers() -> Vec<(&'static str, u16, String, Option<i64>)> {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    vec![
        ("HTML", 200, "<!doctype html><html><body>Bad gateway</body></html>".into(), None),
        ("HTML with a status", 502, "<html>502 Bad Gateway</html>".into(), None),
        ("empty", 200, String::new(), None),
        ("an empty error", 500, String::new(), None),
        ("a server's error", 500, r#"{"error": {"message": "overloaded", "code": null}}"#.into(), None),
        ("an error with status 200", 200, r#"{"error": {"message": "overloaded"}}"#.into(), None),
        ("null", 200, "null".into(), None),
        ("a string", 200, r#""hello""#.into(), None),
        ("a number", 200, "1e308".into(), None),
        ("a list", 200, "[1, 2, 3]".into(), None),
        ("an empty object", 200, "{}".into(), None),
        ("cut off", 200, r#"{"id": "chatcmpl-1", "choices": [{"index": 0, "mess"#.into(), None),
        ("two bodies", 200, "{}{}".into(), None),
        ("deep", 200, nested(100), None),
        ("too deep", 200, nested(100_000), None),
        (
            "without usage",
            200,
            r#"{"id": "chatcmpl-1", "model": "gpt-5", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}]}"#.into(),
            None,
        ),
        (
            "without choices",
            200,
            r#"{"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 3}}"#.into(),
            Some(3),
        ),
        (
            "other types",
            200,
            r#"{"id": 7, "model": ["gpt-5"], "choices": {"0": null}, "usage": {"prompt_tokens": "many", "completion_tokens": {}}, "data": 1}"#.into(),
            None,
        ),
        (
            "nulls",
            200,
            r#"{"id": null, "model": null, "choices": [null, {"message": null, "finish_reason": null}], "usage": null, "data": [null]}"#.into(),
            None,
        ),
        (
            "numbers beyond",
            200,
            r#"{"usage": {"prompt_tokens": 18446744073709551615, "completion_tokens": -1e99}}"#.into(),
            None,
        ),
    ]
}

/// Calls with and without the attribute: equal results, and one span with one duration point that says how it ended. `$says_why` is
/// whether a body that came as a result says that the provider failed.
macro_rules! check {
    ($runtime:ident, $name:ident, $says_why:expr, $call:expr, $bare:expr, $span:expr) => {{
        let bare = format!("{:?}", $runtime.block_on($bare));
        let harness = Harness::install_with(|settings| {
            settings
                .capture(ContentCapture::SpanAndEvent)
                .emit_events(true)
        });
        let result = $runtime.block_on($call);
        let span = harness.span($span);
        assert_eq!(format!("{result:?}"), bare, "{}", $name);
        let failed = result.is_err() || $says_why;
        assert_eq!(span.is_error(), failed, "{}: {span:#?}", $name);
        assert_eq!(
            span.str("error.type").is_some(),
            span.is_error(),
            "{}: {span:#?}",
            $name
        );
        assert_eq!(span.duplicates, [""; 0], "{}", $name);
        assert_eq!(
            harness.points("gen_ai.client.operation.duration").len(),
            1,
            "{}",
            $name
        );
        let input = span.int("gen_ai.usage.input_tokens");
        let points = harness.points("gen_ai.client.token.usage");
        let counted = points
            .iter()
            .find(|p| p.str("gen_ai.token.type") == Some("input"));
        // A count that no model can have reached is no measurement.
        let measured = input.filter(|tokens| *tokens < 1 << 40);
        assert_eq!(counted.map(|point| point.sum as i64), measured, "{}", $name);
        (harness, span)
    }};
}

#[test]
fn no_answer_breaks_telemetry_or_the_result() {
    let current = Arc::new(Mutex::new((200, String::new())));
    let served = Arc::clone(&current);
    let server = Server::start(move |_| {
        let (status, body) = served.lock().expect("no panic while it is held").clone();
        Reply {
            status,
            content_type: "application/json",
            body: body.into_bytes(),
        }
    })
    .expect("a free port");
    let (http, url) = (genai_tests::http(), &server.url());
    let runtime = genai_tests::runtime();
    for (name, status, body, tokens) in answers() {
        *current.lock().expect("no panic while it is held") = (status, body.clone());
        let post = || post(&http, url);
        // A body that says nothing but what went wrong is a failure, where it is read.
        let says_why = status == 200 && body.starts_with(r#"{"error""#);
        {
            let (harness, span) = check!(
                runtime,
                name,
                says_why,
                known(&http, url),
                post(),
                "chat gpt-5"
            );
            assert_eq!(span.int("gen_ai.usage.input_tokens"), tokens, "{name}");
            assert_eq!(harness.events().len(), 1, "{name}");
        }
        {
            let (_, span) = check!(
                runtime,
                name,
                says_why,
                explicit(&http, url),
                post(),
                "chat gpt-5"
            );
            assert_eq!(span.int("gen_ai.usage.input_tokens"), tokens, "{name}");
        }
        {
            let span = "embeddings text-embedding-3-small";
            check!(runtime, name, says_why, vectors(&http, url), post(), span);
        }
        let bare = async { Ok::<_, Failed>(body.clone()) };
        let (_, span) = check!(runtime, name, false, text(&http, url), bare, "chat gpt-5");
        let output = span
            .json("gen_ai.output.messages")
            .expect("the text is the output");
        assert_eq!(
            output[0]["parts"][0]["content"]
                .as_str()
                .unwrap_or_default(),
            body,
            "{name}"
        );
    }
}

#[test]
fn a_provider_that_is_not_there() {
    let url = {
        // A port that was free a moment ago.
        Server::start(|_| Reply::json(200, &Value::Null))
            .expect("a free port")
            .url()
    };
    let runtime = genai_tests::runtime();
    let harness = Harness::install();
    let result = runtime.block_on(known(&genai_tests::http(), &url));
    assert!(matches!(result, Err(Failed::Http(_))));
    let span = harness.span("chat gpt-5");
    assert!(span.is_error());
    assert!(span.str("error.type").is_some());
}
