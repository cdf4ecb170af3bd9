//! Requests and notifications of MCP: what such an operation has beside any other goes in; the name of its span, its parent and
//! links, and the points of its metrics come out.
//!
//! Its attributes lie where those of all operations do. Kept apart is what labels its metrics, since the span takes its own.

use std::borrow::Cow;
use std::time::Duration;

use opentelemetry::trace::{Link, TraceContextExt as _};
use opentelemetry::{Context, Key, KeyValue, StringValue, Value};
use serde::Serialize;
use serde_json::Map;

use super::active;
use super::finish::{Ending, Failure};
use super::mcp_facts::Mcp;
use super::name::Name;
use super::op::Op;
use super::span_names::span_name;
use crate::content::{url, variables};
use crate::context::{GenAiContext, propagation};
use crate::diag::call_out::{CallOut, contained};
use crate::semconv::OTHER;
use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, Id, keys};
use crate::semconv::value::{attribute, push};

/// The method that executes a tool.
pub(crate) const TOOLS_CALL: &str = "tools/call";
const EXECUTE_TOOL: &str = "execute_tool";
/// The method that gets a prompt, and what the keys of its arguments begin with.
const PROMPTS_GET: &str = "prompts/get";
const VARIABLE: &str = "gen_ai.prompt.variable.";

/// Errors that the one who asked makes, by rules that are not released: no JSON, no request, no such method, wrong parameters, no
/// such resource.
const REFUSALS: [i64; 5] = [-32700, -32600, -32601, -32602, -32002];

/// The attributes that label metrics, but for those that an operation keeps itself. The URI of a resource is opt-in, and none.
const LABELS: Bits = Bits::of(keys::MCP_METHOD_NAME.id())
    .with(Bits::of(keys::GEN_AI_PROMPT_NAME.id()))
    .with(Bits::of(keys::JSONRPC_PROTOCOL_VERSION.id()))
    .with(Bits::of(keys::MCP_PROTOCOL_VERSION.id()))
    .with(Bits::of(keys::NETWORK_PROTOCOL_NAME.id()))
    .with(Bits::of(keys::NETWORK_PROTOCOL_VERSION.id()))
    .with(Bits::of(keys::NETWORK_TRANSPORT.id()))
    .with(Bits::of(keys::RPC_RESPONSE_STATUS_CODE.id()));

impl Op {
    /// Sets the JSON-RPC method, which decides whether it executes a tool.
    pub(crate) fn mcp_method(&mut self, method: Cow<'static, str>) {
        let method = match known_method(&method) {
            Some(known) => Name::Static(known),
            None => Name::Other(self.bounded(method.into())),
        };
        self.first_class.labels.operation = match method.as_str() {
            Some(TOOLS_CALL) => Name::Static(EXECUTE_TOOL),
            _ => Name::None,
        };
        if let Some(text) = method.value() {
            self.fill_text(keys::MCP_METHOD_NAME.id(), text);
        }
        self.mcp_mut().method = method;
    }

    /// Whether it executes a tool: only such a one has content.
    pub(crate) fn executes_tool(&self) -> bool {
        self.kind.is_mcp() && self.first_class.labels.operation.as_str() == Some(EXECUTE_TOOL)
    }

    /// Sets the name of a prompt.
    pub(crate) fn mcp_prompt(&mut self, name: &str) {
        self.set_str(keys::GEN_AI_PROMPT_NAME.id(), name);
        self.mcp_mut().target = Name::Other(self.bounded(name.to_owned().into()));
    }

    /// Sets the URI of a resource, without the secrets that may stand in one.
    pub(crate) fn mcp_resource(&mut self, uri: &str) {
        let uri = url::without_secrets(uri);
        self.set_str(keys::MCP_RESOURCE_URI.id(), &uri);
        if self.telemetry.config.mcp.resource_in_names {
            self.mcp_mut().target = Name::Other(self.bounded(uri.into_owned().into()));
        }
    }

    /// The other side's span, where its message names one, is the parent. A server takes what is accepted of its baggage.
    pub(crate) fn mcp_meta(&mut self, meta: &Map<String, serde_json::Value>) {
        let config = &self.telemetry.config.mcp;
        let remote = propagation::extract(config.propagation, meta);
        let accepts = config.baggage && self.kind == Kind::McpServer;
        let accepted = propagation::accepted(accepts, meta);
        let mcp = self.mcp_mut();
        (mcp.remote, mcp.accepted) = (remote, accepted);
    }

    /// Writes its span into a message; that around it, where both are one. So is baggage, where it goes along.
    pub(crate) fn mcp_inject(&self, meta: &mut Map<String, serde_json::Value>) {
        let config = &self.telemetry.config.mcp;
        propagation::inject(config.propagation, config.baggage, &self.cx, meta);
    }

    /// What is ambient for it, where the other side's message had a say in that.
    pub(super) fn mcp_accepted(&self) -> Option<GenAiContext> {
        self.mcp()?.accepted.clone()
    }

    /// Whether an error of this code is the other side's alone.
    pub(crate) fn refuses(&self, code: i64) -> bool {
        let is_server = self.kind == Kind::McpServer;
        is_server && self.telemetry.config.mcp.unreleased && REFUSALS.contains(&code)
    }

    /// The arguments of a prompt, where they are wanted.
    pub(crate) fn prompt_variables<T: Serialize + ?Sized>(&mut self, arguments: &T) {
        if self.wants_variables() {
            if let Some(arguments) = variables::object(arguments) {
                self.keep_variables(&arguments);
            }
        }
    }

    /// The same of an object.
    #[cfg(feature = "rmcp-3")]
    pub(crate) fn prompt_arguments(&mut self, arguments: &Map<String, serde_json::Value>) {
        if self.wants_variables() {
            self.keep_variables(arguments);
        }
    }

    fn wants_variables(&self) -> bool {
        let is_first =
            |mcp: &Mcp| mcp.method.as_str() == Some(PROMPTS_GET) && mcp.variables.is_empty();
        self.telemetry.config.mcp.unreleased
            && self.mcp().is_some_and(is_first)
            && self.wants_content()
    }

    fn keep_variables(&mut self, arguments: &Map<String, serde_json::Value>) {
        let limits = &self.telemetry.config.limits;
        let longest = limits.names.saturating_sub(VARIABLE.len());
        let redactor = self.telemetry.redactor.as_ref();
        let found = variables::of(arguments, longest, limits, redactor);
        let found = found
            .into_iter()
            .map(|(name, text)| KeyValue::new(Key::from(format!("{VARIABLE}{name}")), text));
        self.mcp_mut().variables = found.collect();
    }

    /// Adds what goes on a span that is recorded, and only there.
    pub(super) fn add_variables(&mut self) {
        let mcp = self.rare.as_deref_mut().and_then(|r| r.mcp.as_deref_mut());
        let variables = mcp.map(|mcp| std::mem::take(&mut mcp.variables));
        for variable in variables.into_iter().flatten() {
            self.put_own(variable);
        }
    }

    /// Sets the code of a JSON-RPC error.
    pub(crate) fn mcp_status(&mut self, code: i64) {
        self.set_str(keys::RPC_RESPONSE_STATUS_CODE.id(), &code.to_string());
    }

    fn mcp_mut(&mut self) -> &mut Mcp {
        self.rare_mut().mcp.get_or_insert_default()
    }

    fn mcp(&self) -> Option<&Mcp> {
        self.rare.as_deref()?.mcp.as_deref()
    }

    /// `{method} {target}`.
    pub(super) fn mcp_name(&self) -> Cow<'static, str> {
        let Some(mcp) = self.mcp() else {
            return Cow::Borrowed("mcp");
        };
        let tool = self.first_class.name_subject(self.kind);
        let target = if tool.as_str().is_some() {
            tool
        } else {
            &mcp.target
        };
        span_name(&mcp.method, target)
    }

    /// The span of the other side, where it is the parent; the one that is current here is then a link.
    #[cold]
    pub(super) fn remote_parent(&mut self, here: &Context) -> Option<(Context, Option<Vec<Link>>)> {
        let rare = self.rare.as_deref_mut();
        let remote = rare.and_then(|r| r.mcp.as_deref_mut()?.remote.take())?;
        let around = here.span().span_context().clone();
        let is_other =
            around.is_valid() && around.span_id() != remote.span().span_context().span_id();
        let links = is_other.then(|| vec![Link::with_context(around)]);
        Some((remote, links))
    }

    /// Keeps what labels the metrics of the attributes that the span takes now.
    pub(super) fn keep_labels(&mut self) {
        let Some(mcp) = self.rare.as_deref_mut().and_then(|r| r.mcp.as_deref_mut()) else {
            return;
        };
        let has_resource = self.telemetry.config.mcp.resource_in_metrics;
        let is_label = |id| LABELS.has(id) || (has_resource && id == keys::MCP_RESOURCE_URI.id());
        let labels = (self.attributes.iter())
            .filter(|a| registry::find(a.key.as_str()).is_some_and(is_label));
        mcp.labels.extend(labels.cloned());
    }

    /// Whether this and the operation around it execute the same tool: the call inside the tool that calls it, or the tool inside
    /// the call that it serves.
    pub(super) fn is_in_same_tool(&self) -> bool {
        let outer = match self.kind {
            Kind::Tool => Kind::McpServer,
            Kind::McpClient if self.executes_tool() => Kind::Tool,
            _ => return false,
        };
        let tool = self.first_class.name_subject(self.kind).as_str();
        self.telemetry.config.mcp.one_span_per_tool
            && tool.is_some_and(|tool| active::innermost_executes(outer, tool))
    }

    /// A tool that is in the span around it.
    pub(super) fn is_merged_tool(&self) -> bool {
        self.kind == Kind::Tool && self.state.is_same_call()
    }

    /// Ends an operation that is in the span around it: it has metrics of its own. Gives the class of its error.
    pub(super) fn end_merged(&mut self, ending: Ending) -> Option<StringValue> {
        let elapsed = self.started.elapsed();
        let error = self.error_class(ending);
        self.keep_labels();
        contained(CallOut::Metering, || {
            self.record_metrics(elapsed, error.as_ref());
        });
        error.map(|failure| failure.error_type)
    }

    /// Records the duration.
    pub(super) fn record_mcp(&self, elapsed: Duration, error: Option<&Failure>) {
        let Some(mcp) = self.mcp() else {
            return;
        };
        let instruments = &self.telemetry.instruments;
        let mut attributes = self.shared_attributes();
        let tool = self.first_class.name_subject(self.kind);
        if let Some(label) = tool.label() {
            push(
                &mut attributes,
                keys::GEN_AI_TOOL_NAME.id(),
                self.admitted(keys::GEN_AI_TOOL_NAME.id(), label, || tool.value()),
            );
        }
        for label in &mcp.labels {
            attributes.push(self.admitted_label(label));
        }
        self.push_error_label(error, &mut attributes);
        let Some(histograms) = instruments.mcp() else {
            return;
        };
        let duration = match self.kind {
            Kind::McpClient => &histograms.client,
            _ => &histograms.server,
        };
        duration.record(elapsed.as_secs_f64(), &attributes);
    }

    /// Records the duration of a session, of which this has what is known of it; `error_type` is what it ended with.
    pub(crate) fn record_session(&mut self, error_type: Option<StringValue>) {
        self.keep_labels();
        let mut attributes = self.shared_attributes();
        let labels = self.mcp().map_or(&[][..], |mcp| &mcp.labels);
        attributes.extend(labels.iter().map(|label| self.admitted_label(label)));
        let error = error_type.map(Failure::plain);
        self.push_error_label(error.as_ref(), &mut attributes);
        let Some(histograms) = self.telemetry.instruments.mcp() else {
            return;
        };
        let duration = match self.kind {
            Kind::McpClient => &histograms.client_session,
            _ => &histograms.server_session,
        };
        let seconds = self.started.elapsed().as_secs_f64();
        contained(CallOut::Metering, || duration.record(seconds, &attributes));
    }

    /// It stands for a session, which has no method and no span.
    pub(crate) fn mcp_session(&mut self) {
        self.first_class.labels.operation = Name::None;
        self.mcp_mut();
    }

    /// A label as metrics have it. Most are what the other side says.
    fn admitted_label(&self, label: &KeyValue) -> KeyValue {
        match (registry::find(label.key.as_str()), &label.value) {
            (Some(id), Value::String(text)) => {
                attribute(id, self.admitted(id, text.as_str(), || Some(text.clone())))
            }
            _ => label.clone(),
        }
    }

    /// The label, if it is one of few.
    fn admitted(
        &self,
        id: Id,
        label: &str,
        value: impl FnOnce() -> Option<StringValue>,
    ) -> StringValue {
        let is_known = id == keys::MCP_METHOD_NAME.id() && known_method(label).is_some();
        let is_admitted = is_known
            || self
                .telemetry
                .instruments
                .caps
                .admits_mcp(label, registry::key(id));
        value()
            .filter(|_| is_admitted)
            .unwrap_or_else(|| StringValue::from(OTHER))
    }
}

/// The method as the conventions spell it, if they know it.
fn known_method(method: &str) -> Option<&'static str> {
    let id = usize::from(keys::MCP_METHOD_NAME.id());
    let members = registry::ATTRIBUTES.get(id)?.members;
    members.iter().find(|known| **known == method).copied()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ContentCapture, Limits};

    const TOOL: Id = keys::GEN_AI_TOOL_NAME.id();

    fn call(method: &'static str) -> Box<Op> {
        let mut op = Op::of_kind(Kind::McpClient, |t| t.limits(Limits::new().names_bytes(16)));
        op.mcp_method(method.into());
        op
    }

    fn text(op: &Op, id: Id) -> Option<String> {
        op.get(id).map(|value| value.as_str().into_owned())
    }

    #[test]
    fn a_method_decides_whether_a_tool_is_executed() {
        for (method, kept, name, executes) in [
            ("tools/call", "tools/call", "execute_tool", true),
            ("ping", "ping", "", false),
            ("a-method-that-is-too-long", "a-method-that-is", "", false),
        ] {
            let op = call(method);
            assert_eq!(text(&op, keys::MCP_METHOD_NAME.id()).as_deref(), Some(kept));
            assert_eq!((op.operation_name(), op.executes_tool()), (name, executes));
            assert_eq!(op.mcp_name(), kept);
        }
        // A tool executes one without MCP.
        assert!(!Op::of_kind(Kind::Tool, |t| t).executes_tool());
    }

    #[test]
    fn a_request_is_named_after_its_tool_else_after_what_it_is_about() {
        let mut op = call("tools/call");
        op.mcp_prompt("a-prompt-that-is-too-long");
        assert_eq!(op.mcp_name(), "tools/call a-prompt-that-is");
        assert_eq!(
            text(&op, keys::GEN_AI_PROMPT_NAME.id()).as_deref(),
            Some("a-prompt-that-is")
        );
        op.fill_str(TOOL, "t");
        assert_eq!(op.mcp_name(), "tools/call t");
        assert_eq!(Op::of_kind(Kind::McpClient, |t| t).mcp_name(), "mcp");
        for (is_in_names, name) in [
            (false, "resources/read"),
            (true, "resources/read file:///a"),
        ] {
            let mut op = Op::of_kind(Kind::McpClient, |t| {
                t.mcp_resource_in_span_names(is_in_names)
            });
            op.mcp_method("resources/read".into());
            op.mcp_resource("file:///a?key=secret");
            assert_eq!(op.mcp_name(), name);
            let uri = text(&op, keys::MCP_RESOURCE_URI.id());
            assert_eq!(uri.as_deref(), Some("file:///a"));
        }
    }

    #[test]
    fn a_server_refuses_what_is_wrong_by_rules_that_are_not_released() {
        for kind in [Kind::McpClient, Kind::McpServer] {
            for is_on in [false, true] {
                let op = Op::of_kind(kind, |t| t.mcp_unreleased_conventions(is_on));
                let may = is_on && kind == Kind::McpServer;
                for (code, is_wrong) in
                    [(-32700, true), (-32002, true), (-32603, false), (0, false)]
                {
                    assert_eq!(op.refuses(code), may && is_wrong, "{code}");
                }
            }
        }
    }

    #[test]
    fn variables_are_the_first_arguments_of_a_prompt_where_content_is_wanted() {
        let variables = |method: &'static str, is_on: bool, capture: ContentCapture| {
            let mut op = Op::of_kind(Kind::McpClient, |t| {
                t.mcp_unreleased_conventions(is_on).capture(capture)
            });
            op.mcp_method(method.into());
            op.prompt_variables(&json!({"a": "first"}));
            op.prompt_variables(&json!({"b": "second"}));
            let found = op.mcp().map_or(&[][..], |mcp| &mcp.variables);
            found
                .iter()
                .map(|v| format!("{}={}", v.key, v.value))
                .collect::<Vec<_>>()
        };
        let (on, off) = (ContentCapture::SpanOnly, ContentCapture::NoContent);
        let first = ["gen_ai.prompt.variable.a=first"];
        assert_eq!(variables("prompts/get", true, on), first);
        assert!(variables("prompts/get", true, off).is_empty());
        assert!(variables("prompts/get", false, on).is_empty());
        assert!(variables("prompts/list", true, on).is_empty());
        // A name and what is before it are within the limit.
        let longest = "n".repeat(20);
        for (names, is_kept) in [(VARIABLE.len() + 20, true), (VARIABLE.len() + 19, false)] {
            let mut op = Op::of_kind(Kind::McpClient, |t| {
                t.mcp_unreleased_conventions(true)
                    .capture(on)
                    .limits(Limits::new().names_bytes(names))
            });
            op.mcp_method(PROMPTS_GET.into());
            op.prompt_variables(&json!({ longest.as_str(): "x" }));
            let count = op.mcp().map_or(0, |mcp| mcp.variables.len());
            assert_eq!(count, usize::from(is_kept));
        }
    }

    #[test]
    fn labels_are_kept_of_what_labels_metrics_alone() {
        for has_resource in [false, true] {
            let mut op = Op::of_kind(Kind::McpServer, |t| t.mcp_resource_in_metrics(has_resource));
            op.mcp_method("resources/read".into());
            op.mcp_resource("file:///a");
            op.mcp_status(-32602);
            op.set_str(keys::JSONRPC_REQUEST_ID.id(), "1");
            op.set_str(keys::MCP_SESSION_ID.id(), "s");
            op.keep_labels();
            let mcp = op.mcp().expect("facts of MCP");
            let mut found: Vec<_> = mcp.labels.iter().map(|l| l.key.as_str()).collect();
            found.sort_unstable();
            let mut expected = vec![
                "mcp.method.name",
                "mcp.resource.uri",
                "rpc.response.status_code",
            ];
            expected.retain(|key| has_resource || *key != "mcp.resource.uri");
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_label_is_a_known_method_or_one_of_few() {
        let op = Op::of_kind(Kind::McpServer, |t| t.limits(Limits::new().label_values(1)));
        let label = |key: &'static str, value: &'static str| {
            op.admitted_label(&KeyValue::new(key, value))
                .value
                .as_str()
                .into_owned()
        };
        for (key, value, expected) in [
            ("mcp.method.name", "vendor/a", "vendor/a"),
            ("mcp.method.name", "vendor/b", OTHER),
            ("mcp.method.name", "tools/call", "tools/call"),
            ("gen_ai.prompt.name", "tools/list", OTHER),
            ("mcp.method.name", "ping", "ping"),
            // What is none of the conventions is as it is.
            ("app.own", "vendor/b", "vendor/b"),
        ] {
            assert_eq!(label(key, value), expected);
        }
        assert_eq!(known_method("tools/call"), Some("tools/call"));
        assert_eq!(known_method("vendor/a"), None);
    }

    #[test]
    fn the_other_sides_span_is_the_parent_and_what_is_around_a_link() {
        use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

        let of = |id: u64| {
            let (trace, span) = (TraceId::from(1), SpanId::from(id));
            let none = TraceState::NONE;
            let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, none);
            Context::new().with_remote_span_context(span)
        };
        let parent = json!("00-00000000000000000000000000000001-0000000000000002-01");
        let meta = Map::from_iter([("traceparent".to_owned(), parent)]);
        for (around, is_linked) in [(Context::new(), false), (of(2), false), (of(3), true)] {
            let mut op = Op::of_kind(Kind::McpServer, |t| t);
            assert!(op.remote_parent(&around).is_none());
            op.mcp_meta(&meta);
            let (remote, links) = op.remote_parent(&around).expect("a parent");
            assert_eq!(remote.span().span_context().span_id(), SpanId::from(2));
            assert_eq!(links.map(|links| links.len()), is_linked.then_some(1));
        }
    }

    /// Only a call of a tool, or the tool that is served, can be the same as what is around it.
    #[test]
    fn what_executes_no_tool_is_in_none() {
        for kind in (0..9).map(Kind::from_index) {
            let mut op = Op::of_kind(kind, |t| t);
            op.fill_str(TOOL, "t");
            assert!(!op.is_in_same_tool() && !op.is_merged_tool(), "{kind:?}");
            op.wait_for_start();
        }
    }
}
