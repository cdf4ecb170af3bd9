//! Tests of the uploads: what comes in is made by hand, what goes out is read from a store that can misbehave.

#[cfg(feature = "upload-s3")]
mod cloud;
mod golden;
mod hook;
mod local;
mod process;
mod trouble;
mod weights;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::pending;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::logs::AnyValue;
use serde_json::{Value, json};

use super::names;
use super::store::Body;
use super::*;
use crate::content::message::{InputMessage, OutputMessage, Part, ToolDefinition};
use crate::pipeline::hook::{Completion, CompletionHook, Event};

thread_local! {
    /// The process id the hook sees on this thread, in place of the real one.
    pub(super) static PID: Cell<Option<u32>> = const { Cell::new(None) };
    /// Whether the system gives this thread no random numbers.
    pub(super) static HAS_NO_RANDOM: Cell<bool> = const { Cell::new(false) };
}

/// What an operation had as content.
#[derive(Clone, Default)]
struct Content {
    inputs: Vec<InputMessage>,
    outputs: Vec<OutputMessage>,
    system: Vec<Part>,
    tools: Vec<ToolDefinition>,
}

impl Content {
    fn input(text: impl Into<String>) -> Self {
        let message = InputMessage {
            role: "user".into(),
            parts: vec![Part::Text {
                content: text.into(),
            }],
            name: None,
        };
        Self {
            inputs: vec![message],
            ..Self::default()
        }
    }

    /// The content most oracle scenarios have.
    fn oracle() -> Self {
        let function =
            |name: &str, description: Option<&str>, parameters| ToolDefinition::Function {
                name: name.into(),
                description: description.map(Into::into),
                parameters,
            };
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        Self {
            outputs: vec![OutputMessage {
                role: "assistant".into(),
                parts: vec![text("Rainy, 57F.")],
                finish_reason: Some("stop".into()),
                name: None,
            }],
            system: vec![text("You are terse.")],
            tools: vec![
                function("get_weather", Some("Current weather"), Some(schema)),
                function("noop", None, None),
                ToolDefinition::Other {
                    kind: "web_search".into(),
                    name: "web_search".into(),
                },
            ],
            ..Self::input("Weather in Paris?")
        }
    }
}

fn text(content: &str) -> Part {
    Part::Text {
        content: content.into(),
    }
}

/// Finishes an operation with `content`, and returns the references its event got.
fn complete(hook: &UploadHook, content: &Content) -> BTreeMap<String, String> {
    complete_in(hook, content, &Context::new())
}

fn complete_in(hook: &UploadHook, content: &Content, cx: &Context) -> BTreeMap<String, String> {
    let mut event = Event {
        name: "gen_ai.client.inference.operation.details",
        attributes: Vec::new(),
    };
    let mut completion = Completion {
        inputs: &content.inputs,
        outputs: &content.outputs,
        system_instructions: &content.system,
        tool_definitions: &content.tools,
        attributes: &[],
        elapsed: Duration::ZERO,
        cx,
        event: Some(&mut event),
    };
    hook.on_completion(&mut completion);
    let text = |value: &AnyValue| match value {
        AnyValue::String(text) => text.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    event
        .attributes
        .iter()
        .map(|(key, value)| (key.as_str().to_owned(), text(value)))
        .collect()
}

/// What a faulty store does with an object.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Store,
    Fail,
    FailForGood,
    PanicAtOnce,
    PanicLater,
    Hang,
    Block(Duration),
}

/// A store that does with its k-th call what its plan says.
struct Faulty {
    calls: AtomicUsize,
    plan: Box<dyn Fn(usize) -> Fault + Send + Sync>,
    memory: Arc<Memory>,
    seen: Mutex<Vec<String>>,
}

impl Faulty {
    fn new(plan: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            calls: AtomicUsize::new(0),
            plan: Box::new(plan),
            memory: Arc::default(),
            seen: Mutex::default(),
        })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Store for Faulty {
    fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        self.seen.lock().unwrap().push(object.name().to_owned());
        assert!(Context::is_current_telemetry_suppressed());
        let fault = (self.plan)(call);
        assert!(!matches!(fault, Fault::PanicAtOnce), "as planned");
        Box::pin(async move {
            match fault {
                Fault::Store | Fault::PanicAtOnce => {}
                Fault::Fail => return Err(StoreError::new("as planned")),
                Fault::FailForGood => return Err(StoreError::new("as planned").permanent()),
                Fault::PanicLater => panic!("as planned"),
                Fault::Hang => pending().await,
                Fault::Block(time) => std::thread::sleep(time),
            }
            self.memory.clone().put(object).await
        })
    }
}

/// A builder whose hooks write to `store`, with pauses short enough for tests.
fn builder(store: Arc<dyn Store>) -> Builder {
    let mut builder = UploadHook::builder()
        .base_path("test://base/")
        .format(Format::Json)
        .queue_size(20)
        .store(store);
    builder.pause = Duration::from_millis(2);
    builder.calm = Duration::from_millis(20);
    builder
}

fn files(stats: Stats) -> (u64, u64, u64) {
    (stats.stored.files, stats.dropped.files, stats.failed.files)
}

/// The name in a reference.
fn name(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap()
}

const LONG: Duration = Duration::from_secs(30);

/// A folder of the test's own, removed at its end.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        let folder =
            std::env::temp_dir().join(format!("genai-upload-{}", names::random().unwrap()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file of the folder shared by the workspace's neighbours, if it is there.
fn shared(path: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("GENAI_SHARED") {
        Some(root) => PathBuf::from(root),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
    };
    let found = Some(root.join(path)).filter(|path| path.exists());
    if found.is_none() {
        let test = std::thread::current();
        let test = test.name().unwrap_or_default();
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!(
                "NOT RUN: {test} needs shared/{path}, which is not beside the repository\n"
            ),
        );
    }
    found
}

/// JSON without the nulls that stand for absent fields.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k, without_nulls(v)))
            .collect(),
        other => other,
    }
}
