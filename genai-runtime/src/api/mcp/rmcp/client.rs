//! Clients of rmcp: a running one goes in, and comes out with a CLIENT span around each request, also in the rounds of one call.

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rmcp_3::ErrorData;
use rmcp_3::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientResult,
    DEFAULT_MRTR_MAX_ROUNDS as ROUNDS, Extensions, GetExtensions, GetMeta, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, InputRequest, InputRequiredResult, InputResponses,
    NumberOrString, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    RequestMetaObject, ServerRequest,
};
use rmcp_3::service::{
    QuitReason, RequestContext, RoleClient, RunningService, Service, ServiceError,
};
use serde_json::Value;
use tokio::task::JoinError;

use super::peer::{ObservedPeer, observe_peer};
use crate::api::mcp::session::Session;
use crate::api::mcp::transport::Transport;
use crate::api::telemetry::Telemetry;
use crate::semconv::kind::Kind;

/// A running client of rmcp with a CLIENT span and `mcp.client.operation.duration` for each request.
///
/// It has the methods of the [peer](ObservedPeer), and those that answer what a server asks on the way
/// ([`call_tool`](Self::call_tool), [`get_prompt`](Self::get_prompt), [`read_resource`](Self::read_resource)): each round of such a
/// call has its own span. The client itself is [`running`](Self::running).
pub struct ObservedClient<H: Service<RoleClient>> {
    running: RunningService<RoleClient, H>,
    peer: ObservedPeer<RoleClient>,
    session: Option<Session>,
}

/// Observes a running client of rmcp: every request that it sends, and the session.
///
/// ```
/// # async fn connect<T, E, A>(transport: T) -> Result<(), Box<dyn std::error::Error>>
/// # where T: rmcp_3::transport::IntoTransport<rmcp_3::RoleClient, E, A>, E: std::error::Error + Send + Sync + 'static {
/// # use rmcp_3 as rmcp;
/// use rmcp::ServiceExt;
/// use rmcp::model::CallToolRequestParams;
///
/// let client = genai::mcp::observe_client(().serve(transport).await?);
/// let answer = client.call_tool(CallToolRequestParams::new("get_weather")).await?;
/// # Ok(())
/// # }
/// ```
pub fn observe_client<H: Service<RoleClient>>(
    running: RunningService<RoleClient, H>,
) -> ObservedClient<H> {
    let peer = observe_peer(running.peer().clone());
    let mut client = ObservedClient {
        running,
        peer,
        session: None,
    };
    client.begin_session();
    client
}

impl<H: Service<RoleClient>> ObservedClient<H> {
    /// What the connection runs over.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.peer.settings_mut().transport = Some(transport);
        self.session = self.session.map(|session| session.transport(transport));
        self
    }

    /// The host or the URL of the server: `server.address` and `server.port`. Nothing for stdio.
    pub fn server_address(mut self, address: impl AsRef<str>) -> Self {
        let address = address.as_ref();
        self.peer.settings_mut().address = Some(address.into());
        self.session = self.session.map(|session| session.server_address(address));
        self
    }

    /// Where telemetry goes, if not to the process default.
    pub fn telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.peer.settings_mut().telemetry = Some(telemetry.inner.clone());
        if let Some(session) = self.session.take() {
            session.forget();
        }
        self.begin_session();
        self
    }

    /// The client as rmcp has it.
    pub fn running(&self) -> &RunningService<RoleClient, H> {
        &self.running
    }

    /// [`RunningService::cancel`]: closes the connection. The session ends when it is closed.
    ///
    /// # Errors
    ///
    /// Where rmcp's task of the connection panicked or was aborted.
    pub async fn cancel(self) -> Result<QuitReason, JoinError> {
        let (running, _session) = (self.running, self.session);
        running.cancel().await
    }

    /// [`RunningService::waiting`]: until the connection ends, and with it the session.
    ///
    /// # Errors
    ///
    /// Where rmcp's task of the connection panicked or was aborted.
    pub async fn waiting(self) -> Result<QuitReason, JoinError> {
        let (running, _session) = (self.running, self.session);
        running.waiting().await
    }

    /// The client as rmcp has it, for what is not here. The session ends here.
    pub fn into_running(self) -> RunningService<RoleClient, H> {
        self.running
    }

    /// Only versions with `initialize` have sessions.
    fn begin_session(&mut self) {
        let info = self.running.peer().peer_info();
        let info = info.filter(|info| info.protocol_version.has_initialize());
        self.session = info.map(|info| {
            let slot = self.peer.settings().begin_session(Kind::McpClient);
            Session::of(slot).protocol_version(info.protocol_version.as_str())
        });
    }

    /// `tools/call`, with what the server asks on the way answered by the client's handler.
    ///
    /// # Errors
    ///
    /// Those of [`RunningService::call_tool`].
    pub async fn call_tool(
        &self,
        params: CallToolRequestParams,
    ) -> Result<CallToolResult, ServiceError> {
        self.call_tool_with_mrtr_max_rounds(params, ROUNDS).await
    }

    /// As [`call_tool`](Self::call_tool), with this many rounds at most.
    ///
    /// # Errors
    ///
    /// Those of [`RunningService::call_tool_with_mrtr_max_rounds`].
    pub async fn call_tool_with_mrtr_max_rounds(
        &self,
        mut params: CallToolRequestParams,
        max_rounds: usize,
    ) -> Result<CallToolResult, ServiceError> {
        let mut pauses = 0;
        for _ in 0..max_rounds {
            match self.peer.call_tool_once(params.clone()).await? {
                CallToolResponse::Complete(result) => return Ok(result),
                CallToolResponse::InputRequired(asked) => {
                    (params.input_responses, params.request_state) =
                        self.answer(asked, &mut pauses).await?;
                }
                _ => return Err(ServiceError::UnexpectedResponse),
            }
        }
        Err(ServiceError::InputRequiredRoundsExceeded { max_rounds })
    }

    /// `prompts/get`, likewise.
    ///
    /// # Errors
    ///
    /// Those of [`RunningService::get_prompt`].
    pub async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
    ) -> Result<GetPromptResult, ServiceError> {
        self.get_prompt_with_mrtr_max_rounds(params, ROUNDS).await
    }

    /// As [`get_prompt`](Self::get_prompt), with this many rounds at most.
    ///
    /// # Errors
    ///
    /// Those of [`RunningService::get_prompt_with_mrtr_max_rounds`].
    pub async fn get_prompt_with_mrtr_max_rounds(
        &self,
        mut params: GetPromptRequestParams,
        max_rounds: usize,
    ) -> Result<GetPromptResult, ServiceError> {
        let mut pauses = 0;
        for _ in 0..max_rounds {
            match self.peer.get_prompt_once(params.clone()).await? {
                GetPromptResponse::Complete(result) => return Ok(result),
                GetPromptResponse::InputRequired(asked) => {
                    (params.input_responses, params.request_state) =
                        self.answer(asked, &mut pauses).await?;
                }
                #[allow(unreachable_patterns, reason = "a later version may have more")]
                _ => return Err(ServiceError::UnexpectedResponse),
            }
        }
        Err(ServiceError::InputRequiredRoundsExceeded { max_rounds })
    }

    /// `resources/read`, likewise.
    ///
    /// # Errors
    ///
    /// Those of [`RunningService::read_resource`].
    pub async fn read_resource(
        &self,
        params: ReadResourceRequestParams,
    ) -> Result<ReadResourceResult, ServiceError> {
        self.read_resource_with_mrtr_max_rounds(params, ROUNDS)
            .await
    }

    /// As [`read_resource`](Self::read_resource), with this many rounds at most.
    ///
    /// # Errors
    ///
    /// Those of [`RunningService::read_resource_with_mrtr_max_rounds`].
    pub async fn read_resource_with_mrtr_max_rounds(
        &self,
        mut params: ReadResourceRequestParams,
        max_rounds: usize,
    ) -> Result<ReadResourceResult, ServiceError> {
        let mut pauses = 0;
        for _ in 0..max_rounds {
            match self.peer.read_resource_once(params.clone()).await? {
                ReadResourceResponse::Complete(result) => return Ok(result),
                ReadResourceResponse::InputRequired(asked) => {
                    (params.input_responses, params.request_state) =
                        self.answer(asked, &mut pauses).await?;
                }
                #[allow(unreachable_patterns, reason = "a later version may have more")]
                _ => return Err(ServiceError::UnexpectedResponse),
            }
        }
        Err(ServiceError::InputRequiredRoundsExceeded { max_rounds })
    }

    /// Answers what a server asks before it goes on, as rmcp does: by the client's handler, all questions at once; without a
    /// question after a pause.
    async fn answer(
        &self,
        asked: InputRequiredResult,
        pauses: &mut u32,
    ) -> Result<(Option<InputResponses>, Option<String>), ServiceError> {
        let requests = asked.input_requests.unwrap_or_default();
        if requests.is_empty() {
            if asked.request_state.is_none() {
                return Err(ServiceError::UnexpectedResponse);
            }
            let pause = 50_u64.saturating_mul(1 << (*pauses).min(3)).min(250);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            *pauses += 1;
            return Ok((None, asked.request_state));
        }
        *pauses = 0;
        let answering = requests.into_iter().map(|(key, request)| {
            Box::pin(async move {
                let answer = self.answer_one(&key, request).await?;
                Ok((key, answer))
            })
        });
        let answers = all(answering.collect()).await?;
        Ok((Some(answers), asked.request_state))
    }

    async fn answer_one(&self, key: &str, request: InputRequest) -> Result<Value, ServiceError> {
        let mut request = match request {
            InputRequest::CreateMessage(request) => ServerRequest::CreateMessageRequest(request),
            InputRequest::Elicitation(request) => ServerRequest::ElicitRequest(request),
            InputRequest::ListRoots(request) => ServerRequest::ListRootsRequest(request),
            #[allow(unreachable_patterns, reason = "a later version may have more")]
            _ => return Err(ServiceError::UnexpectedResponse),
        };
        let id = NumberOrString::String(Arc::from(key));
        let mut context = RequestContext::new(id, self.running.peer().clone());
        context.meta = std::mem::take::<RequestMetaObject>(request.get_meta_mut());
        context.extensions = std::mem::take::<Extensions>(request.extensions_mut());
        let answer = self
            .running
            .service()
            .handle_request(request, context)
            .await;
        let json = match answer.map_err(ServiceError::McpError)? {
            ClientResult::CreateMessageResult(result) => serde_json::to_value(result),
            ClientResult::ElicitResult(result) => serde_json::to_value(result),
            ClientResult::ListRootsResult(result) => serde_json::to_value(result),
            _ => return Err(ServiceError::UnexpectedResponse),
        };
        json.map_err(|error| {
            let text = format!("failed to serialize MRTR input response: {error}");
            ServiceError::McpError(ErrorData::internal_error(text, None))
        })
    }
}

/// What all of them answer, or the first error.
async fn all<F>(mut asked: Vec<F>) -> Result<InputResponses, ServiceError>
where
    F: Future<Output = Result<(String, Value), ServiceError>> + Unpin,
{
    let mut answers = InputResponses::new();
    poll_fn(|cx| {
        let mut failed = None;
        asked.retain_mut(|answering| match Pin::new(answering).poll(cx) {
            Poll::Ready(Ok((key, answer))) => {
                answers.insert(key, answer);
                false
            }
            Poll::Ready(Err(error)) => {
                failed = failed.take().or(Some(error));
                false
            }
            Poll::Pending => true,
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if asked.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await?;
    Ok(answers)
}

impl<H: Service<RoleClient>> Deref for ObservedClient<H> {
    type Target = ObservedPeer<RoleClient>;

    fn deref(&self) -> &ObservedPeer<RoleClient> {
        &self.peer
    }
}

impl<H: Service<RoleClient>> fmt::Debug for ObservedClient<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedClient").finish_non_exhaustive()
    }
}
