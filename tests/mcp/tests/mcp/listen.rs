//! Subscriptions: the client's span ends when one is acknowledged, the server's when it is over.

use std::sync::Arc;

use genai::mcp::{ObservedClient, observe, observe_client, observe_handler, observe_transport};
use genai::testing::{Harness, Span};
use genai_mcp_tests::{Client, Era, served, soon};
use opentelemetry::trace::SpanKind;
use rmcp::ServerHandler;
use rmcp::model::{
    ErrorData, ServerCapabilities, ServerConfig, ServerNotification, SubscriptionFilter,
};
use rmcp::service::{
    ClientServiceExt as _, RoleClient, RoleServer, Service, ServiceError, SubscriptionContext,
};
use rmcp::transport::IntoTransport;
use tokio::sync::Notify;

const NAME: &str = "subscriptions/listen";

/// How a subscription is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// The server has no more to say.
    ByServer,
    /// The client has heard enough.
    ByClient,
}

#[derive(Clone)]
struct Server {
    ends: Ends,
    over: Arc<Notify>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        genai::chat("openai").model("m").start().finish();
        let said = context.sink().notify_tool_list_changed().await;
        said.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        if self.ends == Ends::ByClient {
            context.cancelled().await;
        }
        self.over.notify_one();
        Ok(())
    }
}

fn filter() -> SubscriptionFilter {
    SubscriptionFilter::builder().tools_list_changed().build()
}

/// The spans of the subscription: of the client, and of the server.
async fn heard(
    h: &Harness,
    server: impl Service<RoleServer>,
    ends: Ends,
    over: &Notify,
    by_transport: bool,
) -> (Span, Span) {
    let (here, _serving) = served(server);
    let lifecycle = Era::Requests.lifecycle();
    let of = |kind: SpanKind| {
        let spans = h.spans();
        let mut found = spans.iter().filter(|s| s.kind == kind && s.name == NAME);
        let span = found.next().cloned();
        assert!(found.next().is_none(), "{spans:?}");
        span
    };
    let mut subscription = if by_transport {
        let transport = IntoTransport::<RoleClient, _, _>::into_transport(here);
        let client = Client.serve_with_lifecycle(observe_transport(transport), lifecycle);
        let client = soon(client).await.expect("a client");
        let subscription = soon(client.listen(filter())).await;
        tokio::spawn(client.waiting());
        subscription
    } else {
        let client = Client.serve_with_lifecycle(here, lifecycle);
        let client: ObservedClient<_> = observe_client(soon(client).await.expect("a client"));
        let subscription = soon(client.listen(filter())).await;
        tokio::spawn(client.into_running().waiting());
        subscription
    }
    .expect("a subscription");
    // It is acknowledged, and the client's span has ended.
    let sent = of(SpanKind::Client).expect("the client's");
    let id = subscription.id().to_string();
    assert_eq!(sent.str("jsonrpc.request.id"), Some(&*id));
    let said = soon(subscription.next()).await.expect("no error");
    assert!(matches!(
        said,
        Some(ServerNotification::ToolListChangedNotification(_))
    ));
    if ends == Ends::ByClient {
        assert!(of(SpanKind::Server).is_none(), "it goes on");
        soon(subscription.cancel()).await.expect("it is over");
    } else {
        assert!(soon(subscription.next()).await.expect("no error").is_none());
    }
    soon(over.notified()).await;
    let served = soon(async {
        loop {
            match of(SpanKind::Server) {
                Some(span) => break span,
                None => tokio::task::yield_now().await,
            }
        }
    });
    (sent, served.await)
}

#[tokio::test]
async fn a_subscription_is_acknowledged_and_over() {
    for ends in [Ends::ByServer, Ends::ByClient] {
        for by_transport in [false, true] {
            for by_handler in [false, true] {
                let case = format!("{ends:?} {by_transport} {by_handler}");
                let h = Harness::install();
                let over = Arc::new(Notify::new());
                let server = Server {
                    ends,
                    over: over.clone(),
                };
                let (sent, served) = if by_handler {
                    heard(&h, observe_handler(server), ends, &over, by_transport).await
                } else {
                    heard(&h, observe(server), ends, &over, by_transport).await
                };
                for span in [&sent, &served] {
                    assert!(!span.is_error(), "{case} {span:?}");
                    assert_eq!(span.str("mcp.method.name"), Some(NAME), "{case}");
                    assert_eq!(
                        span.str("mcp.protocol.version"),
                        Some("2026-07-28"),
                        "{case}"
                    );
                    assert_eq!(span.str("gen_ai.operation.name"), None, "{case}");
                }
                let id = sent.str("jsonrpc.request.id");
                assert_eq!(served.str("jsonrpc.request.id"), id, "{case}");
                // rmcp's method has no place for the trace, its transport has.
                let parent = by_transport.then_some(sent.span_id);
                assert_eq!(served.parent_span_id, parent, "{case}");
                assert_eq!(
                    h.span("chat m").parent_span_id,
                    Some(served.span_id),
                    "{case}"
                );
                for metric in [
                    "mcp.client.operation.duration",
                    "mcp.server.operation.duration",
                ] {
                    let point = h.point(metric, &[("mcp.method.name", NAME)]);
                    assert_eq!(point.count, 1, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_subscription_that_is_refused_has_its_code() {
    let h = Harness::install();
    // It accepts none.
    let server = genai_mcp_tests::Server::default();
    let (client, _serving) = genai_mcp_tests::connected(server, Era::Requests).await;
    let refused = soon(client.listen(filter())).await;
    assert!(matches!(refused, Err(ServiceError::McpError(e)) if e.code.0 == -32601));
    let spans = h.spans();
    let of_it: Vec<_> = spans.iter().filter(|span| span.name == NAME).collect();
    assert_eq!(of_it.len(), 2, "{spans:?}");
    for span in of_it {
        assert_eq!(span.str("error.type"), Some("-32601"));
        assert_eq!(span.str("rpc.response.status_code"), Some("-32601"));
    }
}
