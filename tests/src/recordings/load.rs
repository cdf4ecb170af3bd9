//! Reads recordings from their folder.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One recording; `../shared/recordings/README.md` says what the fields mean.
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    pub id: String,
    pub provider: String,
    pub endpoint: String,
    pub operation: String,
    #[serde(default)]
    pub model_in_path: Option<String>,
    pub request: Value,
    pub response: RecordedResponse,
    #[serde(default)]
    pub expected: Map<String, Value>,
    #[serde(default)]
    pub expected_zero: Vec<String>,
    #[serde(default)]
    pub expected_optional: Map<String, Value>,
    #[serde(default)]
    pub expected_from_headers: Vec<String>,
    #[serde(default)]
    pub expected_messages: Map<String, Value>,
    #[serde(default)]
    pub expected_error: Option<ExpectedError>,
}

/// The answer of the server.
#[derive(Clone, Debug, Deserialize)]
pub struct RecordedResponse {
    pub status: u16,
    #[serde(default)]
    pub headers: Map<String, Value>,
    #[serde(default)]
    pub body: Option<Value>,
    #[serde(default)]
    pub sse: Option<Vec<String>>,
    #[serde(default)]
    pub sse_events: Option<Vec<Option<String>>>,
    #[serde(default)]
    pub stream_format: Option<String>,
}

/// What may be said of an error.
#[derive(Clone, Debug, Deserialize)]
pub struct ExpectedError {
    pub http_status: u16,
    pub error_type_candidates: Vec<String>,
}

/// All recordings below `folder`, in the order of their ids.
pub fn load_all(folder: &Path) -> std::io::Result<Vec<Recording>> {
    let mut found = Vec::new();
    for provider in std::fs::read_dir(folder)? {
        let provider = provider?.path();
        if !provider.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(provider)? {
            let file = file?.path();
            if file.extension().is_some_and(|ext| ext == "json") {
                let recording: Recording = serde_json::from_slice(&std::fs::read(&file)?)
                    .map_err(|e| std::io::Error::other(format!("{}: {e}", file.display())))?;
                found.push(recording);
            }
        }
    }
    found.sort_by(|a: &Recording, b: &Recording| a.id.cmp(&b.id));
    Ok(found)
}
