//! One scenario in this process: its operations go in, through the public API; what they emitted comes out as a line of JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use genai::hook::Completion;
use genai::{CompletionHook, ContentCapture, Telemetry, TelemetryBuilder};
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Value, json};

use super::emitted::Exporters;
use super::lenient;
use super::ops::World;
use super::process::CHILD;
use super::warnings::Warnings;

/// How long hooks and uploads may take to finish.
const DEADLINE: Duration = Duration::from_secs(10);

/// The arguments of a process that runs one scenario.
#[derive(Debug)]
pub struct Arguments {
    scenario: PathBuf,
    engine: String,
    folder: Option<PathBuf>,
}

/// Whether this process is to run one scenario.
pub fn arguments(of_process: &[String]) -> Option<Arguments> {
    match of_process {
        [flag, scenario, engine, rest @ ..] if flag == CHILD => Some(Arguments {
            scenario: scenario.into(),
            engine: engine.clone(),
            folder: rest.first().map(PathBuf::from),
        }),
        _ => None,
    }
}

/// Runs the scenario and prints what it emitted.
pub fn main(arguments: Arguments) -> ExitCode {
    let emitted = std::fs::read_to_string(&arguments.scenario)
        .map_err(|error| error.to_string())
        .and_then(|text| lenient::parse(&text).map_err(|error| error.to_string()))
        .and_then(|scenario| run(&scenario, &arguments));
    match emitted {
        Ok(emitted) => {
            println!("{emitted}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(scenario: &Value, arguments: &Arguments) -> Result<Value, String> {
    let (warnings, exporters) = (Warnings::listen(), Exporters::new());
    let calls = Arc::new(Mutex::new(Vec::new()));
    let hook = scenario["hook"]["kind"].as_str().unwrap_or("none");
    // A panic of the scenario's own hook is part of the scenario.
    std::panic::set_hook(Box::new(|_| {}));
    register(&exporters, &calls);
    let mut builder = providers(&exporters);
    builder = match hook {
        "none" | "load" => builder,
        kind => builder.completion_hook(Hook::new(kind, &exporters, &calls)?),
    };
    if let Some(name) = scenario["scope"]["name"].as_str() {
        let version = scenario["scope"]["version"].as_str().unwrap_or_default();
        builder = builder.scope(name.to_owned(), version.to_owned());
    }
    let telemetry = builder.build();
    telemetry.install();
    let world = World::new(exporters.clone(), arguments.engine.clone());
    for op in scenario["ops"].as_array().into_iter().flatten() {
        // An error that leaves the last managed block has been noted.
        let _ = world.run(op)?;
    }
    let is_restored = !opentelemetry::Context::current()
        .span()
        .span_context()
        .is_valid();
    telemetry.flush(DEADLINE).expect("flushed");
    telemetry.shutdown(DEADLINE).expect("shut down");
    let mut emitted = json!({
        "should_capture_content": telemetry.captures_content(),
        "spans": exporters.spans(),
        "metrics": exporters.metrics(),
        "logs": exporters.logs(),
        "hook_calls": *calls.lock().unwrap(),
        "hook_type": hook_type(hook, &telemetry),
        "context_restored": is_restored,
        "warnings": warnings.heard(),
        "settings": {
            "content_capture": format!("{:?}", telemetry.content_capture()),
            "emits_events": telemetry.emits_events(),
            "is_experimental": telemetry.is_experimental(),
        },
    });
    world.report(&mut emitted);
    if let Some(folder) = &arguments.folder {
        emitted["files"] = files(folder)?;
    }
    Ok(super::simplify::paths(emitted, arguments.folder.as_deref()))
}

fn providers(exporters: &Exporters) -> TelemetryBuilder {
    Telemetry::builder()
        .tracer_provider(exporters.tracers.clone())
        .meter_provider(exporters.meters.clone())
        .logger_provider(exporters.loggers.clone())
}

/// The hooks that the environment may choose by name.
fn register(exporters: &Exporters, calls: &Arc<Mutex<Vec<Value>>>) {
    for kind in ["recording", "stamping", "raising"] {
        let (exporters, calls) = (exporters.clone(), Arc::clone(calls));
        genai::hook::register(kind, move || Ok(Hook::new(kind, &exporters, &calls)?));
    }
}

/// Which hook is in use: one that the scenario gave, else the one that the environment names, if it could be made.
fn hook_type(kind: &str, telemetry: &Telemetry) -> &'static str {
    let is_there = match (kind, telemetry.content_capture()) {
        ("none", _) => false,
        ("load", ContentCapture::NoContent) => telemetry.captures_content(),
        // Spans or events want content here. Whether a hook does shows a second telemetry, in which they do not.
        ("load", _) => {
            let other = Telemetry::builder()
                .capture(ContentCapture::NoContent)
                .build();
            let is_there = other.captures_content();
            other.shutdown(DEADLINE).expect("shut down");
            is_there
        }
        _ => true,
    };
    let named = std::env::var("OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK");
    match (is_there, kind) {
        (false, _) => "none",
        (true, "load") if named.is_ok_and(|name| name == "upload") => "upload",
        (true, _) => "other",
    }
}

/// The files of a folder and those below it.
fn files(folder: &Path) -> Result<Value, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| error.to_string())?;
        for entry in entries.filter_map(Result::ok) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let bytes = std::fs::read(entry.path()).map_err(|error| error.to_string())?;
                files.push(json!({
                    "path": format!("file://{}", entry.path().display()),
                    "text": String::from_utf8_lossy(&bytes),
                }));
            }
        }
    }
    Ok(Value::Array(files))
}

/// The scenario's hook.
struct Hook {
    kind: &'static str,
    exporters: Exporters,
    calls: Arc<Mutex<Vec<Value>>>,
}

impl Hook {
    fn new(
        kind: &str,
        exporters: &Exporters,
        calls: &Arc<Mutex<Vec<Value>>>,
    ) -> Result<Self, String> {
        let kind = match kind {
            "recording" => "recording",
            "stamping" => "stamping",
            "raising" => "raising",
            other => return Err(format!("unknown hook {other:?}")),
        };
        Ok(Self {
            kind,
            exporters: exporters.clone(),
            calls: Arc::clone(calls),
        })
    }
}

impl CompletionHook for Hook {
    fn on_completion(&self, completion: &mut Completion<'_>) {
        match self.kind {
            "recording" => {
                let list = |value: Result<Value, _>| value.unwrap_or_default();
                let call = json!({
                    "inputs": list(serde_json::to_value(completion.inputs())),
                    "outputs": list(serde_json::to_value(completion.outputs())),
                    "system_instruction": list(serde_json::to_value(completion.system_instructions())),
                    "tool_definitions": list(serde_json::to_value(completion.tool_definitions())),
                    "span": self.exporters.index(completion.span_context().span_id()),
                    "span_recording": completion.is_recording(),
                    "log_record_event": completion.event().map(|event| event.name()),
                    "events_emitted_before": self.exporters.events(),
                });
                self.calls.lock().unwrap().push(call);
            }
            "stamping" => {
                completion.set_span_attribute(KeyValue::new("hook.mark", "span"));
                if let Some(event) = completion.event() {
                    event.set_attribute("hook.mark", "event");
                }
            }
            _ => std::panic::panic_any("the hook of the scenario"),
        }
    }
}
