//! A server of rmcp whose tools end in every way there is, a client that answers what it asks, and both connected in memory.

// Sampling and roots are what servers of today ask.
#![allow(deprecated)]

// Of the tests of the library, which build more than is needed here.
#[path = "../../src/support/alloc.rs"]
pub mod alloc;
pub mod canaries;
#[path = "../../src/support/cpu.rs"]
pub mod cpu;
pub mod live;
pub mod seen;

use std::sync::Arc;
use std::time::Duration;

use genai::mcp::{Observed, ObservedClient, observe, observe_client};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelledNotificationParam,
    ContentBlock, CreateMessageRequestParams, CreateMessageResult, CreateTaskResult, ElicitRequest,
    ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, InputRequest, InputRequests, InputRequiredResult,
    PromptMessage, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, ResourceContents, ResourceUpdatedNotificationParam, Role, SamplingMessage,
    ServerCapabilities, ServerConfig, Task, TaskStatus,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt as _, NotificationContext, RequestContext, RoleClient,
    RoleServer, RunningService,
};
use rmcp::{ClientHandler, ServerHandler, Service, ServiceExt as _};
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What stands in content, and nowhere else.
pub const CANARY: &str = "canary-2f6b81";

/// A server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// A tool that never answers has been called.
    pub waits: Arc<Notify>,
    /// The client has cancelled a request.
    pub cancelled: Arc<Notify>,
}

fn text(text: &str) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text.to_owned())])
}

/// A question to the client's user.
pub fn question() -> ElicitRequestParams {
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: "Name?".into(),
        requested_schema: serde_json::from_value(json!({
            "type": "object",
            "properties": {"name": {"type": "string"}},
        }))
        .expect("a schema"),
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(match request.name.as_ref() {
            "get_weather" => text("rain").into(),
            // One of this library's operations inside the handler.
            "thinks" => {
                genai::chat("openai").model("m").start().finish();
                text("thought").into()
            }
            "fails" => CallToolResult::error(vec![ContentBlock::text(CANARY.to_owned())]).into(),
            "panics" => panic!("as planned"),
            "waits" => {
                self.waits.notify_one();
                std::future::pending().await
            }
            // It waits until the client has cancelled it.
            "stops" => {
                context.ct.cancelled().await;
                return Err(ErrorData::internal_error("cancelled", None));
            }
            "samples" => {
                let params = CreateMessageRequestParams::new(
                    vec![SamplingMessage::user_text("Which city?")],
                    10,
                );
                let peer = genai::mcp::observe_peer(context.peer.clone());
                peer.create_message(params).await.map_err(internal)?;
                peer.create_elicitation(question())
                    .await
                    .map_err(internal)?;
                peer.list_roots().await.map_err(internal)?;
                text("asked").into()
            }
            "updates" => {
                let uri = ResourceUpdatedNotificationParam::new("file:///a.txt");
                let updated = context.peer.notify_resource_updated(uri).await;
                updated.map_err(internal)?;
                text("said").into()
            }
            // The answer comes later.
            "starts" => {
                let at = "2026-11-30T00:00:00Z";
                let task = Task::new("t-1", TaskStatus::Working, at, at);
                CallToolResponse::Task(CreateTaskResult::new(task))
            }
            // Two questions before the answer.
            "asks" => match request.request_state.as_deref() {
                None => asked("one"),
                Some("one") => asked("two"),
                Some(_) => text("answered").into(),
            },
            code => {
                let code = code.parse().unwrap_or(-32602);
                let data = Some(json!({"data": CANARY}));
                let code = rmcp::model::ErrorCode(code);
                return Err(ErrorData::new(code, "what went wrong", data));
            }
        })
    }

    async fn get_prompt(
        &self,
        _: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let message = PromptMessage::new_text(Role::User, CANARY);
        Ok(GetPromptResult::new(vec![message]).into())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let contents = ResourceContents::text(CANARY, request.uri);
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    async fn on_cancelled(
        &self,
        _: CancelledNotificationParam,
        _: NotificationContext<RoleServer>,
    ) {
        self.cancelled.notify_one();
    }
}

fn internal(error: rmcp::ServiceError) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

fn asked(state: &str) -> CallToolResponse {
    let request = InputRequest::Elicitation(ElicitRequest::new(question()));
    let requests = InputRequests::from([("name".to_owned(), request)]);
    InputRequiredResult::new(Some(requests), Some(state.to_owned())).into()
}

/// A client that answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Client;

impl ClientHandler for Client {
    async fn create_message(
        &self,
        _: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        let message = SamplingMessage::assistant_text("Paris");
        Ok(CreateMessageResult::new(message, "m".to_owned()))
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let answer = ElicitResult::new(ElicitationAction::Accept);
        Ok(answer.with_content(json!({"name": "Ada"})))
    }
}

/// The two eras of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25, with `initialize` and a session.
    Sessions,
    /// 2026-07-28, with neither.
    Requests,
}

impl Era {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Sessions, Self::Requests];

    /// Its version.
    pub fn version(self) -> &'static str {
        match self {
            Self::Sessions => "2025-11-25",
            Self::Requests => "2026-07-28",
        }
    }

    /// How a client begins.
    pub fn lifecycle(self) -> ClientLifecycleMode {
        match self {
            Self::Sessions => ClientLifecycleMode::Initialize,
            Self::Requests => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        }
    }
}

/// A server that is connected in memory: the client's end, and the task that serves until the connection ends.
pub fn served<S: Service<RoleServer>>(server: S) -> (DuplexStream, JoinHandle<()>) {
    let (here, there) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(async move {
        let serving = server.serve(there).await.expect("a server");
        let _ = serving.waiting().await;
    });
    (here, serving)
}

/// An observed client of whoever serves at the other end.
pub async fn connected_to(here: DuplexStream, era: Era) -> ObservedClient<Client> {
    let client = Client.serve_with_lifecycle(here, era.lifecycle());
    observe_client(soon(client).await.expect("a client"))
}

/// A client, observed on both sides.
pub type Both = ObservedClient<Observed<Client>>;

/// Both sides, observed and connected in memory.
pub async fn connected(
    server: Server,
    era: Era,
) -> (
    Both,
    JoinHandle<RunningService<RoleServer, Observed<Server>>>,
) {
    let (here, there) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(async move {
        let serving = observe(server).serve(there).await;
        serving.expect("a server")
    });
    let client = observe(Client).serve_with_lifecycle(here, era.lifecycle());
    let client = client.await.expect("a client");
    (observe_client(client), serving)
}

/// Waits, but not for ever.
pub async fn soon<F: Future>(future: F) -> F::Output {
    let soon = tokio::time::timeout(Duration::from_secs(20), future);
    soon.await.expect("done in time")
}
