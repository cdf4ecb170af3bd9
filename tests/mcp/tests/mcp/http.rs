//! Streamable HTTP: with sessions in the era that has them, without in the other.

use genai::mcp::{Transport, observe_client, observe_handler};
use genai::testing::Harness;
use genai_mcp_tests::{Client, Era, Server, soon};
use opentelemetry::trace::SpanKind;
use rmcp::model::CallToolRequestParams;
use rmcp::service::ClientServiceExt as _;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server that ends with the token; gives its URL, and the task it runs in.
async fn served(ct: &CancellationToken) -> (String, JoinHandle<std::io::Result<()>>) {
    // One that was chosen before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = StreamableHttpServerConfig::default().with_cancellation_token(ct.child_token());
    let service: StreamableHttpService<_, LocalSessionManager> = StreamableHttpService::new(
        || Ok(observe_handler(Server::default())),
        Default::default(),
        config,
    );
    let router = axum::Router::new().nest_service("/mcp", service);
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
