//! The operations of a scenario, run through the builders and invocations of the public API.

use std::sync::{Mutex, PoisonError};

use genai::invocation::{Builder, Invocation};
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use serde_json::{Map, Value, json};

use super::context;
use super::emitted::Exporters;
use super::fields::{self, Fields};
use super::streams;

/// Where the operations of a scenario run, and what they were seen to do.
pub(super) struct World {
    pub(super) exporters: Exporters,
    engine: String,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    observations: Vec<Value>,
    propagated: Vec<Value>,
    /// For each span the attributes that were given at its creation.
    creations: Vec<Value>,
}

/// An error on its way to the caller.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    error_type: String,
    qualname: String,
    text: String,
}

/// What running an operation came to; the outer error is a scenario that cannot be expressed.
pub(super) type Ran = Result<Result<(), Raised>, String>;

impl World {
    pub(super) fn new(exporters: Exporters, engine: String) -> Self {
        Self {
            exporters,
            engine,
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was seen to what was emitted.
    pub(super) fn report(self, emitted: &mut Value) {
        let seen = self.seen.into_inner().unwrap_or_default();
        emitted["observations"] = Value::Array(seen.observations);
        emitted["propagated_errors"] = Value::Array(seen.propagated);
        emitted["creations"] = Value::Array(seen.creations);
    }

    pub(super) fn observe(&self, observation: Value) {
        self.seen().observations.push(observation);
    }

    /// Which span is current.
    pub(super) fn observe_current(&self, label: &Value) {
        let id = Context::current().span().span_context().span_id();
        self.observe(json!({"label": label, "current_span": self.exporters.index(id)}));
    }

    /// An error has left a managed block or reached a reader.
    pub(super) fn reached_caller(&self, raised: &Raised) {
        self.seen().propagated.push(json!(raised.qualname));
    }

    /// Runs one operation with what is inside it.
    pub(super) fn run(&self, op: &Value) -> Ran {
        match op["op"].as_str().unwrap_or_default() {
            "chat" if op["stream"].is_object() => {
                let builder = fields::chat(genai::chat(text(op, "provider")), op);
                streams::run(self, self.start(op, builder.stream()), op)
            }
            "chat" => self.operation(op, fields::chat(genai::chat(text(op, "provider")), op)),
            "embeddings" => {
                let builder = genai::embeddings(text(op, "provider"));
                self.operation(op, fields::embeddings(builder, op))
            }
            "agent" => {
                let builder = fields::agent(genai::agent(text(op, "provider")), op);
                // The fork makes up an id for an agent that has none; the expected files have this one.
                if self.engine == "splunk" && op["agent_id"].is_null() {
                    self.operation(op, builder.id("agent-id"))
                } else {
                    self.operation(op, builder)
                }
            }
            "tool" => self.operation(op, fields::tool(genai::tool(text(op, "name")), op)),
            "workflow" => self.operation(op, fields::workflow(genai::workflow(), op)),
            "retrieval" => self.operation(op, fields::retrieval(genai::retrieval(), op)),
            "span" => self.span(op),
            // There is no such operation here: what is inside runs.
            "step" => self.children(op),
            "observe_current" => {
                self.observe_current(&op["label"]);
                Ok(Ok(()))
            }
            "context" => context::managed(self, op),
            "set_context" => {
                genai::set_context(context::of(op));
                Ok(Ok(()))
            }
            "clear_context" => {
                genai::clear_context();
                Ok(Ok(()))
            }
            "observe_context" => {
                self.observe(context::observation(op));
                Ok(Ok(()))
            }
            "thread" => context::thread(self, op),
            "tasks" => context::tasks(self, op),
            other => Err(format!("no such operation: {other:?}")),
        }
    }

    /// Runs what is inside an operation, up to the first error that leaves it.
    pub(super) fn children(&self, op: &Value) -> Ran {
        for child in op["children"].as_array().into_iter().flatten() {
            if let Err(raised) = self.run(child)? {
                return Ok(Err(raised));
            }
        }
        Ok(Ok(()))
    }

    /// A plain span of the user's.
    fn span(&self, op: &Value) -> Ran {
        let tracer = self.exporters.tracers.tracer("scenario");
        let span = tracer.start(text(op, "name").to_owned());
        let cx = Context::current_with_span(span);
        let ran = {
            let _guard = cx.clone().attach();
            self.children(op)
        };
        cx.span().end();
        ran
    }

    fn start<K>(&self, op: &Value, builder: Builder<K>) -> Invocation<K> {
        let builder = map(op, "association_properties").fold(builder, |builder, (key, value)| {
            builder.property(key, value)
        });
        let before = self.exporters.started();
        let invocation = builder.start();
        if self.exporters.started() > before {
            let creation = json!({"span": before, "keys": fields::creation_keys(op)});
            self.seen().creations.push(creation);
        }
        invocation
    }

    /// Starts an invocation, fills it, runs what is inside it, and ends it.
    fn operation<K>(&self, op: &Value, builder: Builder<K>) -> Ran
    where
        Invocation<K>: Fields,
    {
        let mut invocation = self.start(op, builder);
        invocation.fill(op)?;
        let attached = invocation.attach();
        let inside = self.children(op);
        drop(attached);
        let is_managed = op["via"] == "with";
        let own = match op["end"].as_str() {
            Some("fail") => Err(self.raised(op)),
            _ => Ok(()),
        };
        let ended = inside?.and(own);
        match &ended {
            Err(raised) => {
                invocation.fail(raised.record());
                if is_managed {
                    self.reached_caller(raised);
                }
            }
            Ok(()) if op["end"] == "none" => drop(invocation),
            // A second finish is impossible: it takes the invocation.
            Ok(()) => invocation.finish(),
        }
        Ok(if op["rethrow"] == true { ended } else { Ok(()) })
    }

    /// The error of an operation or stream.
    pub(super) fn raised(&self, of: &Value) -> Raised {
        let error = &of["error"];
        let qualname = text(error, "qualname").to_owned();
        let module = error["module"].as_str().unwrap_or("builtins");
        let message = text(error, "message");
        let is_builtin = module == "builtins";
        // The text of this one Python exception is the quoted key.
        let is_quoted = is_builtin && qualname == "KeyError" && error["as"] != "error_object";
        Raised {
            error_type: if self.engine == "upstream_latest" && !is_builtin {
                format!("{module}.{qualname}")
            } else {
                qualname.clone()
            },
            text: if is_quoted {
                format!("'{message}'")
            } else {
                message.to_owned()
            },
            qualname,
        }
    }
}

impl Raised {
    pub(super) fn record(&self) -> genai::Failure {
        genai::Failure::new(self.error_type.clone(), self.text.clone())
    }
}

impl std::fmt::Display for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Raised {}

/// A text field; an absent one is empty.
pub(super) fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of[field].as_str().unwrap_or_default()
}

/// A map field; an absent one is empty.
pub(super) fn map<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    of[field].as_object().into_iter().flat_map(Map::iter)
}
