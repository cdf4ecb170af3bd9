//! Reads recordings from their folders.
//!
//! In come folders; out come recordings in the order of their ids, each id once.

use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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
    pub kinds: Vec<String>,
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
    /// The body as text, where no strict parser takes it.
    #[serde(default)]
    pub body_text: Option<String>,
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

impl Recording {
    /// Whether only the response was recorded, and the request was made up for it.
    pub fn request_is_made_up(&self) -> bool {
        self.kinds.iter().any(|kind| kind == "request_made_up")
    }

    /// Whether a client that decodes JSON strictly can read all of the response.
    pub fn is_strict_json(&self) -> bool {
        let is_cut_or_whole = |text: &String| {
            let is_object = text.starts_with('{') && text.ends_with('}');
            !is_object || serde_json::from_str::<Value>(text).is_ok()
        };
        let response = &self.response;
        response.body_text.is_none() && response.sse.iter().flatten().all(is_cut_or_whole)
    }
}

impl RecordedResponse {
    /// The text of a plain body.
    pub fn text(&self) -> Option<String> {
        let body = self.body.as_ref().map(Value::to_string);
        self.body_text.clone().or(body)
    }
}

/// The folders of the shared material that hold recordings.
pub const FOLDERS: [&str; 3] = ["recordings", "recordings-2", "reports"];

/// Those of [`FOLDERS`] that are there; each that is not is named in a line of its own.
pub fn folders() -> Vec<PathBuf> {
    FOLDERS.into_iter().filter_map(crate::shared).collect()
}

/// All recordings of [`folders`], read once; `None`, and a line on stderr, if there is no such folder.
///
/// # Panics
/// If a folder is there and cannot be read.
pub fn all() -> Option<&'static [Recording]> {
    static ALL: OnceLock<Option<Vec<Recording>>> = OnceLock::new();
    // Asked for each test, so that each is named that did not run.
    let folders = folders();
    let read = || (!folders.is_empty()).then(|| load(&folders).expect("readable recordings"));
    ALL.get_or_init(read).as_deref()
}

/// All recordings below `folders`. Where an id stands in two of them the one in `recordings-2` is right, else the last.
///
/// # Errors
/// If a folder is missing or holds no recording, or a file is none.
pub fn load(folders: &[PathBuf]) -> Result<Vec<Recording>> {
    let mut found: BTreeMap<String, Recording> = BTreeMap::new();
    let is_right = |folder: &Path| {
        folder
            .file_name()
            .is_some_and(|name| name == "recordings-2")
    };
    let (right, others): (Vec<_>, Vec<_>) = folders.iter().partition(|folder| is_right(folder));
    for folder in others.into_iter().chain(right) {
        let in_folder = load_folder(folder)
            .map_err(|error| Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
        found.extend(in_folder.into_iter().map(|r| (r.id.clone(), r)));
    }
    Ok(found.into_values().collect())
}

fn load_folder(folder: &Path) -> Result<Vec<Recording>> {
    let mut found = Vec::new();
    for provider in std::fs::read_dir(folder)? {
        let provider = provider?.path();
        if !provider.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(provider)? {
            let file = file?.path();
            if file.extension().is_some_and(|ext| ext == "json") {
                let recording = serde_json::from_slice(&std::fs::read(&file)?)
                    .map_err(|e| Error::other(format!("{}: {e}", file.display())))?;
                found.push(recording);
            }
        }
    }
    if found.is_empty() {
        return Err(Error::other("no recordings"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, remove_dir_all, write};
    use std::path::{Path, PathBuf};

    use serde_json::json;

    use super::load;

    /// A folder with one recording of this status below it.
    fn folder(base: &Path, name: &str, id: &str, status: u16) -> PathBuf {
        let folder = base.join(name);
        create_dir_all(folder.join("provider")).expect("a folder");
        let recording = json!({"id": id, "provider": "p", "endpoint": "e", "operation": "chat", "request": {},
            "response": {"status": status, "body_text": "{\"a\":NaN}"}});
        write(folder.join("provider/one.json"), recording.to_string()).expect("a file");
        folder
    }

    #[test]
    fn folders_are_read_in_any_order_and_a_wrong_one_is_an_error() {
        let base = std::env::temp_dir().join(format!("recordings-{}", std::process::id()));
        let old = folder(&base, "recordings", "a", 201);
        let new = folder(&base, "recordings-2", "a", 202);
        let other = folder(&base, "reports", "b", 203);
        for folders in [
            [&new, &old, &other],
            [&old, &new, &other],
            [&other, &old, &new],
        ] {
            let read = load(&folders.map(Clone::clone)).expect("readable");
            let of: Vec<_> = read
                .iter()
                .map(|r| (r.id.as_str(), r.response.status))
                .collect();
            assert_eq!(of, [("a", 202), ("b", 203)]);
            assert!(!read[0].is_strict_json());
        }
        create_dir_all(base.join("empty/provider")).expect("a folder");
        for wrong in ["empty", "missing"] {
            let error = load(&[old.clone(), base.join(wrong)]).expect_err("none there");
            assert!(error.to_string().contains(wrong), "{error}");
        }
        remove_dir_all(&base).expect("removed");
    }
}
