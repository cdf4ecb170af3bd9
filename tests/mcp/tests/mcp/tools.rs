//! `#[genai::tool]` with rmcp's `#[tool]`, in both orders: the tool that is served is the server's span.

use genai::mcp::{ObservedClient, observe, observe_client};
use genai::testing::Harness;
use genai_mcp_tests::{Client, served, soon};
use opentelemetry::trace::SpanKind;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolRequestParams, CallToolResult, ServerCapabilities, ServerConfig};
use rmcp::service::ServiceError;
use rmcp::{ErrorData, ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};
use serde_json::json;

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Place {
    city: String,
}

#[derive(Clone, Debug)]
struct Weather;

#[tool_router]
impl Weather {
    #[tool(description = "rmcp's attribute above")]
    #[genai::tool(description = "above")]
    async fn above(&self, Parameters(place): Parameters<Place>) -> String {
        tokio::task::yield_now().await;
        genai::current().attribute("app.cache", "miss");
        format!("rain in {}", place.city)
    }

    #[genai::tool(description = "below")]
    #[tool(description = "rmcp's attribute below")]
    async fn below(&self, Parameters(place): Parameters<Place>) -> Result<String, ErrorData> {
        tokio::task::yield_now().await;
        genai::current().attribute("app.cache", "miss");
        if place.city == "Atlantis" {
            return Err(ErrorData::invalid_params("no such city", None));
        }
        Ok(format!("rain in {}", place.city))
    }

    #[tool(description = "not async")]
    #[genai::tool(description = "plain")]
    fn plain(&self, Parameters(place): Parameters<Place>) -> String {
        genai::current().attribute("app.cache", "miss");
        format!("rain in {}", place.city)
    }
}

#[tool_handler]
impl ServerHandler for Weather {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

fn params(name: &'static str, city: &str) -> CallToolRequestParams {
    let arguments = json!({"city": city}).as_object().cloned();
    CallToolRequestParams::new(name).with_arguments(arguments.unwrap_or_default())
}

async fn client() -> ObservedClient<Client> {
    let (here, _) = served(observe(Weather));
    observe_client(Client.serve(here).await.expect("a client"))
}

#[tokio::test]
async fn a_tool_that_is_served_is_one_span_in_either_order() {
    for name in ["above", "below", "plain"] {
        let h = Harness::install();
        let client = client().await;
        h.clear();
        soon(client.call_tool(params(name, "Paris")))
            .await
            .expect("an answer");
        let spans = h.spans();
        assert_eq!(spans.len(), 2, "{spans:?}");
        assert!(
            spans
                .iter()
                .all(|span| span.name == format!("tools/call {name}"))
        );
        let served = spans
            .iter()
            .find(|s| s.kind == SpanKind::Server)
            .expect("the server's");
        // What the tool says of itself is on it.
        assert_eq!(served.str("gen_ai.tool.description"), Some(name));
        assert_eq!(served.str("app.cache"), Some("miss"));
        assert!(served.duplicates.is_empty());
        assert!(!served.is_error());
        assert_eq!(
            h.point(
                "mcp.server.operation.duration",
                &[("gen_ai.tool.name", name)]
            )
            .count,
            1
        );
        assert_eq!(h.point("gen_ai.client.operation.duration", &[]).count, 1);
    }
}

#[tokio::test]
async fn a_tool_that_fails_is_one_span_too() {
    let h = Harness::install();
    let client = client().await;
    h.clear();
    soon(client.call_tool(params("below", "Atlantis")))
        .await
        .expect_err("an error");
    let spans = h.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    for span in spans {
        assert_eq!(span.str("error.type"), Some("-32602"));
        assert_eq!(span.error_description(), "no such city");
    }
    let labels = [("error.type", "-32602")];
    assert_eq!(
        h.point("gen_ai.client.operation.duration", &labels).count,
        1
    );
}

#[genai::tool]
async fn plain(
    client: &ObservedClient<Client>,
    city: &str,
) -> Result<CallToolResult, ServiceError> {
    client.call_tool(params("plain", city)).await
}

#[tokio::test]
async fn a_tool_around_its_call_is_one_span() {
    let h = Harness::install();
    let client = client().await;
    h.clear();
    soon(plain(&client, "Paris")).await.expect("an answer");
    let spans = h.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    let (served, around) = (&spans[0], &spans[1]);
    assert_eq!(around.name, "execute_tool plain");
    assert_eq!(around.str("mcp.method.name"), Some("tools/call"));
    assert_eq!(around.str("mcp.protocol.version"), Some("2025-11-25"));
    assert_eq!(served.parent_span_id, Some(around.span_id));
    let labels = [("gen_ai.tool.name", "plain")];
    assert_eq!(h.point("mcp.client.operation.duration", &labels).count, 1);
    // Once around the call, and once in the server, which is in this process too.
    assert_eq!(h.point("gen_ai.client.operation.duration", &[]).count, 2);
}
