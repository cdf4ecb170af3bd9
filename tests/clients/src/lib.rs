//! Clients' own types on recorded traffic: what runs a recording, and what compares.

use std::sync::Arc;

use genai::testing::Harness;
use genai::{Chunk, ContentCapture, Request, Response};
use genai_tests::recordings::compare::{Scope, compare};
use genai_tests::recordings::probe::{Probe, last_span};
use genai_tests::recordings::replay::{framed, observed};
use genai_tests::recordings::{Observed, Recording, load};
use genai_tests::server::{Reply, Server};
use genai_tests::shared;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub mod bedrock;

/// The code of the clients' page compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/clients.md")]
pub mod page {}

/// The recordings that `wanted` picks; `None` if there are none here.
pub fn recordings(wanted: impl Fn(&Recording) -> bool) -> Option<Vec<Recording>> {
    let mut all = load(&[shared("recordings")?]).expect("readable recordings");
    all.retain(|recording| wanted(recording));
    Some(all)
}

/// Compares what `run` records of each recording, with content on and off, with what is expected.
///
/// `deviations` are parts of ids with the reason why those recordings may differ. There must be `least` recordings that agree.
pub fn check(
    recordings: &[Recording],
    deviations: &[(&str, &str)],
    least: usize,
    mut run: impl FnMut(&Recording, bool) -> Result<Observed, String>,
) {
    let (mut agreeing, mut wrong) = (0, Vec::new());
    for recording in recordings {
        let mut found = Vec::new();
        for content in [false, true] {
            let scope = Scope {
                headers: false,
                content,
            };
            match run(recording, content) {
                Ok(observed) => {
                    let lines = compare(recording, &observed, scope);
                    found.extend(
                        lines
                            .into_iter()
                            .map(|line| format!("content {content}: {line}")),
                    );
                }
                Err(reason) => found.push(format!("content {content}: {reason}")),
            }
        }
        let deviation = deviations.iter().find(|(id, _)| recording.id.contains(id));
        match (found.is_empty(), deviation) {
            (true, None) => agreeing += 1,
            (false, Some((_, reason))) => println!("differs  {}: {reason}", recording.id),
            (true, Some(_)) => wrong.push(format!("{}: agrees, but is listed", recording.id)),
            (false, None) => wrong.push(format!("{}\n  {}", recording.id, found.join("\n  "))),
        }
    }
    println!("{agreeing} of {} recordings agree", recordings.len());
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        agreeing >= least,
        "{agreeing} recordings agree, {least} should"
    );
}

/// Replays a recording through types that deserialise from it.
///
/// # Errors
/// If a type does not decode what was recorded.
pub fn decoded<Q, R, C>(
    recording: &Recording,
    content: bool,
    request: &Value,
) -> Result<Observed, String>
where
    Q: DeserializeOwned + Request,
    R: DeserializeOwned + Response,
    C: DeserializeOwned + Chunk + Unpin,
{
    let request: Q = from(request.clone(), "request")?;
    let probe = Probe::new(&recording.provider, &recording.operation, content, &request);
    let response = &recording.response;
    let recorded = match (&response.body, &response.sse) {
        // What is recorded of an error comes from the error.
        (Some(_), _) if response.status >= 400 => probe.end(),
        (Some(body), _) => probe.response(&from::<R>(body.clone(), "body")?),
        (None, Some(texts)) => {
            let texts = texts.iter().filter(|text| *text != "[DONE]");
            let chunks: Result<Vec<C>, String> = texts
                .map(|text| from(serde_json::from_str(text).unwrap_or_default(), "chunk"))
                .collect();
            probe.chunks(chunks?)
        }
        (None, None) => probe.end(),
    };
    Ok(observed(recording, recorded, None))
}

fn from<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("the {what} does not decode: {error}"))
}

/// A server that answers everything as the recording was answered.
pub fn serve(recording: &Recording) -> Server {
    let response = &recording.response;
    let reply = match (&response.body, &response.sse) {
        (Some(body), _) => Reply::json(response.status, body),
        (None, texts) => Reply {
            status: response.status,
            content_type: match response.stream_format.as_deref() {
                Some("ndjson") => "application/x-ndjson",
                _ => "text/event-stream",
            },
            body: framed(recording, texts.as_deref().unwrap_or_default()),
        },
    };
    let reply = Arc::new(reply);
    Server::start(move |_| (*reply).clone()).expect("a free port")
}

/// The harness of annotated functions.
pub fn harness(content: bool) -> Harness {
    genai_tests::choose_cryptography();
    let capture = if content {
        ContentCapture::SpanOnly
    } else {
        ContentCapture::NoContent
    };
    Harness::install_with(|telemetry| telemetry.capture(capture))
}

/// What an annotated function recorded, which must have made one span and one duration point.
///
/// # Panics
/// If it made more or less.
pub fn recorded(recording: &Recording, harness: &Harness) -> Observed {
    let spans = harness.spans();
    assert_eq!(spans.len(), 1, "{}: {spans:?}", recording.id);
    let durations = harness.points("gen_ai.client.operation.duration");
    assert_eq!(durations.len(), 1, "{}: {durations:?}", recording.id);
    assert_eq!(durations[0].count, 1);
    observed(recording, last_span(harness), None)
}

/// Leaves only what is compared of a client that sends a request of its own: the side of the response.
pub fn response_side(recording: &mut Recording) {
    recording.expected.retain(|key, _| !is_request(key));
    recording.expected_messages.retain(|key, _| key == "output");
}

/// The same of what was recorded.
pub fn response_side_of(mut observed: Observed) -> Observed {
    observed.attributes.retain(|key, _| !is_request(key));
    observed.input = Value::Null;
    observed.system_instructions = Value::Null;
    observed.tool_definitions = Value::Null;
    observed
}

fn is_request(key: &str) -> bool {
    key.starts_with("gen_ai.request.")
        || key.starts_with("gen_ai.embeddings.")
        || matches!(
            key,
            "gen_ai.output.type"
                | "openai.request.service_tier"
                | "openai.api.type"
                | "gen_ai.conversation.id"
        )
}
