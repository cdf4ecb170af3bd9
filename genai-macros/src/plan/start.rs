//! What is known before the call: literals as data, the rest as one statement each, evaluated only if something listens.

use syn::Expr;

use crate::ir::{AskedFor, Call, Entry, Named, Returns, Value};
use crate::registry::{self, Kind};

/// The start of an operation.
pub(crate) struct Start<'a> {
    pub(crate) kind: Kind,
    /// The provider, where it is known while compiling.
    pub(crate) provider: &'a str,
    /// The entries that are known while compiling.
    pub(crate) literals: Vec<&'a Entry>,
    /// The others, in the order they are evaluated in.
    pub(crate) settings: Vec<Setting<'a>>,
    pub(crate) request: Option<&'a AskedFor>,
    /// Whether the provider is the request's.
    pub(crate) provider_from_request: bool,
    pub(crate) content: &'a [Entry],
    /// Whether the operation starts with the first poll of what the function returns, not with the call.
    pub(crate) is_lazy: bool,
}

/// A statement on an operation that has not started.
pub(crate) enum Setting<'a> {
    /// A method without arguments.
    Switch(&'static str),
    /// `span_kind = client`, or internal.
    SpanKind(bool),
    /// A method that takes a value.
    Value(&'static str, &'a Expr),
    /// `key = value`
    Entry(&'a Entry),
    /// A method that takes a key of the user's and a value.
    Named(&'static str, &'a Named),
}

impl<'a> Start<'a> {
    pub(super) fn new(call: &'a Call, is_lazy: bool) -> Self {
        let mut start = Self {
            kind: call.operation.kind,
            provider: "",
            literals: Vec::new(),
            settings: settings(call),
            request: call.request.as_ref(),
            provider_from_request: call.provider_from_request,
            content: &call.content,
            is_lazy,
        };
        let provider = registry::find("gen_ai.provider.name").map(|(id, _)| id);
        for entry in &call.before {
            match &entry.value {
                Value::Str(text, _) if Some(entry.id) == provider => start.provider = text,
                Value::Expr(_) | Value::Object(..) => start.settings.push(Setting::Entry(entry)),
                _ => start.literals.push(entry),
            }
        }
        let lists = [
            (&call.properties, "add_property"),
            (&call.attributes, "add_attribute"),
            (&call.metric_attributes, "add_metric_attribute"),
        ];
        for (list, method) in lists {
            (start.settings).extend(list.iter().map(|named| Setting::Named(method, named)));
        }
        start
    }

    /// Whether nothing is left to be said once it has begun, so that it starts at once.
    pub(crate) fn is_immediate(&self) -> bool {
        self.settings.is_empty() && self.content.is_empty() && !self.is_lazy
    }
}

/// The entries that are words.
fn settings(call: &Call) -> Vec<Setting<'_>> {
    let is_stream = call.stream.is_some() || call.returns == Some(Returns::Stream);
    let switches = [
        (call.remote, "runs_elsewhere"),
        (call.capture_none, "without_content"),
        (is_stream, "streams"),
        (call.chunk_timing_off, "without_chunk_timing"),
    ];
    let switches = switches
        .into_iter()
        .filter_map(|(is_on, method)| is_on.then_some(Setting::Switch(method)));
    let values = [
        ("name_operation", &call.operation_name),
        ("name_span", &call.span_name),
    ];
    let values = values
        .into_iter()
        .filter_map(|(method, value)| Some(Setting::Value(method, value.as_ref()?)));
    switches
        .chain(call.span_kind_client.map(Setting::SpanKind))
        .chain(values)
        .collect()
}

/// Every expression of the user's that is evaluated before the call.
pub(super) fn expressions(call: &Call) -> impl Iterator<Item = &Expr> {
    let entries = call.before.iter().chain(&call.content);
    let named = [&call.properties, &call.attributes, &call.metric_attributes];
    let named = named.into_iter().flatten().map(|named| &named.value);
    let words = [&call.operation_name, &call.span_name];
    let asked = call.request.iter().flat_map(|request| request.parts());
    entries
        .flat_map(Entry::expressions)
        .chain(named)
        .chain(asked.map(|asked| &asked.value))
        .chain(words.into_iter().flatten())
}
