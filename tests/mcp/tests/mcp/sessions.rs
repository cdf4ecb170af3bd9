//! What never became a session: `initialize` that is refused, or given up before it is answered.

use std::future::pending;
use std::sync::Arc;

use genai::mcp::{observe, observe_handler, observe_transport};
use genai::testing::Harness;
use genai_mcp_tests::{Client, Era, connected, soon};
use rmcp::model::{ErrorData, InitializeRequestParams, InitializeResult};
use rmcp::service::{RequestContext, RoleClient, RoleServer, Service};
use rmcp::transport::IntoTransport;
use rmcp::{ServerHandler, ServiceExt as _};
use tokio::sync::Notify;

/// How a server meets `initialize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meets {
    Refusing,
    Panicking,
    /// It is asked, and does not answer.
    Waiting,
}

#[derive(Clone)]
struct Server {
    meets: Meets,
    asked: Arc<Notify>,
}

impl ServerHandler for Server {
    async fn initialize(
        &self,
        _: InitializeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.asked.notify_one();
        match self.meets {
            Meets::Refusing => Err(ErrorData::invalid_params("not now", None)),
            Meets::Panicking => panic!("as planned"),
            Meets::Waiting => pending().await,
        }
    }
}

/// Begins and ends a connection whose client is observed by its transport, and whose server is as given.
async fn met(server: impl Service<RoleServer>, meets: Meets, asked: &Notify) {
    let (here, there) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(async move { server.serve(there).await.map(drop) });
    let transport = observe_transport(IntoTransport::<RoleClient, _, _>::into_transport(here));
    let client = tokio::spawn(async move { Client.serve(transport).await.map(drop) });
    soon(asked.notified()).await;
    if meets == Meets::Waiting {
        serving.abort();
    }
    assert!(!matches!(soon(serving).await, Ok(Ok(()))), "{meets:?}");
    assert!(!matches!(soon(client).await, Ok(Ok(()))), "{meets:?}");
}

#[tokio::test]
async fn what_was_not_answered_is_no_session() {
    for meets in [Meets::Refusing, Meets::Panicking, Meets::Waiting] {
        let h = Harness::install();
        let asked = Arc::new(Notify::new());
        let server = || Server {
            meets,
            asked: asked.clone(),
        };
        met(observe(server()), meets, &asked).await;
        met(observe_handler(server()), meets, &asked).await;
        // The requests themselves are recorded, on both sides.
        let initialize = h.spans().into_iter().filter(|s| s.name == "initialize");
        assert_eq!(initialize.count(), 4, "{meets:?}");
        for metric in ["mcp.client.session.duration", "mcp.server.session.duration"] {
            assert!(h.points(metric).is_empty(), "{metric} {meets:?}");
        }
    }
}

/// Whoever ends the connection, the client's session lasts until then.
#[tokio::test]
async fn a_session_lasts_until_the_connection_ends() {
    const SESSION: &str = "mcp.client.session.duration";
    for by_client in [false, true] {
        let h = Harness::install();
        let server = genai_mcp_tests::Server::default();
        let (client, serving) = connected(server, Era::Sessions).await;
        let serving = soon(serving).await.expect("a server");
        soon(client.list_tools(None)).await.expect("a list");
        assert!(h.points(SESSION).is_empty());
        if by_client {
            soon(client.cancel()).await.expect("an end");
        } else {
            let waiting = tokio::spawn(client.waiting());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            assert!(h.points(SESSION).is_empty());
            soon(serving.cancel()).await.expect("an end");
            soon(waiting).await.expect("no panic").expect("an end");
        }
        assert_eq!(h.point(SESSION, &[]).count, 1);
    }
}
