//! The recorded traffic of OpenAI's chat and embeddings, replayed over HTTP through annotated functions with explicit
//! `response(..)`: what is on the spans and metrics is what the recordings expect.

use std::collections::HashMap;
use std::sync::Arc;

use genai::testing::{Attributes, Harness, Span};
use genai_tests::recordings::compare::{Observed, Scope, compare};
use genai_tests::recordings::load::ExpectedError;
use genai_tests::recordings::{Recording, all};
use genai_tests::server::{Reply, Server};
use opentelemetry::trace::SpanKind;
use serde_json::{Map, Value, json};

/// Recordings that differ, and why.
const DIFFERENCES: &[(&str, &str)] = &[];

/// What can go wrong with a call.
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

impl Failed {
    fn class(&self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Http(_) => "connection_error".to_owned(),
        }
    }
}

async fn post(http: &reqwest::Client, url: &str, body: &Value) -> Result<Value, Failed> {
    let answer = http.post(url).json(body).send().await;
    let answer = answer.map_err(Failed::Http)?;
    if !answer.status().is_success() {
        return Err(Failed::Status(answer.status().as_u16()));
    }
    answer.json().await.map_err(Failed::Http)
}

/// One string or a list of strings.
fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(one) => Some(vec![one]),
        Value::Array(many) => many.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The conventions' word for a response format.
fn output_type(format: &Value) -> Option<&'static str> {
    match format["type"].as_str()? {
        "json_object" | "json_schema" => Some("json"),
        "text" => Some("text"),
        _ => None,
    }
}

fn finish_reasons(answer: &Value) -> Option<Vec<&str>> {
    let choices = answer["choices"].as_array()?;
    Some(
        choices
            .iter()
            .filter_map(|choice| choice["finish_reason"].as_str())
            .collect(),
    )
}

#[genai::chat(
    provider = openai,
    model = body["model"].as_str(),
    temperature = body["temperature"].as_f64(),
    top_p = body["top_p"].as_f64(),
    max_tokens = body["max_completion_tokens"].as_u64().or(body["max_tokens"].as_u64()),
    frequency_penalty = body["frequency_penalty"].as_f64(),
    presence_penalty = body["presence_penalty"].as_f64(),
    stop_sequences = strings(&body["stop"]),
    seed = body["seed"].as_i64(),
    choice_count = body["n"].as_i64().filter(|n| *n != 1),
    output_type = output_type(&body["response_format"]),
    server.address = url,
    openai.api.type = chat_completions,
    openai.request.service_tier = body["service_tier"].as_str().filter(|tier| *tier != "auto"),
    response(|r| id = r["id"].as_str(),
                 model = r["model"].as_str(),
                 finish_reasons = finish_reasons(r),
                 input_tokens = r["usage"]["prompt_tokens"].as_i64(),
                 output_tokens = r["usage"]["completion_tokens"].as_i64(),
                 cache_read_input_tokens = r["usage"]["prompt_tokens_details"]["cached_tokens"].as_i64(),
                 reasoning_output_tokens = r["usage"]["completion_tokens_details"]["reasoning_tokens"].as_i64(),
                 openai.response.service_tier = r["service_tier"].as_str(),
                 openai.response.system_fingerprint = r["system_fingerprint"].as_str()),
    error(|e| type = e.class()),
)]
async fn chat(http: &reqwest::Client, url: &str, body: &Value) -> Result<Value, Failed> {
    post(http, url, body).await
}

#[genai::embeddings(
    provider = openai,
    model = body["model"].as_str(),
    dimension_count = body["dimensions"].as_i64(),
    encoding_formats = body["encoding_format"].as_str(),
    server.address = url,
    response(|r| model = r["model"].as_str(), input_tokens = r["usage"]["prompt_tokens"].as_i64()),
    error(|e| type = e.class()),
)]
async fn embeddings(http: &reqwest::Client, url: &str, body: &Value) -> Result<Value, Failed> {
    post(http, url, body).await
}

#[genai::chat(
    operation = text_completion,
    provider = openai,
    model = body["model"].as_str(),
    temperature = body["temperature"].as_f64(),
    top_p = body["top_p"].as_f64(),
    max_tokens = body["max_tokens"].as_u64(),
    frequency_penalty = body["frequency_penalty"].as_f64(),
    presence_penalty = body["presence_penalty"].as_f64(),
    stop_sequences = strings(&body["stop"]),
    seed = body["seed"].as_i64(),
    choice_count = body["n"].as_i64().filter(|n| *n != 1),
    server.address = url,
    response(|r| id = r["id"].as_str(),
                 model = r["model"].as_str(),
                 finish_reasons = finish_reasons(r),
                 input_tokens = r["usage"]["prompt_tokens"].as_i64(),
                 output_tokens = r["usage"]["completion_tokens"].as_i64(),
                 openai.response.system_fingerprint = r["system_fingerprint"].as_str()),
    error(|e| type = e.class()),
)]
async fn completion(http: &reqwest::Client, url: &str, body: &Value) -> Result<Value, Failed> {
    post(http, url, body).await
}

/// The recordings of these endpoints that are no streams.
fn recordings() -> Option<Vec<Recording>> {
    let mut all = all()?.to_vec();
    all.retain(|recording| {
        let endpoint = recording.endpoint.as_str();
        // Only who looks at the body knows of an error in one of status 200.
        let is_plain = |error: &ExpectedError| error.http_status >= 400;
        recording.expected_error.as_ref().is_none_or(is_plain)
            && recording.provider == "openai"
            && recording.response.body.is_some()
            // One that was asked for and failed is in `recordings`: these functions do not stream.
            && recording.request["stream"] != true
            && matches!(
                endpoint,
                "openai.chat.completions" | "openai.embeddings" | "openai.completions"
            )
    });
    Some(all)
}

/// Answers `/{index}` with the recording of that index; a request that is not the recorded one gets a 599.
fn replaying(recordings: &Arc<Vec<Recording>>) -> Server {
    let recordings = Arc::clone(recordings);
    Server::start(move |request| {
        let index: Option<usize> = request.path.trim_start_matches('/').parse().ok();
        let sent: Option<Value> = serde_json::from_slice(&request.body).ok();
        match index.and_then(|index| recordings.get(index)) {
            Some(recording) if sent.as_ref() == Some(&recording.request) => {
                let response = &recording.response;
                Reply::json(
                    response.status,
                    response.body.as_ref().unwrap_or(&Value::Null),
                )
            }
            _ => Reply::json(599, &Value::Null),
        }
    })
    .expect("a free port")
}

fn json_of(attributes: &Attributes) -> Map<String, Value> {
    use opentelemetry::{Array, Value as Otel};
    let value = |value: &Otel| match value {
        Otel::Bool(v) => json!(v),
        Otel::I64(v) => json!(v),
        Otel::F64(v) => json!(v),
        Otel::String(v) => json!(v.as_str()),
        Otel::Array(Array::String(list)) => {
            json!(list.iter().map(|v| v.as_str()).collect::<Vec<_>>())
        }
        other => panic!("no attribute of these operations is a {other:?}"),
    };
    let entries = attributes.0.iter();
    entries.map(|(key, v)| (key.clone(), value(v))).collect()
}

/// Everything about the span that is wrong, in words.
fn span_differences(recording: &Recording, span: &Span, server: &Server) -> Vec<String> {
    let observed = Observed {
        attributes: json_of(span),
        error_type: span.str("error.type").map(str::to_owned),
        ..Observed::default()
    };
    let scope = Scope {
        headers: false,
        content: false,
    };
    let mut found = compare(recording, &observed, scope);
    let content = ["gen_ai.input.messages", "gen_ai.output.messages"];
    for key in content.iter().filter(|key| span.get(key).is_some()) {
        found.push(format!("{key}: there, with content off"));
    }
    let model = recording.request["model"].as_str().unwrap_or_default();
    let name = format!("{} {model}", recording.operation);
    if span.name != name {
        found.push(format!("span name: {}, expected {name}", span.name));
    }
    if span.kind != SpanKind::Client {
        found.push(format!("span kind: {:?}", span.kind));
    }
    if span.is_error() != recording.expected_error.is_some() {
        found.push(format!("status: {:?}", span.status));
    }
    if !span.duplicates.is_empty() {
        found.push(format!("written twice: {:?}", span.duplicates));
    }
    let address = (span.str("server.address"), span.int("server.port"));
    if address != (Some("127.0.0.1"), Some(i64::from(server.address().port()))) {
        found.push(format!("server: {address:?}"));
    }
    found
}

/// Everything about the metrics that is wrong, in words.
fn metric_differences(recording: &Recording, harness: &Harness) -> Vec<String> {
    let mut found = Vec::new();
    let durations = harness.points("gen_ai.client.operation.duration");
    match durations.as_slice() {
        [point] if point.count == 1 => {
            for key in [
                "gen_ai.operation.name",
                "gen_ai.provider.name",
                "gen_ai.request.model",
            ] {
                if point.str(key) != recording.expected[key].as_str() {
                    found.push(format!("duration point: {key} is {:?}", point.get(key)));
                }
            }
            if point.str("error.type").is_some() != recording.expected_error.is_some() {
                found.push(format!(
                    "duration point: error.type {:?}",
                    point.str("error.type")
                ));
            }
        }
        other => found.push(format!("{} duration points", other.len())),
    }
    let mut tokens: HashMap<String, (u64, f64)> = HashMap::new();
    for point in harness.points("gen_ai.client.token.usage") {
        let kind = point.str("gen_ai.token.type").unwrap_or("none").to_owned();
        let sum = tokens.entry(kind).or_default();
        *sum = (sum.0 + point.count, sum.1 + point.sum);
    }
    let mut wanted = HashMap::new();
    for kind in ["input", "output"] {
        let usage = recording
            .expected
            .get(&format!("gen_ai.usage.{kind}_tokens"));
        if let Some(count) = usage.and_then(Value::as_f64) {
            wanted.insert(kind.to_owned(), (1, count));
        }
    }
    if tokens != wanted {
        found.push(format!("token points: {tokens:?}, expected {wanted:?}"));
    }
    found
}

#[test]
fn every_recording_agrees() {
    let Some(recordings) = recordings() else {
        return;
    };
    assert!(recordings.len() >= 40, "{} recordings", recordings.len());
    let recordings = Arc::new(recordings);
    let server = replaying(&recordings);
    let runtime = genai_tests::runtime();
    let http = genai_tests::http();
    let mut differing = Vec::new();
    for (index, recording) in recordings.iter().enumerate() {
        let harness = Harness::install();
        let url = format!("{}/{index}", server.url());
        let body = &recording.request;
        let result = runtime.block_on(async {
            match recording.endpoint.as_str() {
                "openai.embeddings" => embeddings(&http, &url, body).await,
                "openai.completions" => completion(&http, &url, body).await,
                _ => chat(&http, &url, body).await,
            }
        });
        match (&result, &recording.expected_error) {
            (Ok(answer), None) => assert_eq!(Some(answer), recording.response.body.as_ref()),
            (Err(Failed::Status(status)), Some(error)) => assert_eq!(*status, error.http_status),
            other => panic!("{}: {other:?}", recording.id),
        }
        let spans = harness.spans();
        let [span] = spans.as_slice() else {
            panic!("{}: {spans:?}", recording.id);
        };
        let mut differences = span_differences(recording, span, &server);
        differences.extend(metric_differences(recording, &harness));
        let listed = DIFFERENCES.iter().any(|(id, _)| *id == recording.id);
        match (differences.is_empty(), listed) {
            (false, false) => {
                println!("{}\n  {}", recording.id, differences.join("\n  "));
                differing.push(recording.id.clone());
            }
            (true, true) => differing.push(format!("{}: agrees, but is listed", recording.id)),
            _ => {}
        }
    }
    println!(
        "{} of {} recordings differ",
        differing.len(),
        recordings.len()
    );
    assert!(differing.is_empty(), "{differing:#?}");
}
