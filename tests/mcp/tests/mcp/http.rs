//! Streamable HTTP: with sessions in the era that has them, without in the other.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use genai::mcp::{Transport, observe_client, observe_handler, observe_transport};
use genai::testing::Harness;
use genai_mcp_tests::{CANARY, Client, Era, Server, live, soon};
use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt as _, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use rmcp::model::CallToolRequestParams;
use rmcp::service::ClientServiceExt as _;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What every message is refused with, if there is anything: the status, and whether the answer says how to be let in.
type Refusal = Arc<Mutex<Option<(u16, bool)>>>;

async fn refused(State(refusal): State<Refusal>, request: Request, next: Next) -> Response {
    let refusal = *refusal.lock().expect("no panic");
    let Some((status, has_challenge)) = refusal else {
        return next.run(request).await;
    };
    let status = StatusCode::from_u16(status).expect("a status");
    let challenge = [(WWW_AUTHENTICATE, "Bearer scope=\"weather\"")];
    if has_challenge {
        (status, challenge, CANARY).into_response()
    } else {
        (status, CANARY).into_response()
    }
}

/// A server that ends with the token; gives its URL, and the task it runs in.
pub(super) async fn served(ct: &CancellationToken) -> (String, JoinHandle<std::io::Result<()>>) {
    refusing(ct, Refusal::default()).await
}

/// The same of one that may refuse.
async fn refusing(
    ct: &CancellationToken,
    refusal: Refusal,
) -> (String, JoinHandle<std::io::Result<()>>) {
    // One that was chosen before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = StreamableHttpServerConfig::default().with_cancellation_token(ct.child_token());
    let service: StreamableHttpService<_, LocalSessionManager> = StreamableHttpService::new(
        || Ok(observe_handler(Server::default())),
        Default::default(),
        config,
    );
    let router = axum::Router::new()
        .nest_service("/mcp", service)
        .layer(from_fn_with_state(refusal, refused));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let ct = ct.clone();
    let serving = tokio::spawn(async move {
        let end = async move { ct.cancelled_owned().await };
        axum::serve(listener, router)
            .with_graceful_shutdown(end)
            .await
    });
    (format!("http://{address}/mcp"), serving)
}

#[tokio::test]
async fn a_call_over_http_is_one_trace_with_its_network() {
    for era in Era::BOTH {
        let h = Harness::install();
        let ct = CancellationToken::new();
        let (url, _) = served(&ct).await;
        let transport = StreamableHttpClientTransport::from_uri(url.clone());
        let client = soon(Client.serve_with_lifecycle(transport, era.lifecycle())).await;
        let client = observe_client(client.expect("a client"))
            .transport(Transport::Http)
            .server_address(&url);
        let call = client.call_tool(CallToolRequestParams::new("get_weather"));
        soon(call).await.expect("an answer");
        let spans = h.spans();
        let of = |kind: SpanKind| {
            let mut found = spans.iter();
            found
                .find(|s| s.kind == kind && s.name == "tools/call get_weather")
                .unwrap_or_else(|| panic!("no {kind:?}: {spans:?}"))
        };
        let (sent, received) = (of(SpanKind::Client), of(SpanKind::Server));
        assert_eq!(received.parent_span_id, Some(sent.span_id));
        for span in [sent, received] {
            let expected = [
                ("network.transport", "tcp"),
                ("network.protocol.name", "http"),
                ("mcp.protocol.version", era.version()),
            ];
            assert!(span.attributes.has(&expected), "{span:?}");
        }
        let port = url
            .split([':', '/'])
            .nth(4)
            .and_then(|port| port.parse().ok());
        assert_eq!(sent.str("server.address"), Some("127.0.0.1"));
        assert_eq!(sent.int("server.port"), port);
        assert_eq!(received.str("network.protocol.version"), Some("1.1"));
        // The later era has no sessions.
        assert_eq!(
            received.str("mcp.session.id").is_some(),
            era == Era::Sessions
        );
        let _ = soon(client.into_running().cancel()).await;
        ct.cancel();
        // The session has what its first request came in, and lasts until the server forgets it.
        if era == Era::Sessions {
            let labels = [
                ("mcp.protocol.version", era.version()),
                ("network.protocol.name", "http"),
                ("network.transport", "tcp"),
            ];
            for metric in ["mcp.client.session.duration", "mcp.server.session.duration"] {
                soon(async {
                    while h.points(metric).is_empty() {
                        tokio::task::yield_now().await;
                    }
                })
                .await;
                assert_eq!(h.point(metric, &labels).count, 1, "{metric}");
            }
            let labels = [("network.protocol.version", "1.1")];
            assert_eq!(h.point("mcp.server.session.duration", &labels).count, 1);
        }
        assert!(live::findings(&h).is_empty(), "{:?}", live::findings(&h));
    }
}

#[tokio::test]
async fn a_server_that_is_gone_has_a_class() {
    let h = Harness::install();
    let ct = CancellationToken::new();
    let (url, serving) = served(&ct).await;
    let transport = StreamableHttpClientTransport::from_uri(url);
    let client = soon(Client.serve_with_lifecycle(transport, Era::Requests.lifecycle())).await;
    let client = observe_client(client.expect("a client")).transport(Transport::Http);
    // The server goes away: what is sent is refused, and the class is one of few.
    ct.cancel();
    soon(serving).await.expect("no panic").expect("an end");
    let call = client.call_tool(CallToolRequestParams::new("get_weather"));
    soon(call).await.expect_err("an error");
    let sent = h.span("tools/call get_weather");
    let class = sent.str("error.type").expect("a class");
    let known = [
        "transport_error",
        "connection_closed",
        "-32603",
        "unexpected_response",
    ];
    assert!(known.contains(&class), "{class}");
}

/// A layer of other people's that makes a span of each request, as instrumentations of HTTP do.
async fn spanned(
    State(tracer): State<opentelemetry_sdk::trace::SdkTracer>,
    request: Request,
    next: Next,
) -> Response {
    let span = tracer.start("POST /mcp");
    let cx = Context::current_with_span(span);
    next.run(request).with_context(cx).await
}

/// The conversation that a layer of the HTTP server opens, and its span, are around what is served, in whatever task that runs.
#[tokio::test]
async fn what_is_around_the_http_request_is_around_the_call() {
    for era in Era::BOTH {
        let h = Harness::install();
        let ct = CancellationToken::new();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config =
            StreamableHttpServerConfig::default().with_cancellation_token(ct.child_token());
        let service: StreamableHttpService<_, LocalSessionManager> = StreamableHttpService::new(
            || Ok(observe_handler(Server::default())),
            Default::default(),
            config,
        );
        let tracer = h.tracer_provider().tracer("http");
        let router = axum::Router::new()
            .nest_service("/mcp", service)
            .layer(
                genai::services::server()
                    .context(|_, context| context.conversation_id("c-1").property("plan", "gold")),
            )
            .layer(from_fn_with_state(tracer, spanned));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let transport = StreamableHttpClientTransport::from_uri(url);
        let client = soon(Client.serve_with_lifecycle(transport, era.lifecycle())).await;
        let client = observe_client(client.expect("a client"));
        h.clear();
        soon(client.call_tool(CallToolRequestParams::new("thinks")))
            .await
            .expect("an answer");
        let spans = h.spans();
        let find = |name: &str, kind: SpanKind| {
            let mut found = spans.iter();
            found
                .find(|span| span.name == name && span.kind == kind)
                .unwrap_or_else(|| panic!("no {name}: {spans:?}"))
        };
        let sent = find("tools/call thinks", SpanKind::Client);
        let received = find("tools/call thinks", SpanKind::Server);
        let chat = find("chat m", SpanKind::Client);
        assert_eq!(received.parent_span_id, Some(sent.span_id), "{era:?}");
        assert_eq!(chat.parent_span_id, Some(received.span_id), "{era:?}");
        // The span of the HTTP request is linked: one that began after the call, not that of the handshake.
        let [(trace, span)] = received.links[..] else {
            panic!("no link: {received:?}")
        };
        soon(async {
            loop {
                let spans = h.spans();
                let mut requests = spans.iter().filter(|span| span.name == "POST /mcp");
                if requests.any(|http| (http.trace_id, http.span_id) == (trace, span)) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        for span in [received, chat] {
            assert_eq!(span.str("gen_ai.conversation.id"), Some("c-1"), "{era:?}");
            let plan = span.str("gen_ai.association.properties.plan");
            assert_eq!(plan, Some("gold"), "{era:?}");
        }
        assert_eq!(sent.str("gen_ai.conversation.id"), None);
        ct.cancel();
    }
}

/// Every refusal there is a class for, with and without a challenge.
const REFUSALS: [(u16, bool); 9] = [
    (401, true),
    (401, false),
    (403, true),
    (403, false),
    (404, false),
    (405, false),
    (429, false),
    (500, false),
    (503, false),
];

#[tokio::test]
async fn what_http_refuses_has_the_status_as_its_class() {
    for era in Era::BOTH {
        for (status, has_challenge) in REFUSALS {
            // Where there is a session, 404 says that it is over, and rmcp begins another.
            if era == Era::Sessions && status == 404 {
                continue;
            }
            for by_transport in [false, true] {
                let case = format!("{era:?} {status} {has_challenge} {by_transport}");
                let h = Harness::install();
                let (ct, refusal) = (CancellationToken::new(), Refusal::default());
                let (url, _serving) = refusing(&ct, refusal.clone()).await;
                let transport = StreamableHttpClientTransport::from_uri(url);
                let params = CallToolRequestParams::new("get_weather");
                let refuse = || {
                    h.clear();
                    *refusal.lock().expect("no panic") = Some((status, has_challenge));
                };
                if by_transport {
                    let transport = observe_transport(transport);
                    let client = Client.serve_with_lifecycle(transport, era.lifecycle());
                    let client = soon(client).await.expect("a client");
                    refuse();
                    soon(client.call_tool(params)).await.expect_err(&case);
                } else {
                    let client = Client.serve_with_lifecycle(transport, era.lifecycle());
                    let client = observe_client(soon(client).await.expect("a client"));
                    refuse();
                    soon(client.call_tool(params)).await.expect_err(&case);
                }
                let sent = h.span("tools/call get_weather");
                let class = status.to_string();
                assert_eq!(sent.kind, SpanKind::Client, "{case}");
                assert_eq!(sent.str("error.type"), Some(&*class), "{case}");
                assert!(sent.is_error(), "{case}");
                assert_eq!(sent.error_description(), "", "{case}");
                // No answer of JSON-RPC came.
                assert_eq!(sent.str("rpc.response.status_code"), None, "{case}");
                let labels = [("error.type", &*class), ("mcp.method.name", "tools/call")];
                let points = h.point("mcp.client.operation.duration", &labels);
                assert_eq!(points.count, 1, "{case}");
                let all = format!("{:?} {:?} {:?}", h.spans(), h.metrics(), h.events());
                assert!(!all.contains(CANARY), "{case}");
                ct.cancel();
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_is_not_let_in_has_a_class_and_no_session() {
    for has_challenge in [false, true] {
        let h = Harness::install();
        let (ct, refusal) = (CancellationToken::new(), Refusal::default());
        *refusal.lock().expect("no panic") = Some((401, has_challenge));
        let (url, _serving) = refusing(&ct, refusal).await;
        let transport = observe_transport(StreamableHttpClientTransport::from_uri(url));
        let client = Client.serve_with_lifecycle(transport, Era::Sessions.lifecycle());
        assert!(soon(client).await.is_err());
        let sent = h.span("initialize");
        assert_eq!(sent.str("error.type"), Some("401"));
        assert!(h.points("mcp.client.session.duration").is_empty());
        ct.cancel();
    }
}
