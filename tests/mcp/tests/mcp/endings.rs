//! Every ending there is, by the rules that are released and by those that are not: what both spans and both metrics say of it.

#![allow(deprecated, reason = "what servers of sessions serve")]

use std::time::Duration;

use genai::ContentCapture;
use genai::mcp::{Observed, ObservedClient, Transport, observe, observe_client, observe_transport};
use genai::testing::{Harness, Span};
use genai_mcp_tests::{CANARY, Client, Era, Server, connected, live, served, soon};
use opentelemetry::trace::{SpanKind, Status};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities,
    ClientConfig, ClientRequest, GetPromptRequestParams, GetTaskParams, Implementation,
    SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{ClientServiceExt as _, PeerRequestOptions, RoleClient, ServiceError};
use rmcp::transport::{IntoTransport, StreamableHttpClientTransport};
use serde_json::json;
use tokio_util::sync::CancellationToken;

const CLIENT: &str = "mcp.client.operation.duration";
const SERVER: &str = "mcp.server.operation.duration";

/// Codes that are the asking side's fault, and others.
const REFUSALS: [&str; 5] = ["-32700", "-32600", "-32601", "-32602", "-32002"];
const FAILURES: [&str; 9] = [
    "-32603", "-32000", "-32001", "-32020", "-32021", "-32022", "-32099", "-1", "17",
];

type Calls = ObservedClient<Observed<Client>>;

fn harness(is_unreleased: bool) -> Harness {
    Harness::install_with(|t| t.mcp_unreleased_conventions(is_unreleased))
}

fn params(name: &'static str) -> CallToolRequestParams {
    CallToolRequestParams::new(name)
}

/// The only span of a name on each side; the client's first.
fn pair(h: &Harness, name: &str) -> [Span; 2] {
    [SpanKind::Client, SpanKind::Server].map(|kind| {
        let spans = h.spans();
        let found: Vec<_> = (spans.iter())
            .filter(|span| span.name == name && span.kind == kind)
            .collect();
        assert_eq!(found.len(), 1, "{kind:?} {name}: {spans:?}");
        found[0].clone()
    })
}

/// What a side says of how a call ended: on its span, and on its metric.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: Status,
    error: Option<String>,
    code: Option<String>,
    metric: (Option<String>, Option<String>),
}

impl Said {
    fn of(h: &Harness, span: &Span) -> Self {
        let metric = if span.kind == SpanKind::Client {
            CLIENT
        } else {
            SERVER
        };
        let tool = span.str("gen_ai.tool.name").expect("a tool");
        let point = h.point(metric, &[("gen_ai.tool.name", tool)]);
        assert_eq!(point.count, 1);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let [error, code] = ["error.type", "rpc.response.status_code"];
        Self {
            status: span.status.clone(),
            error: owned(span.str(error)),
            code: owned(span.str(code)),
            metric: (
                owned(point.attributes.str(error)),
                owned(point.attributes.str(code)),
            ),
        }
    }

    fn error(class: &str, code: Option<&str>, description: &'static str) -> Self {
        let (class, code) = (Some(class.to_owned()), code.map(str::to_owned));
        Self {
            status: Status::error(description),
            error: class.clone(),
            code: code.clone(),
            metric: (class, code),
        }
    }

    /// It is no failure, and its code is known all the same.
    fn refused(code: &str) -> Self {
        let code = Some(code.to_owned());
        Self {
            status: Status::Unset,
            error: None,
            code: code.clone(),
            metric: (None, code),
        }
    }
}

/// A call whose answer has this code.
async fn has_code(h: &Harness, client: &Calls, code: &'static str, is_unreleased: bool) {
    h.clear();
    let error = soon(client.call_tool(params(code))).await;
    let error = error.expect_err("an error");
    assert!(matches!(error, ServiceError::McpError(e) if e.code.0.to_string() == code));
    let [sent, received] = pair(h, &format!("tools/call {code}"));
    let failed = Said::error(code, Some(code), "what went wrong");
    assert_eq!(Said::of(h, &sent), failed, "{code} {is_unreleased}");
    let expected = if is_unreleased && REFUSALS.contains(&code) {
        Said::refused(code)
    } else {
        failed
    };
    assert_eq!(Said::of(h, &received), expected, "{code} {is_unreleased}");
}

#[tokio::test]
async fn every_code_is_what_the_rules_say() {
    for era in Era::BOTH {
        for is_unreleased in [false, true] {
            let h = harness(is_unreleased);
            let (client, _serving) = connected(Server::default(), era).await;
            for code in REFUSALS.into_iter().chain(FAILURES) {
                has_code(&h, &client, code, is_unreleased).await;
            }
            if !is_unreleased {
                assert!(live::findings(&h).is_empty(), "{:?}", live::findings(&h));
            }
        }
    }
}

#[tokio::test]
async fn every_code_is_that_over_http() {
    for era in Era::BOTH {
        for is_unreleased in [false, true] {
            let h = harness(is_unreleased);
            let ct = CancellationToken::new();
            let (url, _) = super::http::served(&ct).await;
            let transport = StreamableHttpClientTransport::from_uri(url);
            let client = observe(Client).serve_with_lifecycle(transport, era.lifecycle());
            let client = observe_client(soon(client).await.expect("a client"));
            for code in REFUSALS.into_iter().chain(["-32603", "-32021"]) {
                has_code(&h, &client, code, is_unreleased).await;
            }
            let _ = soon(client.cancel()).await;
            ct.cancel();
        }
    }
}

#[tokio::test]
async fn every_other_ending_is_the_same_by_both_rules() {
    for era in Era::BOTH {
        for is_unreleased in [false, true] {
            let h = harness(is_unreleased);
            let server = Server::default();
            let waits = server.waits.clone();
            let (client, _serving) = connected(server, era).await;
            // A result that says it is an error.
            soon(client.call_tool(params("fails"))).await.expect("it");
            for span in pair(&h, "tools/call fails") {
                assert_eq!(Said::of(&h, &span), Said::error("tool_error", None, ""));
            }
            // A success.
            soon(client.call_tool(params("get_weather")))
                .await
                .expect("it");
            for span in pair(&h, "tools/call get_weather") {
                let said = Said::of(&h, &span);
                assert_eq!(said.status, Status::Unset);
                assert_eq!(
                    (said.error, said.code, said.metric),
                    (None, None, (None, None))
                );
            }
            // A handler that panics, which rmcp does not answer.
            let call = client.call_tool(params("panics"));
            let waited = tokio::time::timeout(Duration::from_millis(200), call);
            assert!(waited.await.is_err());
            let [sent, received] = pair(&h, "tools/call panics");
            let given_up = || Said::error("cancelled", None, "cancelled");
            assert_eq!(Said::of(&h, &sent), given_up());
            assert_eq!(
                Said::of(&h, &received),
                Said::error("panic", None, "panicked")
            );
            // A call that is dropped.
            h.clear();
            {
                let mut call = std::pin::pin!(client.call_tool(params("waits")));
                tokio::select! {
                    _ = &mut call => panic!("it waits"),
                    () = waits.notified() => {}
                }
            }
            let sent = h.span("tools/call waits");
            assert_eq!(Said::of(&h, &sent), given_up());
        }
    }
}

/// The handler is dropped with the tasks of its runtime.
#[tokio::test]
async fn a_handler_that_is_dropped_is_cancelled_and_its_client_is_cut_off() {
    for is_unreleased in [false, true] {
        let h = harness(is_unreleased);
        let server = Server::default();
        let waits = server.waits.clone();
        let elsewhere = tokio::runtime::Runtime::new().expect("a runtime");
        let (here, _serving) = {
            let _inside = elsewhere.enter();
            served(observe(server))
        };
        let client = observe(Client).serve_with_lifecycle(here, Era::Requests.lifecycle());
        let client = observe_client(soon(client).await.expect("a client"));
        let call = tokio::spawn(async move { client.call_tool(params("waits")).await });
        soon(waits.notified()).await;
        elsewhere.shutdown_background();
        soon(call).await.expect("no panic").expect_err("an error");
        let [sent, received] = soon(async {
            loop {
                if h.spans()
                    .iter()
                    .filter(|s| s.name == "tools/call waits")
                    .count()
                    == 2
                {
                    break pair(&h, "tools/call waits");
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(
            Said::of(&h, &received),
            Said::error("cancelled", None, "cancelled")
        );
        assert_eq!(
            Said::of(&h, &sent),
            Said::error("connection_closed", None, "")
        );
    }
}

#[tokio::test]
async fn a_request_whose_time_has_passed_is_a_timeout() {
    let request = || ClientRequest::CallToolRequest(CallToolRequest::new(params("waits")));
    let options = || PeerRequestOptions::with_timeout(Duration::from_millis(50));
    for by_transport in [false, true] {
        let h = Harness::install();
        let server = Server::default();
        let cancelled = server.cancelled.clone();
        let (here, _serving) = served(observe(server));
        let lifecycle = Era::Sessions.lifecycle();
        if by_transport {
            let transport = IntoTransport::<RoleClient, _, _>::into_transport(here);
            let client = Client.serve_with_lifecycle(observe_transport(transport), lifecycle);
            let client = soon(client).await.expect("a client");
            let sent = soon(client.send_request_with_option(request(), options())).await;
            let answer = soon(sent.expect("it is sent").await_response()).await;
            assert!(matches!(answer, Err(ServiceError::Timeout { .. })));
            soon(cancelled.notified()).await;
        } else {
            let client = soon(Client.serve_with_lifecycle(here, lifecycle)).await;
            let client = observe_client(client.expect("a client"));
            let answer = soon(client.send_request_with_options(request(), options())).await;
            assert!(matches!(answer, Err(ServiceError::Timeout { .. })));
            soon(cancelled.notified()).await;
        }
        let sent = h.span("tools/call waits");
        assert_eq!(sent.kind, SpanKind::Client);
        assert!(sent.str("jsonrpc.request.id").is_some());
        assert_eq!(Said::of(&h, &sent), Said::error("timeout", None, ""));
    }
}

#[genai::tool(name = "-32602")]
async fn called(client: &Calls) -> Result<CallToolResult, ServiceError> {
    client.call_tool(params("-32602")).await
}

/// What calls is one span with the client's, whose error it is by both rules.
#[tokio::test]
async fn a_refusal_is_an_error_of_the_tool_around_the_call() {
    for is_unreleased in [false, true] {
        let h = harness(is_unreleased);
        let (client, _serving) = connected(Server::default(), Era::Requests).await;
        soon(called(&client)).await.expect_err("an error");
        let around = h.span("execute_tool -32602");
        assert!(around.is_error());
        assert_eq!(around.str("error.type"), Some("-32602"));
        assert_eq!(around.str("rpc.response.status_code"), Some("-32602"));
        let labels = [("error.type", "-32602")];
        assert_eq!(h.point(CLIENT, &labels).count, 1);
        let received = h.span("tools/call -32602");
        let expected = if is_unreleased {
            Said::refused("-32602")
        } else {
            Said::error("-32602", Some("-32602"), "what went wrong")
        };
        assert_eq!(Said::of(&h, &received), expected);
    }
}

#[tokio::test]
async fn arguments_of_prompts_are_variables_where_that_is_asked_for() {
    for era in Era::BOTH {
        for (is_unreleased, capture) in [
            (false, ContentCapture::SpanOnly),
            (true, ContentCapture::NoContent),
            (true, ContentCapture::EventOnly),
            (true, ContentCapture::SpanOnly),
        ] {
            let h = Harness::install_with(|t| {
                t.capture(capture)
                    .mcp_unreleased_conventions(is_unreleased)
                    .limits(genai::Limits::default().content_bytes(2_000))
                    .redactor(|content| {
                        content.each_text(|text| *text = text.replace("sk-1", "[key]"));
                    })
            });
            let (client, _serving) = connected(Server::default(), era).await;
            let arguments = json!({
                "code": CANARY, "key": "sk-1", "lines": [1, 2], "long": "x".repeat(1 << 20),
                "n".repeat(10_000): "its name is too long",
            });
            let prompt = GetPromptRequestParams::new("review")
                .with_arguments(arguments.as_object().cloned().unwrap_or_default());
            soon(client.get_prompt(prompt)).await.expect("a prompt");
            let is_on = is_unreleased && capture == ContentCapture::SpanOnly;
            for span in pair(&h, "prompts/get review") {
                let variable = |name: &str| span.str(&format!("gen_ai.prompt.variable.{name}"));
                assert_eq!(variable("code"), is_on.then_some(CANARY));
                assert_eq!(variable("key"), is_on.then_some("[key]"));
                assert_eq!(variable("lines"), is_on.then_some("[1,2]"));
                let keys = span.attributes.0.keys();
                let found = keys.filter(|key| key.starts_with("gen_ai.prompt.variable."));
                assert_eq!(found.count(), if is_on { 4 } else { 0 });
                let bytes: usize = (span.attributes.0.values())
                    .map(|value| value.as_str().len())
                    .sum();
                assert!(bytes < 3_000, "{bytes}");
                assert!(span.duplicates.is_empty());
            }
            let metrics = format!("{:?}", h.metrics());
            assert!(!metrics.contains(CANARY) && !metrics.contains("variable"));
            let all = format!("{:?} {:?}", h.spans(), h.events());
            assert_eq!(all.contains(CANARY), is_on);
            assert!(!all.contains("sk-1"));
        }
    }
}

/// What servers of sessions are asked, too.
#[tokio::test]
async fn the_older_requests_have_their_methods_and_resources() {
    let h = Harness::install();
    let (client, _serving) = connected(Server::default(), Era::Sessions).await;
    let uri = "file:///a.txt";
    soon(client.subscribe(SubscribeRequestParams::new(uri)))
        .await
        .expect_err("it is not served");
    soon(client.unsubscribe(UnsubscribeRequestParams::new(uri)))
        .await
        .expect_err("it is not served");
    let level = SetLevelRequestParams::new(rmcp::model::LoggingLevel::Debug);
    soon(client.set_level(level))
        .await
        .expect_err("it is not served");
    for (name, uri) in [
        ("resources/subscribe", Some(uri)),
        ("resources/unsubscribe", Some(uri)),
        ("logging/setLevel", None),
    ] {
        let [sent, received] = pair(&h, name);
        assert_eq!(received.parent_span_id, Some(sent.span_id), "{name}");
        let id = sent.str("jsonrpc.request.id");
        assert!(id.is_some(), "{name}");
        assert_eq!(received.str("jsonrpc.request.id"), id, "{name}");
        for span in [sent, received] {
            assert_eq!(span.str("mcp.resource.uri"), uri, "{name}");
            assert_eq!(span.str("error.type"), Some("-32601"), "{name}");
        }
    }
    assert!(live::findings(&h).is_empty(), "{:?}", live::findings(&h));
}

#[tokio::test]
async fn a_call_has_its_id_on_both_sides_however_it_ends() {
    for era in Era::BOTH {
        let h = Harness::install();
        let server = Server::default();
        let (waits, cancelled) = (server.waits.clone(), server.cancelled.clone());
        let (client, _serving) = connected(server, era).await;
        let client = client.transport(Transport::Stdio);
        for name in ["get_weather", "fails", "-32602"] {
            let _ = soon(client.call_tool(params(name))).await;
            let [sent, received] = pair(&h, &format!("tools/call {name}"));
            let id = sent.str("jsonrpc.request.id");
            assert!(id.is_some(), "{name}");
            assert_eq!(received.str("jsonrpc.request.id"), id, "{name}");
        }
        soon(client.get_prompt(GetPromptRequestParams::new("review")))
            .await
            .expect("a prompt");
        let [sent, received] = pair(&h, "prompts/get review");
        let id = sent.str("jsonrpc.request.id");
        assert!(id.is_some());
        assert_eq!(received.str("jsonrpc.request.id"), id);
        // One that is given up.
        {
            let mut call = std::pin::pin!(client.call_tool(params("waits")));
            tokio::select! {
                _ = &mut call => panic!("it waits"),
                () = waits.notified() => {}
            }
        }
        soon(cancelled.notified()).await;
        let sent = h.span("tools/call waits");
        assert_eq!(sent.str("error.type"), Some("cancelled"));
        assert!(sent.str("jsonrpc.request.id").is_some());
    }
}

#[tokio::test]
async fn a_task_is_a_success_and_its_polls_are_requests_of_their_own() {
    let h = Harness::install();
    let (here, _serving) = served(observe(Server::default()));
    let capabilities = ClientCapabilities::builder().enable_tasks().build();
    let client = ClientConfig::new(capabilities, Implementation::new("c", "1"));
    let client = client.serve_with_lifecycle(here, Era::Requests.lifecycle());
    let client = observe_client(soon(client).await.expect("a client"));
    let answer = soon(client.call_tool_once(params("starts"))).await;
    assert!(
        matches!(answer, Ok(CallToolResponse::Task(_))),
        "{answer:?}"
    );
    for span in pair(&h, "tools/call starts") {
        let said = Said::of(&h, &span);
        assert_eq!((said.status, said.error), (Status::Unset, None));
    }
    let poll = GetTaskParams::new("t-1");
    soon(client.get_task(poll))
        .await
        .expect_err("it is not served");
    let [sent, received] = pair(&h, "tasks/get");
    assert_eq!(received.parent_span_id, Some(sent.span_id));
    assert!(sent.is_error() && received.is_error());
    let code = sent.str("rpc.response.status_code");
    assert!(code.is_some());
    assert_eq!(received.str("rpc.response.status_code"), code);
}

#[tokio::test]
async fn what_a_server_says_of_a_resource_names_it() {
    let h = Harness::install_with(|t| t.mcp_notifications(true));
    let (client, _serving) = connected(Server::default(), Era::Sessions).await;
    soon(client.call_tool(params("updates"))).await.expect("it");
    let name = "notifications/resources/updated";
    let span = soon(async {
        loop {
            if let Some(span) = h.spans().into_iter().find(|span| span.name == name) {
                break span;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(span.kind, SpanKind::Server);
    assert_eq!(span.str("mcp.resource.uri"), Some("file:///a.txt"));
    assert_eq!(span.str("jsonrpc.request.id"), None);
    assert!(live::findings(&h).is_empty(), "{:?}", live::findings(&h));
}
