//! `#[genai::mcp]` with rmcp's attributes, above and below them: on the handler's block, and on single tools.

use genai::ContentCapture;
use genai::mcp::{ObservedClient, observe, observe_client};
use genai::testing::{Harness, Span};
use genai_mcp_tests::{CANARY, Client, Era, connected_to, served, soon};
use opentelemetry::trace::SpanKind;
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, CancelledNotificationParam, ClientRequest, ContentBlock,
    CustomRequest, CustomResult, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig,
};
use rmcp::service::{NotificationContext, RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler, Service, tool, tool_handler, tool_router};
use serde_json::json;

const SERVER: &str = "mcp.server.operation.duration";

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Place {
    city: String,
}

#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
struct Report {
    rain: bool,
}

fn capabilities() -> ServerConfig {
    let capabilities = ServerCapabilities::builder()
        .enable_tools()
        .enable_prompts()
        .enable_resources();
    ServerConfig::new(capabilities.build())
}

/// The tools of both handlers.
macro_rules! tools {
    ($name:ident) => {
        #[derive(Clone, Debug)]
        struct $name;

        #[tool_router]
        impl $name {
            #[tool(name = "rain", description = "Whether it rains")]
            async fn whether_it_rains(&self, Parameters(place): Parameters<Place>) -> String {
                tokio::task::yield_now().await;
                genai::chat("openai").model("m").start().finish();
                format!("rain in {}", place.city)
            }

            #[tool(description = "Fails")]
            async fn fails(&self) -> Result<String, String> {
                Err("no".to_owned())
            }

            #[tool(description = "The same in the span of its request")]
            #[genai::tool]
            async fn inside(&self) -> String {
                "it is".to_owned()
            }

            #[tool(description = "Panics")]
            async fn panics(&self) -> String {
                panic!("as planned")
            }

            #[tool(description = "Never answers")]
            async fn waits(&self) -> String {
                std::future::pending().await
            }
        }
    };
}
tools!(Above);
tools!(Below);

#[genai::mcp(transport = stdio)]
#[tool_handler]
impl ServerHandler for Above {
    fn get_info(&self) -> ServerConfig {
        capabilities()
    }

    // A pattern, `?` and `return`, as anywhere.
    async fn get_prompt(
        &self,
        GetPromptRequestParams { name, .. }: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if name == "none" {
            return Err(ErrorData::invalid_params("no such prompt", None));
        }
        let messages = Ok::<_, ErrorData>(Vec::new())?;
        Ok(GetPromptResult::new(messages).into())
    }

    #[allow(
        clippy::manual_async_fn,
        reason = "a future that is returned is one too"
    )]
    fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ReadResourceResponse, ErrorData>> + Send + '_ {
        async move { Err(ErrorData::resource_not_found(request.uri, None)) }
    }

    async fn on_custom_request(
        &self,
        mut request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        request.params.take();
        Ok(CustomResult::new(json!(request.method)))
    }

    async fn on_cancelled(
        &self,
        _: CancelledNotificationParam,
        _: NotificationContext<RoleServer>,
    ) {
        tokio::task::yield_now().await;
    }
}

#[tool_handler]
#[genai::mcp(transport = stdio)]
impl ServerHandler for Below {
    fn get_info(&self) -> ServerConfig {
        capabilities()
    }
}

fn params(name: &'static str) -> CallToolRequestParams {
    let arguments = json!({"city": CANARY}).as_object().cloned();
    CallToolRequestParams::new(name).with_arguments(arguments.unwrap_or_default())
}

async fn client(server: impl Service<RoleServer>, era: Era) -> ObservedClient<Client> {
    let (here, _) = served(server);
    connected_to(here, era).await
}

/// The spans of a name: the client's, and the server's.
fn pair(h: &Harness, name: &str) -> (Span, Span) {
    let of = |kind: SpanKind| {
        let spans = h.spans();
        let found: Vec<_> = (spans.iter())
            .filter(|span| span.name == name && span.kind == kind)
            .collect();
        assert_eq!(found.len(), 1, "{kind:?} {name}: {spans:?}");
        found[0].clone()
    };
    (of(SpanKind::Client), of(SpanKind::Server))
}

/// What both orders record of calls of tools.
async fn records(server: impl Service<RoleServer>, era: Era) {
    let h = Harness::install_with(|t| t.capture(ContentCapture::SpanOnly));
    let client = client(server, era).await;
    h.clear();
    let answer = soon(client.call_tool(params("rain"))).await;
    answer.expect("an answer");
    let (sent, received) = pair(&h, "tools/call rain");
    assert_eq!(received.parent_span_id, Some(sent.span_id));
    assert_eq!(received.trace_id, sent.trace_id);
    let expected = [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "rain"),
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", era.version()),
        ("network.transport", "pipe"),
    ];
    assert!(received.attributes.has(&expected), "{received:?}");
    assert!(received.str("jsonrpc.request.id").is_some());
    let arguments = received.json("gen_ai.tool.call.arguments");
    assert_eq!(arguments, Some(json!({"city": CANARY})));
    assert!(received.json("gen_ai.tool.call.result").is_some());
    assert!(received.duplicates.is_empty() && !received.is_error());
    assert_eq!(h.span("chat m").parent_span_id, Some(received.span_id));
    let labels = [
        ("gen_ai.tool.name", "rain"),
        ("mcp.protocol.version", era.version()),
    ];
    assert_eq!(h.point(SERVER, &labels).count, 1);

    soon(client.call_tool(params("fails"))).await.expect("it");
    let (_, received) = pair(&h, "tools/call fails");
    assert_eq!(received.str("error.type"), Some("tool_error"));
    soon(client.call_tool(params("none")))
        .await
        .expect_err("none");
    let (_, received) = pair(&h, "tools/call none");
    assert_eq!(received.str("error.type"), Some("-32602"));
    soon(client.call_tool(params("inside"))).await.expect("it");
    pair(&h, "tools/call inside");
    assert!(
        h.spans()
            .iter()
            .all(|span| span.name != "execute_tool inside")
    );
    soon(client.list_tools(None)).await.expect("a list");
    let (sent, received) = pair(&h, "tools/list");
    assert_eq!(received.parent_span_id, Some(sent.span_id));

    let panicked = tokio::time::timeout(
        std::time::Duration::from_millis(200),
        client.call_tool(params("panics")),
    );
    assert!(panicked.await.is_err());
    let (_, received) = pair(&h, "tools/call panics");
    assert_eq!(received.str("error.type"), Some("panic"));
}

#[tokio::test]
async fn a_block_records_its_requests_in_either_order() {
    for era in Era::BOTH {
        records(Above, era).await;
        records(Below, era).await;
    }
}

#[tokio::test]
async fn what_is_written_in_the_block_is_recorded_whatever_it_looks_like() {
    let h = Harness::install_with(|t| t.mcp_notifications(true));
    let client = client(Above, Era::Sessions).await;
    soon(client.get_prompt(GetPromptRequestParams::new("review")))
        .await
        .expect("a prompt");
    soon(client.get_prompt(GetPromptRequestParams::new("none")))
        .await
        .expect_err("none");
    let (sent, received) = pair(&h, "prompts/get review");
    assert_eq!(received.parent_span_id, Some(sent.span_id));
    assert!(!received.is_error());
    let (_, received) = pair(&h, "prompts/get none");
    assert_eq!(received.str("error.type"), Some("-32602"));
    assert_eq!(received.error_description(), "no such prompt");
    let read = ReadResourceRequestParams::new("file:///a.txt");
    soon(client.read_resource(read)).await.expect_err("none");
    let (_, received) = pair(&h, "resources/read");
    assert_eq!(received.str("mcp.resource.uri"), Some("file:///a.txt"));
    let custom = CustomRequest::new("app/custom", None);
    let custom = client.send_request(ClientRequest::CustomRequest(custom));
    soon(custom).await.expect("an answer");
    pair(&h, "app/custom");
    // What is not in the block is rmcp's to answer, and has no span of a server.
    let of_server = |name: &str| {
        let spans = h.spans();
        spans
            .iter()
            .any(|span| span.name == name && span.kind == SpanKind::Server)
    };
    soon(client.list_prompts(None)).await.expect("a list");
    for name in ["initialize", "prompts/list", "notifications/initialized"] {
        assert!(!of_server(name), "{name}");
    }
    assert!(h.points("mcp.server.session.duration").is_empty());
    {
        let mut call = std::pin::pin!(client.call_tool(params("waits")));
        let waited = tokio::time::timeout(std::time::Duration::from_millis(50), &mut call);
        assert!(waited.await.is_err());
    }
    soon(async {
        while !of_server("notifications/cancelled") {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_observed_twice_has_one_span() {
    let h = Harness::install();
    let client = client(observe(Above), Era::Requests).await;
    h.clear();
    soon(client.call_tool(params("rain"))).await.expect("it");
    pair(&h, "tools/call rain");
    let labels = [("gen_ai.tool.name", "rain")];
    assert_eq!(h.point(SERVER, &labels).count, 1);
}

#[derive(Clone, Debug)]
struct Single;

#[tool_router]
impl Single {
    #[genai::mcp(transport = stdio)]
    #[tool(name = "above", description = "above")]
    async fn this_is_above(
        &self,
        Parameters(place): Parameters<Place>,
        _context: RequestContext<RoleServer>,
    ) -> String {
        tokio::task::yield_now().await;
        genai::chat("openai").model("m").start().finish();
        format!("rain in {}", place.city)
    }

    #[tool(name = "below", description = "below")]
    #[genai::mcp(transport = stdio)]
    async fn this_is_below(
        &self,
        Parameters(place): Parameters<Place>,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        genai::chat("openai").model("m").start().finish();
        if place.city == "Atlantis" {
            return Err(ErrorData::invalid_params("no such city", None));
        }
        let text = ContentBlock::text(place.city);
        Ok(CallToolResult::success(vec![text]))
    }

    #[genai::mcp(transport = stdio)]
    #[tool(description = "not async")]
    #[genai::tool]
    fn plain(&self, context: RequestContext<RoleServer>) -> Result<Json<Report>, String> {
        genai::chat("openai").model("m").start().finish();
        let rain = context.id.to_string().is_empty();
        if rain {
            Err("rain".to_owned())
        } else {
            Ok(Json(Report { rain }))
        }
    }

    #[tool(description = "fails in every way there is")]
    #[genai::mcp]
    async fn as_result(&self, _: RequestContext<RoleServer>) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(CANARY)])
    }

    #[genai::mcp]
    #[tool(description = "the same")]
    async fn as_text(&self, _: RequestContext<RoleServer>) -> Result<CallToolResult, String> {
        Err(CANARY.to_owned())
    }

    #[genai::mcp]
    #[tool(description = "the same")]
    async fn as_code(&self, _: RequestContext<RoleServer>) -> Result<String, ErrorData> {
        Err(ErrorData::internal_error("what went wrong", None))
    }

    #[genai::mcp]
    #[tool(description = "the same")]
    async fn as_panic(&self, _: RequestContext<RoleServer>) {
        panic!("as planned")
    }
}

#[tool_handler]
impl ServerHandler for Single {
    fn get_info(&self) -> ServerConfig {
        capabilities()
    }
}

#[tokio::test]
async fn a_tool_records_its_calls_in_either_order() {
    for era in Era::BOTH {
        for name in ["above", "below", "plain"] {
            let h = Harness::install();
            let client = client(Single, era).await;
            h.clear();
            soon(client.call_tool(params(name))).await.expect("it");
            let (sent, received) = pair(&h, &format!("tools/call {name}"));
            assert_eq!(received.parent_span_id, Some(sent.span_id), "{name}");
            let expected = [
                ("gen_ai.tool.name", name),
                ("mcp.method.name", "tools/call"),
                ("mcp.protocol.version", era.version()),
                ("network.transport", "pipe"),
            ];
            assert!(received.attributes.has(&expected), "{received:?}");
            assert!(received.str("jsonrpc.request.id").is_some());
            assert!(received.duplicates.is_empty() && !received.is_error());
            assert_eq!(h.span("chat m").parent_span_id, Some(received.span_id));
            let all: Vec<_> = h.spans().into_iter().map(|span| span.name).collect();
            assert_eq!(all.len(), 3, "{all:?}");
            assert_eq!(h.point(SERVER, &[("gen_ai.tool.name", name)]).count, 1);
        }
    }
}

#[tokio::test]
async fn a_tool_that_fails_has_its_class() {
    let h = Harness::install();
    let client = client(Single, Era::Sessions).await;
    for (name, class) in [
        ("as_result", "tool_error"),
        ("as_text", "tool_error"),
        ("as_code", "-32603"),
        ("as_panic", "panic"),
    ] {
        h.clear();
        let call = client.call_tool(params(name));
        let _ = tokio::time::timeout(std::time::Duration::from_millis(300), call).await;
        let (_, received) = pair(&h, &format!("tools/call {name}"));
        assert_eq!(received.str("error.type"), Some(class), "{name}");
        let labels = [("error.type", class), ("gen_ai.tool.name", name)];
        assert_eq!(h.point(SERVER, &labels).count, 1);
        assert!(!format!("{:?}", h.spans()).contains(CANARY), "{name}");
    }
}

/// Handlers with parameters of types, and paths in place of names.
#[derive(Debug)]
struct Of<T>(T);

#[genai::mcp]
impl<T> rmcp::ServerHandler for Of<T>
where
    T: Clone + Send + Sync + 'static,
{
    async fn ping(&self, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let _: T = self.0.clone();
        Ok(())
    }
}

#[tokio::test]
async fn a_block_may_have_parameters_of_types() {
    let h = Harness::install();
    let client = client(Of(1), Era::Sessions).await;
    let ping = ClientRequest::PingRequest(Default::default());
    soon(client.send_request(ping)).await.expect("an answer");
    let (sent, received) = pair(&h, "ping");
    assert_eq!(received.parent_span_id, Some(sent.span_id));
}

#[tokio::test]
async fn without_a_provider_a_handler_is_what_it_was() {
    let (here, _) = served(Above);
    let client = observe_client(
        rmcp::ServiceExt::serve(Client, here)
            .await
            .expect("a client"),
    );
    let answer = soon(client.call_tool(params("rain"))).await;
    assert!(answer.is_ok());
}
