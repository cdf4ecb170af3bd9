//! A client that somebody else owns: its requests are recorded as they leave.

use genai::mcp::{Transport, inject, observe, observe_transport};
use genai::testing::Harness;
use genai_mcp_tests::{Client, Era, Server, served, soon};
use opentelemetry::trace::SpanKind;
use rmcp::model::{CallToolRequestParams, RequestParamsMeta as _};
use rmcp::service::{ClientServiceExt as _, RoleClient, RunningService};

async fn connected(
    server: Server,
    era: Era,
) -> (
    RunningService<RoleClient, Client>,
    tokio::task::JoinHandle<()>,
) {
    let (here, serving) = served(observe(server));
    let transport = rmcp::transport::IntoTransport::<RoleClient, _, _>::into_transport(here);
    let transport = observe_transport(transport)
        .transport(Transport::Stdio)
        .server_address("tools.example.com");
    let client = Client
        .serve_with_lifecycle(transport, era.lifecycle())
        .await;
    (client.expect("a client"), serving)
}

#[tokio::test]
async fn requests_are_pairs_with_their_ids() {
    for era in Era::BOTH {
        let h = Harness::install();
        let (client, _serving) = connected(Server::default(), era).await;
        let mut params = CallToolRequestParams::new("get_weather");
        let mut agent = genai::agent("openai").name("a").start();
        {
            let _inside = agent.attach();
            inject(&mut params.meta_or_default().0.0);
        }
        soon(client.call_tool(params)).await.expect("an answer");
        agent.finish();
        soon(client.call_tool(CallToolRequestParams::new("-32602")))
            .await
            .expect_err("an error");
        let spans = h.spans();
        let of = |kind: SpanKind, name: &str| {
            let found = spans.iter().find(|s| s.kind == kind && s.name == name);
            found.unwrap_or_else(|| panic!("no {kind:?} {name}: {spans:?}"))
        };
        let sent = of(SpanKind::Client, "tools/call get_weather");
        let served = of(SpanKind::Server, "tools/call get_weather");
        assert_eq!(sent.parent_span_id, Some(h.span("invoke_agent a").span_id));
        assert_eq!(served.parent_span_id, Some(sent.span_id));
        assert_eq!(
            sent.str("jsonrpc.request.id"),
            served.str("jsonrpc.request.id")
        );
        assert!(sent.str("jsonrpc.request.id").is_some());
        let expected = [
            ("mcp.protocol.version", era.version()),
            ("network.transport", "pipe"),
            ("server.address", "tools.example.com"),
        ];
        assert!(sent.attributes.has(&expected), "{sent:?}");
        let failed = of(SpanKind::Client, "tools/call -32602");
        assert_eq!(failed.str("error.type"), Some("-32602"));
        // The handshake is a pair as well, where there is one.
        if era == Era::Sessions {
            let sent = of(SpanKind::Client, "initialize");
            assert_eq!(
                of(SpanKind::Server, "initialize").parent_span_id,
                Some(sent.span_id)
            );
        }
        soon(client.cancel()).await.expect("an end");
        let sessions = h.points("mcp.client.session.duration");
        assert_eq!(sessions.len(), usize::from(era == Era::Sessions));
    }
}

#[tokio::test]
async fn what_is_given_up_and_what_is_cut_off_has_a_class() {
    let h = Harness::install();
    let server = Server::default();
    let (waits, cancelled) = (server.waits.clone(), server.cancelled.clone());
    let (client, serving) = connected(server, Era::Sessions).await;
    {
        let mut call = std::pin::pin!(client.call_tool(CallToolRequestParams::new("waits")));
        tokio::select! {
            _ = &mut call => panic!("it waits"),
            () = waits.notified() => {}
        }
    }
    soon(cancelled.notified()).await;
    let given_up = h.span("tools/call waits");
    assert_eq!(given_up.kind, SpanKind::Client);
    assert_eq!(given_up.str("error.type"), Some("cancelled"));
    h.clear();
    let mut call = std::pin::pin!(client.call_tool(CallToolRequestParams::new("waits")));
    tokio::select! {
        _ = &mut call => panic!("it waits"),
        () = waits.notified() => {}
    }
    serving.abort();
    let _ = soon(call).await.expect_err("an error");
    let spans = h.spans();
    let cut_off = spans
        .iter()
        .find(|s| s.kind == SpanKind::Client)
        .expect("a span");
    assert_eq!(cut_off.str("error.type"), Some("connection_closed"));
}
