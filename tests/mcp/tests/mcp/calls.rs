//! Calls in memory: traces, endings, rounds, what servers ask, and content.

use std::collections::BTreeSet;

use genai::ContentCapture;
use genai::mcp::observe;
use genai::testing::{Harness, Span};
use genai_mcp_tests::{CANARY, Era, Server, connected, connected_to, served, soon};
use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt as _, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use rmcp::Service;
use rmcp::model::{
    CallToolRequestParams, ClientNotification, ClientRequest, CustomRequest, ErrorData,
    GetPromptRequestParams, ReadResourceRequestParams, RequestMetaObject, RequestParamsMeta as _,
    ServerConfig, ServerResult,
};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, ServiceError};
use serde_json::json;

const CLIENT: &str = "mcp.client.operation.duration";
const SERVER: &str = "mcp.server.operation.duration";

fn tool(name: &'static str) -> CallToolRequestParams {
    let arguments = json!({"city": CANARY}).as_object().cloned();
    CallToolRequestParams::new(name).with_arguments(arguments.unwrap_or_default())
}

/// The spans of a name: of the client, and of the server.
fn pair(spans: &[Span], name: &str) -> (Span, Span) {
    let of = |kind: SpanKind| {
        let mut found = spans.iter().filter(|s| s.name == name && s.kind == kind);
        let span = found
            .next()
            .unwrap_or_else(|| panic!("no {kind:?} {name}: {spans:?}"));
        assert!(found.next().is_none(), "two of {kind:?} {name}");
        span.clone()
    };
    (of(SpanKind::Client), of(SpanKind::Server))
}

#[tokio::test]
async fn a_call_is_two_spans_of_one_trace() {
    for era in Era::BOTH {
        let h = Harness::install();
        let (client, _serving) = connected(Server::default(), era).await;
        h.clear();
        soon(client.call_tool(tool("get_weather")))
            .await
            .expect("an answer");
        soon(client.get_prompt(GetPromptRequestParams::new("review")))
            .await
            .expect("a prompt");
        let read = ReadResourceRequestParams::new("file:///a.txt");
        soon(client.read_resource(read)).await.expect("a resource");
        soon(client.list_tools(None)).await.expect("a list");
        assert_eq!(soon(client.list_all_tools()).await.expect("tools").len(), 0);
        let spans = h.spans();
        for name in [
            "tools/call get_weather",
            "prompts/get review",
            "resources/read",
        ] {
            let (sent, served) = pair(&spans, name);
            assert_eq!(served.parent_span_id, Some(sent.span_id), "{name}");
            assert_eq!(served.trace_id, sent.trace_id);
            assert_eq!(sent.parent_span_id, None);
            for span in [&sent, &served] {
                assert_eq!(span.str("mcp.protocol.version"), Some(era.version()));
                assert!(!span.is_error(), "{span:?}");
                assert!(span.duplicates.is_empty());
                assert_eq!(span.str("mcp.session.id"), None);
            }
            assert!(served.str("jsonrpc.request.id").is_some());
        }
        let (sent, served) = pair(&spans, "tools/call get_weather");
        for span in [sent, served] {
            let expected = [
                ("gen_ai.operation.name", "execute_tool"),
                ("gen_ai.tool.name", "get_weather"),
                ("mcp.method.name", "tools/call"),
            ];
            assert!(span.attributes.has(&expected), "{span:?}");
        }
        let (sent, served) = pair(&spans, "resources/read");
        assert_eq!(sent.str("mcp.resource.uri"), Some("file:///a.txt"));
        assert_eq!(served.str("mcp.resource.uri"), Some("file:///a.txt"));
        // Two lists were asked for, one page each.
        assert_eq!(spans.iter().filter(|s| s.name == "tools/list").count(), 4);
        let labels = [
            ("mcp.method.name", "tools/call"),
            ("mcp.protocol.version", era.version()),
        ];
        assert_eq!(h.point(CLIENT, &labels).count, 1);
        assert_eq!(h.point(SERVER, &labels).count, 1);
        drop(client);
    }
}

#[tokio::test]
async fn what_runs_in_a_handler_is_below_its_span() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Sessions).await;
    soon(client.call_tool(tool("thinks")))
        .await
        .expect("an answer");
    let spans = h.spans();
    let (_, served) = pair(&spans, "tools/call thinks");
    assert_eq!(h.span("chat m").parent_span_id, Some(served.span_id));
}

/// A service in whose calls another span is current, as below a layer of an HTTP server.
struct Around<S>(S, Context);

impl<S: Service<RoleServer>> Service<RoleServer> for Around<S> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let inside = self.0.handle_request(request, context);
        inside.with_context(self.1.clone()).await
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.0.handle_notification(notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }
}

#[tokio::test]
async fn what_is_current_on_the_server_is_linked_or_else_the_parent() {
    for era in Era::BOTH {
        let h = Harness::install();
        let around = h.tracer_provider().tracer("http").start("POST /mcp");
        let around = Context::current_with_span(around);
        let ids = around.span().span_context().clone();
        let ids = (ids.trace_id(), ids.span_id());
        let (here, _) = served(Around(observe(Server::default()), around));
        let client = connected_to(here, era).await;
        h.clear();
        soon(client.call_tool(tool("thinks"))).await.expect("it");
        let (sent, received) = pair(&h.spans(), "tools/call thinks");
        assert_eq!(received.parent_span_id, Some(sent.span_id));
        assert_eq!(received.links, [ids], "{era:?}");
        assert!(sent.links.is_empty());
        let inside = h.span("chat m");
        assert_eq!(inside.parent_span_id, Some(received.span_id));
        assert_eq!(inside.trace_id, sent.trace_id);
        // As a client sends it that is not observed.
        h.clear();
        let peer = client.running().peer();
        soon(peer.call_tool(tool("get_weather"))).await.expect("it");
        let received = h.span("tools/call get_weather");
        assert_eq!(
            (received.trace_id, received.parent_span_id),
            (ids.0, Some(ids.1))
        );
        assert!(received.links.is_empty());
    }
}

#[tokio::test]
async fn the_agent_around_is_the_parent() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Requests).await;
    let mut agent = genai::agent("openai").name("a").start();
    soon(agent.scope(client.call_tool(tool("get_weather"))))
        .await
        .expect("an answer");
    agent.finish();
    let spans = h.spans();
    let (sent, _) = pair(&spans, "tools/call get_weather");
    assert_eq!(sent.parent_span_id, Some(h.span("invoke_agent a").span_id));
}

#[tokio::test]
async fn every_error_has_its_class_on_both_sides() {
    for era in Era::BOTH {
        let h = Harness::install();
        let (client, _serving) = connected(Server::default(), era).await;
        for code in [
            "-32700", "-32600", "-32601", "-32602", "-32002", "-32603", "-32000", "-32021",
        ] {
            h.clear();
            let error = soon(client.call_tool(tool(code)))
                .await
                .expect_err("an error");
            assert!(matches!(error, ServiceError::McpError(e) if e.code.0.to_string() == code));
            let (sent, served) = pair(&h.spans(), &format!("tools/call {code}"));
            for span in [sent, served] {
                assert_eq!(span.str("error.type"), Some(code));
                assert_eq!(span.str("rpc.response.status_code"), Some(code));
                assert_eq!(span.error_description(), "what went wrong");
            }
            let labels = [("error.type", code), ("rpc.response.status_code", code)];
            assert_eq!(h.point(CLIENT, &labels).count, 1);
            assert_eq!(h.point(SERVER, &labels).count, 1);
        }
        h.clear();
        let answer = soon(client.call_tool(tool("fails")))
            .await
            .expect("an answer");
        assert_eq!(answer.is_error, Some(true));
        let (sent, served) = pair(&h.spans(), "tools/call fails");
        for span in [sent, served] {
            assert_eq!(span.str("error.type"), Some("tool_error"));
            assert_eq!(span.str("rpc.response.status_code"), None);
            assert_eq!(span.error_description(), "");
            assert!(span.is_error());
        }
    }
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_on_both_sides() {
    let h = Harness::install();
    let server = Server::default();
    let (waits, cancelled) = (server.waits.clone(), server.cancelled.clone());
    let (client, serving) = connected(server, Era::Sessions).await;
    {
        let mut call = std::pin::pin!(client.call_tool(tool("waits")));
        tokio::select! {
            _ = &mut call => panic!("it waits"),
            () = waits.notified() => {}
        }
    }
    soon(cancelled.notified()).await;
    let spans = h.spans();
    let sent = spans
        .iter()
        .find(|s| s.name == "tools/call waits")
        .expect("the client's");
    assert_eq!(sent.kind, SpanKind::Client);
    assert_eq!(sent.str("error.type"), Some("cancelled"));
    // The handler goes on, as it does without this library, until the server is gone.
    let serving = soon(serving).await.expect("a server");
    soon(serving.cancel()).await.expect("an end");
}

#[tokio::test]
async fn a_closed_connection_has_a_class() {
    let h = Harness::install();
    let (client, serving) = connected(Server::default(), Era::Sessions).await;
    let serving = soon(serving).await.expect("a server");
    soon(serving.cancel()).await.expect("an end");
    soon(client.call_tool(tool("get_weather")))
        .await
        .expect_err("an error");
    let spans = h.spans();
    let sent = spans
        .iter()
        .find(|s| s.name == "tools/call get_weather")
        .expect("a span");
    let class = sent.str("error.type");
    assert!(
        matches!(class, Some("connection_closed" | "transport_error")),
        "{class:?}"
    );
    assert_eq!(sent.str("rpc.response.status_code"), None);
}

#[tokio::test]
async fn a_handler_that_panics_has_a_span() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Sessions).await;
    {
        let call = client.call_tool(tool("panics"));
        // rmcp does not answer; whoever waits gives up.
        let waited = tokio::time::timeout(std::time::Duration::from_millis(300), call).await;
        assert!(waited.is_err());
    }
    let (sent, served) = pair(&h.spans(), "tools/call panics");
    assert_eq!(served.str("error.type"), Some("panic"));
    assert_eq!(sent.str("error.type"), Some("cancelled"));
}

#[tokio::test]
async fn each_round_of_a_call_is_a_pair() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Requests).await;
    h.clear();
    let mut agent = genai::agent("openai").name("a").start();
    soon(agent.scope(client.call_tool(tool("asks"))))
        .await
        .expect("an answer");
    agent.finish();
    let spans = h.spans();
    let agent = h.span("invoke_agent a");
    let of = |kind: SpanKind| -> Vec<&Span> {
        let found = spans.iter();
        found
            .filter(|s| s.kind == kind && s.name == "tools/call asks")
            .collect()
    };
    let (sent, served) = (of(SpanKind::Client), of(SpanKind::Server));
    assert_eq!((sent.len(), served.len()), (3, 3), "{spans:?}");
    let mut ids = BTreeSet::new();
    for (sent, served) in sent.iter().zip(&served) {
        assert_eq!(sent.parent_span_id, Some(agent.span_id));
        assert_eq!(served.parent_span_id, Some(sent.span_id));
        assert!(!sent.is_error() && !served.is_error());
        ids.insert(served.str("jsonrpc.request.id").expect("an id").to_owned());
    }
    assert_eq!(ids.len(), 3);
    // What was asked on the way was answered here, by the client's own handler.
    let answers = spans
        .iter()
        .filter(|s| s.name == "elicitation/create")
        .count();
    assert_eq!(answers, 2);
}

#[tokio::test]
async fn what_a_server_asks_is_a_pair_too() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Sessions).await;
    soon(client.call_tool(tool("samples")))
        .await
        .expect("an answer");
    let spans = h.spans();
    let (_, handler) = pair(&spans, "tools/call samples");
    for name in ["sampling/createMessage", "elicitation/create", "roots/list"] {
        let (asked, answered) = pair(&spans, name);
        assert_eq!(asked.parent_span_id, Some(handler.span_id), "{name}");
        assert_eq!(answered.parent_span_id, Some(asked.span_id), "{name}");
        assert_eq!(answered.trace_id, handler.trace_id);
        assert_eq!(asked.str("mcp.protocol.version"), Some("2025-11-25"));
        let id = asked.str("jsonrpc.request.id");
        assert!(id.is_some(), "{name}");
        assert_eq!(answered.str("jsonrpc.request.id"), id, "{name}");
    }
}

#[tokio::test]
async fn a_request_of_any_kind_has_its_id() {
    for era in Era::BOTH {
        let h = Harness::install();
        let (client, _serving) = connected(Server::default(), era).await;
        h.clear();
        let request = CustomRequest::new("app/custom", Some(json!({"a": CANARY})));
        let request = ClientRequest::CustomRequest(request);
        let error = soon(client.send_request(request))
            .await
            .expect_err("an error");
        assert!(matches!(error, ServiceError::McpError(e) if e.code.0 == -32601));
        let (sent, served) = pair(&h.spans(), "app/custom");
        assert_eq!(served.parent_span_id, Some(sent.span_id));
        assert_eq!(sent.str("error.type"), Some("-32601"));
        let id = served.str("jsonrpc.request.id");
        assert!(id.is_some());
        assert_eq!(sent.str("jsonrpc.request.id"), id);
    }
}

#[tokio::test]
async fn sessions_are_measured_where_there_are_any() {
    for era in Era::BOTH {
        let h = Harness::install();
        let (client, serving) = connected(Server::default(), era).await;
        soon(client.list_tools(None)).await.expect("a list");
        let serving = soon(serving).await.expect("a server");
        soon(client.into_running().cancel()).await.expect("an end");
        soon(serving.waiting()).await.expect("an end");
        let count = u64::from(era == Era::Sessions);
        for metric in ["mcp.client.session.duration", "mcp.server.session.duration"] {
            let points = h.points(metric);
            assert_eq!(
                points.iter().map(|p| p.count).sum::<u64>(),
                count,
                "{metric} {era:?}"
            );
            for point in points {
                assert_eq!(
                    point.attributes.str("mcp.protocol.version"),
                    Some(era.version())
                );
            }
        }
    }
}

#[tokio::test]
async fn content_is_where_it_is_switched_on_and_nowhere_else() {
    for (capture, is_on) in [
        (ContentCapture::NoContent, false),
        (ContentCapture::SpanOnly, true),
    ] {
        let h = Harness::install_with(|t| t.capture(capture));
        let (client, _serving) = connected(Server::default(), Era::Sessions).await;
        for name in ["get_weather", "fails", "-32602", "samples"] {
            let _ = soon(client.call_tool(tool(name))).await;
        }
        let prompt = GetPromptRequestParams::new("review").with_arguments(
            json!({"code": CANARY})
                .as_object()
                .cloned()
                .unwrap_or_default(),
        );
        soon(client.get_prompt(prompt)).await.expect("a prompt");
        soon(client.read_resource(ReadResourceRequestParams::new("file:///a")))
            .await
            .expect("it");
        let spans = h.spans();
        let all = format!("{spans:?} {:?} {:?}", h.metrics(), h.events());
        assert_eq!(all.contains(CANARY), is_on);
        let (sent, served) = pair(&spans, "tools/call get_weather");
        for span in [sent, served] {
            let arguments = span.json("gen_ai.tool.call.arguments");
            assert_eq!(arguments, is_on.then(|| json!({"city": CANARY})));
            let result = span.json("gen_ai.tool.call.result");
            let text = result.map(|result| result["content"][0]["text"].clone());
            assert_eq!(text, is_on.then(|| json!("rain")));
        }
        // What is no tool has none in any case.
        for name in ["prompts/get review", "resources/read"] {
            let (sent, served) = pair(&spans, name);
            assert!(!format!("{sent:?} {served:?}").contains(CANARY));
        }
    }
}

#[tokio::test]
async fn what_a_caller_put_into_meta_stays_and_nonsense_is_no_parent() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Sessions).await;
    h.clear();
    // As a client that is not observed sends it.
    for bad in [
        json!(7),
        json!([]),
        json!("0".repeat(1 << 20)),
        json!("\u{fffd}"),
        json!(1.5),
    ] {
        let mut params = tool("get_weather");
        let mut meta = RequestMetaObject::new();
        meta.0.0.insert("traceparent".to_owned(), bad.clone());
        meta.0.0.insert("tracestate".to_owned(), bad);
        meta.0.0.insert("app/key".to_owned(), json!(1));
        params.set_meta(meta);
        soon(client.running().peer().call_tool(params))
            .await
            .expect("an answer");
        let spans = h.spans();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].parent_span_id, None);
        h.clear();
    }
    // A stale one is replaced.
    let mut params = tool("get_weather");
    let stale = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    params.set_traceparent(stale);
    soon(client.call_tool(params)).await.expect("an answer");
    let (sent, served) = pair(&h.spans(), "tools/call get_weather");
    assert_eq!(served.parent_span_id, Some(sent.span_id));
}

#[tokio::test]
async fn notifications_are_recorded_where_they_are_asked_for() {
    for is_on in [false, true] {
        let h = Harness::install_with(|t| t.mcp_notifications(is_on));
        let (client, _serving) = connected(Server::default(), Era::Sessions).await;
        soon(client.list_tools(None)).await.expect("a list");
        let spans = h.spans();
        let notified = spans
            .iter()
            .filter(|s| s.name.starts_with("notifications/"));
        let names: Vec<_> = notified.map(|s| s.name.as_str()).collect();
        if is_on {
            assert_eq!(names, ["notifications/initialized"]);
        } else {
            assert!(names.is_empty());
        }
        drop(client);
    }
}
