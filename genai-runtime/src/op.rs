//! PLACEHOLDER, replaced by the real core: keeps the facts told so that they can be looked at.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::time::Duration;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard, Value};

use crate::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use crate::observe::Phase;
use crate::registry::{Id, key};

pub type Slot = Option<Box<Op>>;

pub(crate) enum Outcome {
    Ok,
    Error { error_type: opentelemetry::StringValue, message: Option<String> },
}

pub(crate) enum Ending {
    Cancelled,
    Panicked,
    ExpressionPanicked,
}

pub(crate) mod active {
    pub(crate) use super::enter;
    use crate::context::GenAiContext;
    pub(crate) fn context_set_inside<T>(_: impl Fn(&GenAiContext) -> T) -> Option<T> {
        None
    }
    pub(crate) fn set_inside(context: GenAiContext) -> Option<GenAiContext> {
        Some(context)
    }
}

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(false) };
    static NEXT: Cell<u64> = const { Cell::new(1) };
    static LOG: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
    static ACTIVE: RefCell<Option<Box<Op>>> = const { RefCell::new(None) };
}

struct Id64(u64);

/// What a finished operation said.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub kind: u8,
    pub facts: Vec<(String, String)>,
    pub error_type: Option<String>,
    pub message: Option<String>,
    pub input: usize,
    pub output: usize,
    pub chunks: u32,
    pub started: bool,
    pub parent: u64,
    pub id: u64,
}

#[doc(hidden)]
pub fn probe_on(on: bool) {
    ENABLED.with(|e| e.set(on));
}
#[doc(hidden)]
pub fn probe_take() -> Vec<Seen> {
    LOG.with(|l| std::mem::take(&mut *l.borrow_mut()))
}
#[doc(hidden)]
pub fn probe_span() -> u64 {
    let _ = Context::current().span();
    Context::map_current(|cx| cx.get::<Id64>().map_or(0, |i| i.0))
}
#[doc(hidden)]
pub fn probe_current(f: impl FnOnce(&mut Op)) -> bool {
    ACTIVE.with(|a| match a.borrow_mut().as_deref_mut() {
        Some(op) => {
            f(op);
            true
        }
        None => false,
    })
}

pub struct Op {
    pub(crate) phase: Phase,
    pub(crate) facts: Vec<(Cow<'static, str>, Value)>,
    pub(crate) wants_content: bool,
    pub(crate) input: Vec<InputMessage>,
    pub(crate) output: Vec<OutputMessage>,
    pub(crate) system: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    pub(crate) documents: Vec<Document>,
    pub(crate) body_error: Option<String>,
    error_type: Option<String>,
    kind: u8,
    chunks: u32,
    started: bool,
    done: bool,
    id: u64,
    parent: u64,
    cx: Context,
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Op")
    }
}

impl Op {
    #[inline]
    pub(crate) fn begin(kind: u8) -> Slot {
        if !ENABLED.with(Cell::get) {
            return None;
        }
        Some(Box::new(Op {
            phase: Phase::default(),
            facts: Vec::new(),
            wants_content: true,
            input: Vec::new(),
            output: Vec::new(),
            system: Vec::new(),
            tools: Vec::new(),
            documents: Vec::new(),
            body_error: None,
            error_type: None,
            kind,
            chunks: 0,
            started: false,
            done: false,
            id: 0,
            parent: 0,
            cx: Context::new(),
        }))
    }
    pub(crate) fn is_open(&self, id: Id) -> bool {
        !self.facts.iter().any(|(k, _)| k == key(id))
    }
    pub(crate) fn fill(&mut self, id: Id, value: Value) {
        if self.is_open(id) {
            self.facts.push((Cow::Borrowed(key(id)), value));
        }
    }
    pub(crate) fn fill_str(&mut self, id: Id, value: &str) {
        self.fill(id, Value::from(value.to_owned()));
    }
    pub(crate) fn explicit_error_type(&mut self, error_type: &str) {
        self.error_type = Some(error_type.to_owned());
    }
    pub(crate) fn set_operation_name(&mut self, name: String) {
        self.facts.push(("gen_ai.operation.name".into(), Value::from(name)));
    }
    pub(crate) fn set_remote(&mut self) {
        self.facts.push(("remote".into(), Value::Bool(true)));
    }
    pub(crate) fn set_span_name(&mut self, name: String) {
        self.facts.push(("span_name".into(), Value::from(name)));
    }
    pub(crate) fn set_span_kind_client(&mut self, client: bool) {
        self.facts.push(("client".into(), Value::Bool(client)));
    }
    pub(crate) fn deny_content(&mut self) {
        self.wants_content = false;
    }
    pub(crate) fn set_chunk_timing(&mut self, on: bool) {
        self.facts.push(("chunk_timing".into(), Value::Bool(on)));
    }
    pub(crate) fn times_chunks(&self) -> bool {
        false
    }
    pub(crate) fn wants_error_text(&self) -> bool {
        true
    }
    pub(crate) fn property(&mut self, key: &str, value: Value) {
        self.facts.push((format!("gen_ai.association.properties.{key}").into(), value));
    }
    pub(crate) fn attribute(&mut self, key: Cow<'static, str>, value: Value) {
        self.facts.push((key, value));
    }
    pub(crate) fn metric_attribute(&mut self, key: Cow<'static, str>, value: Value) {
        self.facts.push((format!("metric:{key}").into(), value));
    }
    pub(crate) fn start(&mut self) {
        self.started = true;
        self.id = NEXT.with(|n| n.replace(n.get() + 1));
        self.parent = probe_span();
        self.cx = Context::current_with_value(Id64(self.id));
    }
    pub(crate) fn is_started(&self) -> bool {
        self.started
    }
    pub(crate) fn context(&self) -> &Context {
        &self.cx
    }
    pub(crate) fn wants_content(&self) -> bool {
        self.wants_content
    }
    pub(crate) fn stream_started(&mut self) {
        self.facts.push(("gen_ai.request.stream".into(), Value::Bool(true)));
    }
    pub(crate) fn first_chunk(&mut self, _: Duration) {
        self.facts.push(("first_chunk".into(), Value::Bool(true)));
    }
    pub(crate) fn chunk_gap(&mut self, _: Duration) {}
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    pub(crate) fn input(&mut self, messages: Cow<'_, [InputMessage]>) {
        if self.input.is_empty() {
            self.input = messages.into_owned();
        }
    }
    pub(crate) fn output(&mut self, messages: Cow<'_, [OutputMessage]>) {
        if self.output.is_empty() {
            self.output = messages.into_owned();
        }
    }
    pub(crate) fn system(&mut self, parts: Cow<'_, [Part]>) {
        if self.system.is_empty() {
            self.system = parts.into_owned();
        }
    }
    pub(crate) fn tools(&mut self, tools: Cow<'_, [ToolDefinition]>) {
        if self.tools.is_empty() {
            self.tools = tools.into_owned();
        }
    }
    pub(crate) fn documents(&mut self, documents: Cow<'_, [Document]>) {
        if self.documents.is_empty() {
            self.documents = documents.into_owned();
        }
    }
    pub(crate) fn arguments(&mut self, value: serde_json::Value) {
        self.facts.push(("arguments".into(), Value::from(value.to_string())));
    }
    pub(crate) fn result(&mut self, value: serde_json::Value) {
        self.facts.push(("result".into(), Value::from(value.to_string())));
    }
    pub(crate) fn query(&mut self, text: &str) {
        self.facts.push(("query".into(), Value::from(text.to_owned())));
    }
    pub(crate) fn body_error(&mut self, error_type: &str) {
        self.body_error.get_or_insert_with(|| error_type.to_owned());
    }
    pub(crate) fn finish(mut self: Box<Self>, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.log(None, None),
            Outcome::Error { error_type, message } => {
                let explicit = self.error_type.take();
                self.log(Some(explicit.unwrap_or_else(|| error_type.to_string())), message);
            }
        }
    }
    pub(crate) fn end(&mut self, ending: Ending) {
        let error_type = match ending {
            Ending::Cancelled => "cancelled",
            Ending::Panicked => "panic",
            Ending::ExpressionPanicked => "_OTHER",
        };
        self.log(Some(error_type.to_owned()), None);
    }
    pub(crate) fn discard(&mut self) {
        self.done = true;
    }
    fn log(&mut self, error_type: Option<String>, message: Option<String>) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        let seen = Seen {
            kind: self.kind,
            facts: self.facts.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            error_type,
            message,
            input: self.input.len(),
            output: self.output.len(),
            chunks: self.chunks,
            started: self.started,
            parent: self.parent,
            id: self.id,
        };
        let _ = LOG.try_with(|l| l.borrow_mut().push(seen));
    }
}

impl Drop for Op {
    fn drop(&mut self) {
        if !self.done {
            crate::observe::dropped(self);
        }
    }
}

pub(crate) struct Entered<'a> {
    slot: &'a mut Slot,
    outer: Option<Box<Op>>,
    _guard: ContextGuard,
    _not_send: PhantomData<*const ()>,
}

pub(crate) fn enter(slot: &mut Slot) -> Option<Entered<'_>> {
    let guard = slot.as_ref()?.context().clone().attach();
    let outer = ACTIVE.with(|a| std::mem::replace(&mut *a.borrow_mut(), slot.take()));
    Some(Entered { slot, outer, _guard: guard, _not_send: PhantomData })
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        *self.slot = ACTIVE.with(|a| std::mem::replace(&mut *a.borrow_mut(), self.outer.take()));
    }
}
