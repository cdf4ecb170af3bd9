//! A request or notification of MCP: its method and what it is about go in, an invocation comes out.

use std::borrow::Cow;
use std::fmt::Display;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, StringValue};
use serde::Serialize;
use serde_json::{Map, Value};

use super::transport::Transport;
use crate::api::invocation::{Builder, Invocation};
use crate::api::telemetry::Telemetry;
use crate::context::{self, ambient, propagation};
use crate::extract::failure::display;
use crate::operation::{Op, Outcome};
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;

/// A request or notification as its sender sees it: the client, or the server where it asks the client.
#[derive(Debug)]
pub enum Client {}
/// The same as its receiver sees it.
#[derive(Debug)]
pub enum Server {}

/// A result with `isError`.
pub(super) const TOOL_ERROR: &str = "tool_error";

/// A request or notification that is sent, of this JSON-RPC method (`mcp.method.name`): span `{method} {tool or prompt}`, CLIENT,
/// and `mcp.client.operation.duration`.
///
/// A `tools/call` directly inside an operation of the same tool, as `#[genai::tool]` makes one, has no span of its own: that
/// operation's span says what this one knows. See [`mcp_one_span_per_tool`](crate::TelemetryBuilder::mcp_one_span_per_tool).
///
/// ```
/// # let mut params = serde_json::Map::new();
/// let mut call = genai::mcp::client("prompts/get").prompt("code_review").request_id("r-1").start();
/// call.inject(&mut params);
/// call.finish();
/// ```
pub fn client(method: impl Into<Cow<'static, str>>) -> Builder<Client> {
    of(
        Builder::new(Op::begin(Kind::McpClient as u8)),
        method.into(),
    )
}

/// A request or notification that was received: span `{method} {tool or prompt}`, SERVER, and `mcp.server.operation.duration`.
///
/// The parent of the span is the one that the sender wrote into `_meta`: give it with [`meta`](Builder::meta).
///
/// ```
/// # let params: serde_json::Value = serde_json::json!({"_meta": {}, "name": "add", "arguments": {"a": 1}});
/// let mut served = genai::mcp::server("tools/call").tool("add").request_id(7);
/// if let Some(meta) = params["_meta"].as_object() {
///     served = served.meta(meta);
/// }
/// let mut served = served.start();
/// served.arguments(&params["arguments"]);
/// served.result(&"2");
/// served.finish();
/// ```
pub fn server(method: impl Into<Cow<'static, str>>) -> Builder<Server> {
    of(
        Builder::new(Op::begin(Kind::McpServer as u8)),
        method.into(),
    )
}

impl Telemetry {
    /// A request or notification of MCP that is sent; see [`genai::mcp::client`](client).
    pub fn mcp_client(&self, method: impl Into<Cow<'static, str>>) -> Builder<Client> {
        let slot = Op::begin_with(Kind::McpClient, self.inner.clone());
        of(Builder::new(slot), method.into())
    }

    /// A request or notification of MCP that was received; see [`genai::mcp::server`](server).
    pub fn mcp_server(&self, method: impl Into<Cow<'static, str>>) -> Builder<Server> {
        let slot = Op::begin_with(Kind::McpServer, self.inner.clone());
        of(Builder::new(slot), method.into())
    }
}

fn of<K>(mut builder: Builder<K>, method: Cow<'static, str>) -> Builder<K> {
    builder.with(|op| op.mcp_method(method));
    builder
}

/// Writes the span that is current into the `_meta` object of a message, if there is one. Other keys stay.
///
/// For messages without an operation of their own; an invocation has [its own `inject`](Invocation::inject).
pub fn inject(meta: &mut Map<String, Value>) {
    let has_span = ambient::map_current(|cx| cx.span().span_context().is_valid());
    if has_span {
        let config = Telemetry::global().inner.config.mcp;
        propagation::inject(
            config.propagation,
            config.baggage,
            &ambient::current(),
            meta,
        );
    }
}

/// The current context with the span that the `_meta` object of a message names as the parent of what starts in it; without one
/// the current context as it is. Where [baggage goes along](crate::TelemetryBuilder::mcp_baggage), with what is accepted of it.
///
/// [`Builder::meta`] does this for the span of an operation.
pub fn extract(meta: &Map<String, Value>) -> Context {
    let config = Telemetry::global().inner.config.mcp;
    let cx = propagation::extract(config.propagation, meta).unwrap_or_else(ambient::current);
    match propagation::accepted(config.baggage, meta) {
        Some(accepted) => context::with_entry(&cx, accepted),
        None => cx,
    }
}

pub(super) fn set_request_id(op: &mut Op, id: &dyn Display) {
    let limit = op.name_limit();
    if let Some(text) = display(id, limit) {
        op.set_str(keys::JSONRPC_REQUEST_ID.id(), &text);
    }
}

pub(super) fn set_jsonrpc(op: &mut Op, version: &str) {
    if version != "2.0" {
        op.set_str(keys::JSONRPC_PROTOCOL_VERSION.id(), version);
    }
}

/// How a call ends that a JSON-RPC error answers.
pub(super) fn rpc_outcome(op: &mut Op, code: i64, message: &str) -> Outcome {
    op.mcp_status(code);
    if op.refuses(code) {
        return Outcome::Refused;
    }
    let message = op
        .error_text_read()
        .and_then(|read| display(&message, read));
    Outcome::Error {
        error_type: StringValue::from(code.to_string()),
        message,
    }
}

/// How a call ends whose tool says that it failed.
pub(super) fn tool_outcome() -> Outcome {
    Outcome::Error {
        error_type: StringValue::from(TOOL_ERROR),
        message: None,
    }
}

macro_rules! both {
    ($($kind:ident),*) => {$(
        impl Builder<$kind> {
            /// The name of the tool of a `tools/call`.
            pub fn tool(mut self, name: impl AsRef<str>) -> Self {
                self.set_str(keys::GEN_AI_TOOL_NAME.id(), name.as_ref());
                self
            }

            /// The name of the prompt of a `prompts/get`.
            pub fn prompt(mut self, name: impl AsRef<str>) -> Self {
                self.with(|op| op.mcp_prompt(name.as_ref()));
                self
            }

            /// The URI of the resource; a password in it is left out. It is not in the name of the span, unless
            /// [asked for](crate::TelemetryBuilder::mcp_resource_in_span_names).
            pub fn resource(mut self, uri: impl AsRef<str>) -> Self {
                self.with(|op| op.mcp_resource(uri.as_ref()));
                self
            }

            /// The id of the JSON-RPC request; notifications have none.
            pub fn request_id(mut self, id: impl Display) -> Self {
                self.with(|op| set_request_id(op, &id));
                self
            }

            /// The version of MCP that was negotiated, or that the request names.
            pub fn protocol_version(mut self, version: impl AsRef<str>) -> Self {
                self.set_str(keys::MCP_PROTOCOL_VERSION.id(), version.as_ref());
                self
            }

            /// The version of JSON-RPC, recorded where it is not 2.0.
            pub fn jsonrpc_version(mut self, version: impl AsRef<str>) -> Self {
                self.with(|op| set_jsonrpc(op, version.as_ref()));
                self
            }

            /// The session, as `Mcp-Session-Id` names it; the revision 2026-07-28 has none.
            pub fn session_id(mut self, id: impl AsRef<str>) -> Self {
                self.set_str(keys::MCP_SESSION_ID.id(), id.as_ref());
                self
            }

            /// What the connection runs over.
            pub fn transport(mut self, transport: Transport) -> Self {
                self.with(|op| transport.record(op));
                self
            }

            /// The version of HTTP, such as `1.1` or `2`.
            pub fn http_version(mut self, version: impl AsRef<str>) -> Self {
                self.set_str(keys::NETWORK_PROTOCOL_VERSION.id(), version.as_ref());
                self
            }
        }

        impl Invocation<$kind> {
            /// The id of the JSON-RPC request, where it is known only now.
            pub fn request_id(&mut self, id: impl Display) -> &mut Self {
                self.with(|op| set_request_id(op, &id));
                self
            }

            /// The version of MCP, where it is known only now.
            pub fn protocol_version(&mut self, version: impl AsRef<str>) -> &mut Self {
                self.set_str(keys::MCP_PROTOCOL_VERSION.id(), version.as_ref());
                self
            }

            /// The session, where it is known only now.
            pub fn session_id(&mut self, id: impl AsRef<str>) -> &mut Self {
                self.set_str(keys::MCP_SESSION_ID.id(), id.as_ref());
                self
            }

            /// The arguments of a `tools/call`: a string as it is, anything else as JSON. Content: recorded where it is switched on.
            ///
            /// Those of a `prompts/get` are recorded [by rules that are not
            /// released](crate::TelemetryBuilder::mcp_unreleased_conventions) alone.
            pub fn arguments(&mut self, arguments: &(impl Serialize + ?Sized)) -> &mut Self {
                self.with(|op| {
                    if op.executes_tool() && op.wants_content() {
                        op.arguments(arguments);
                    }
                    op.prompt_variables(arguments);
                });
                self
            }

            /// The result of a `tools/call`, likewise.
            pub fn result(&mut self, result: &(impl Serialize + ?Sized)) -> &mut Self {
                self.with(|op| {
                    if op.executes_tool() && op.wants_content() {
                        op.result(result);
                    }
                });
                self
            }

            /// Ends the call with a JSON-RPC error: `error.type` and `rpc.response.status_code` are its code, and its message, cut
            /// and [redacted](crate::TelemetryBuilder::redactor), describes the status.
            pub fn rpc_error(mut self, code: i64, message: impl AsRef<str>) {
                if let Some(mut op) = self.take() {
                    let outcome = rpc_outcome(&mut op, code, message.as_ref());
                    op.finish(outcome);
                }
            }

            /// Ends the call with a result that has `isError`: `error.type` is `tool_error`.
            pub fn tool_error(mut self) {
                if let Some(op) = self.take() {
                    op.finish(tool_outcome());
                }
            }
        }
    )*};
}
both!(Client, Server);

impl Builder<Client> {
    /// The host of the server, or its URL, of which host and port count; nothing for stdio.
    pub fn server_address(mut self, address: impl AsRef<str>) -> Self {
        self.set_str(keys::SERVER_ADDRESS.id(), address.as_ref());
        self
    }

    /// The port of the server.
    pub fn server_port(mut self, port: u16) -> Self {
        self.set(keys::SERVER_PORT.id(), i64::from(port).into());
        self
    }
}

impl Builder<Server> {
    /// The `_meta` object of the message: the span that it names is the parent, and one that is current here becomes a link.
    /// Where it names none, or nonsense, the current one is the parent. Where [baggage goes
    /// along](crate::TelemetryBuilder::mcp_baggage), what is accepted of it is ambient for the call, behind what is so already.
    pub fn meta(mut self, meta: &Map<String, Value>) -> Self {
        self.with(|op| op.mcp_meta(meta));
        self
    }

    /// The address of the client.
    pub fn client_address(mut self, address: impl AsRef<str>) -> Self {
        self.set_str(keys::CLIENT_ADDRESS.id(), address.as_ref());
        self
    }

    /// The port of the client.
    pub fn client_port(mut self, port: u16) -> Self {
        self.set(keys::CLIENT_PORT.id(), i64::from(port).into());
        self
    }
}

impl Invocation<Client> {
    /// Writes the span of the call into the `_meta` object of its message: the parent of the other side's. Other keys stay.
    ///
    /// For each message anew: one that is sent again has another span.
    pub fn inject(&mut self, meta: &mut Map<String, Value>) -> &mut Self {
        let is_recorded = self.is_recorded();
        self.with(|op| op.mcp_inject(meta));
        if !is_recorded {
            inject(meta);
        }
        self
    }
}
