//! Feeds a recording to the wire formats: as JSON values, or as the bytes of its framing, cut anywhere.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use serde_json::{Value, json};

use super::compare::Observed;
use super::load::Recording;
use super::probe::{Probe, Recorded};

/// In which form the response is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Values: a plain body or chunks, as a client has them that decodes JSON strictly.
    Values,
    /// Bytes, in pieces of lengths that this seed makes up.
    Bytes(u64),
}

/// Replays one recording; `None` if it cannot come in this form.
pub fn replay(recording: &Recording, form: Form, content: bool) -> Option<Observed> {
    let probe = probe(recording, content);
    fed(recording, form, probe)
}

/// The same, with chunks and pieces handed over one by one instead of observed as a stream.
pub fn pushed(recording: &Recording, form: Form, content: bool) -> Option<Observed> {
    let probe = probe(recording, content).pushed();
    fed(recording, form, probe)
}

fn probe(recording: &Recording, content: bool) -> Probe {
    Probe::new(
        &recording.provider,
        &recording.operation,
        content,
        &recording.request,
    )
}

fn fed(recording: &Recording, form: Form, probe: Probe) -> Option<Observed> {
    if form == Form::Values && !recording.is_strict_json() {
        return None;
    }
    let response = &recording.response;
    let mut error_type = None;
    let recorded = match (response.text(), &response.sse) {
        (Some(text), _) if response.status >= 400 => {
            let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
            error_type = Some(genai::Wire::error_type(response.status, &body).into_owned());
            probe.end()
        }
        (Some(text), _) => match form {
            Form::Values => probe.response(response.body.as_ref().unwrap_or(&Value::Null)),
            Form::Bytes(seed) => {
                let mut recorded = probe.bytes(pieces(text.as_bytes(), seed));
                // A plain body in pieces was observed as a stream, which the request did not ask for.
                recorded.attributes.remove("gen_ai.request.stream");
                recorded
            }
        },
        (None, Some(texts)) => match form {
            Form::Values => probe.chunks(values(texts)),
            Form::Bytes(seed) => probe.bytes(pieces(&framed(recording, texts), seed)),
        },
        (None, None) => probe.end(),
    };
    Some(observed(recording, recorded, error_type))
}

fn values(texts: &[String]) -> Vec<Value> {
    let values = texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok());
    values.collect()
}

fn pieces(bytes: &[u8], seed: u64) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    cut(bytes, seed, |piece| pieces.push(piece.to_vec()));
    pieces
}

/// What the call knows besides the wire: provider and operation, and the model and the stream where they travel in the path.
pub fn observed(recording: &Recording, recorded: Recorded, error_type: Option<String>) -> Observed {
    let mut attributes = recorded.attributes;
    attributes.insert("gen_ai.provider.name".to_owned(), json!(recording.provider));
    attributes.insert(
        "gen_ai.operation.name".to_owned(),
        json!(recording.operation),
    );
    if let Some(model) = &recording.model_in_path {
        attributes.insert("gen_ai.request.model".to_owned(), json!(model));
    }
    let path_streams = [
        "converse-stream",
        "invoke-with-response-stream",
        "streamGenerateContent",
    ];
    if path_streams
        .iter()
        .any(|path| recording.endpoint.ends_with(path))
    {
        attributes.insert("gen_ai.request.stream".to_owned(), json!(true));
    }
    Observed {
        attributes,
        input: recorded.input,
        output: recorded.output,
        system_instructions: recorded.system_instructions,
        tool_definitions: recorded.tool_definitions,
        error_type: error_type.or(recorded.error),
    }
}

/// The bytes of a stream in its framing.
pub fn framed(recording: &Recording, texts: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let names = recording.response.sse_events.as_deref().unwrap_or_default();
    for (at, text) in texts.iter().enumerate() {
        let name = names.get(at).cloned().flatten();
        match recording.response.stream_format.as_deref() {
            Some("ndjson") => bytes.extend_from_slice(format!("{text}\n").as_bytes()),
            Some("aws-eventstream") => {
                let inner = recording.endpoint.starts_with("bedrock.invoke");
                let name = name.unwrap_or_else(|| "chunk".to_owned());
                let payload = if inner {
                    json!({"bytes": STANDARD.encode(text)}).to_string()
                } else {
                    text.clone()
                };
                bytes.extend(frame(&name, payload.as_bytes()));
            }
            _ => {
                // All three line ends of the standard.
                let end = ["\n", "\r\n", "\r"][at % 3];
                if let Some(name) = name {
                    bytes.extend_from_slice(format!("event: {name}{end}").as_bytes());
                }
                for line in text.split('\n') {
                    bytes.extend_from_slice(format!("data: {line}{end}").as_bytes());
                }
                bytes.extend_from_slice(end.as_bytes());
            }
        }
    }
    bytes
}

/// A frame with zeroed checksums.
pub fn frame(name: &str, payload: &[u8]) -> Vec<u8> {
    let (kind, header) = if name.ends_with("Exception") {
        ("exception", ":exception-type")
    } else {
        ("event", ":event-type")
    };
    let mut headers = Vec::new();
    for (key, value) in [
        (":message-type", kind),
        (header, name),
        (":content-type", "application/json"),
    ] {
        headers.push(key.len() as u8);
        headers.extend_from_slice(key.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&(value.len() as u16).to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = 12 + headers.len() + payload.len() + 4;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(total as u32).to_be_bytes());
    bytes.extend_from_slice(&(headers.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend(headers);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

/// Cuts bytes into pieces of 0 to 40 bytes; seed 0 cuts after every byte.
pub fn cut(bytes: &[u8], seed: u64, mut piece: impl FnMut(&[u8])) {
    let mut state = seed;
    let mut rest = bytes;
    while !rest.is_empty() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let len = if seed == 0 {
            1
        } else {
            (state >> 33) as usize % 41
        };
        let (now, later) = rest.split_at(len.min(rest.len()));
        piece(now);
        rest = later;
    }
}
