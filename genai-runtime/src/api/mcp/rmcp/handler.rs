//! Handlers of rmcp's servers: one goes in, and comes out as a handler with a SERVER span around each request.
//!
//! For the services that take a handler and nothing else. Every method of the handler's is given on.

#![allow(deprecated, reason = "what servers of today serve")]

use std::borrow::Cow;
use std::fmt;

use rmcp_3::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
    CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
    DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetSkillRequestParams,
    GetSkillResult, GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
    ReadResourceResponse, ServerConfig, SetLevelRequestParams, SubscribeRequestParams,
    SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp_3::service::{NotificationContext, RequestContext, RoleServer, SubscriptionContext};
use rmcp_3::{ErrorData, ServerHandler};

use super::facts::{self, Named, observed};
use super::serving::{Serving, heard};
use crate::api::mcp::transport::Transport;
use crate::api::telemetry::Telemetry;

/// A handler of an rmcp server with a SERVER span and `mcp.server.operation.duration` for each request that it serves.
///
/// It is a [`ServerHandler`] as the handler is. What rmcp answers without asking the handler, such as a version that is not
/// supported, has no span here; with [`observe`](super::observe) it does.
pub struct ObservedHandler<H> {
    handler: H,
    serving: Serving,
}

/// Observes the handler of a server where nothing but a handler is taken, as by rmcp's service for streamable HTTP.
///
/// ```
/// use rmcp_3::ServerHandler;
///
/// #[derive(Clone)]
/// struct Weather;
/// impl ServerHandler for Weather {}
///
/// // For `StreamableHttpService::new(factory, ..)`:
/// let factory = || std::io::Result::Ok(genai::mcp::observe_handler(Weather));
/// # let _ = factory;
/// ```
pub fn observe_handler<H: ServerHandler>(handler: H) -> ObservedHandler<H> {
    ObservedHandler {
        handler,
        serving: Serving::default(),
    }
}

impl<H> ObservedHandler<H> {
    /// What the connection runs over, where the requests do not say it. Those that come over HTTP do.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.serving.settings.transport = Some(transport);
        self
    }

    /// Where telemetry goes, if not to the process default.
    pub fn telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.serving.settings.telemetry = Some(telemetry.inner.clone());
        self
    }

    /// The handler.
    pub fn handler(&self) -> &H {
        &self.handler
    }
}

macro_rules! handled {
    ($(
        $name:ident($method:literal, $params:ty $(, |$op:ident, $asked:ident| $about:expr)?) -> $result:ty;
    )*) => {$(
        async fn $name(
            &self,
            request: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let slot = self.serving.asked($method, &context, |_op| {
                $(
                    let ($op, $asked) = (_op, &request);
                    $about
                )?
            });
            observed(slot, self.handler.$name(request, context)).await
        }
    )*};
}

macro_rules! notified {
    ($($name:ident($method:literal $(, $params:ty)?);)*) => {$(
        notified!(@ $name, $method, $($params)?);
    )*};
    (@ $name:ident, $method:literal,) => {
        async fn $name(&self, context: NotificationContext<RoleServer>) {
            let slot = self.serving.notified(&Named($method), &context);
            heard(slot, self.handler.$name(context)).await;
        }
    };
    (@ $name:ident, $method:literal, $params:ty) => {
        async fn $name(&self, params: $params, context: NotificationContext<RoleServer>) {
            let slot = self.serving.notified(&Named($method), &context);
            heard(slot, self.handler.$name(params, context)).await;
        }
    };
}

impl<H: ServerHandler> ServerHandler for ObservedHandler<H> {
    handled! {
        call_tool("tools/call", CallToolRequestParams, |op, asked| facts::tool(op, asked)) -> CallToolResponse;
        cancel_task("tasks/cancel", CancelTaskParams) -> ();
        complete("completion/complete", CompleteRequestParams, |op, asked| facts::completed(op, &asked.r#ref)) -> CompleteResult;
        get_prompt("prompts/get", GetPromptRequestParams, |op, asked| facts::prompt(op, asked)) -> GetPromptResponse;
        get_skill("skills/get", GetSkillRequestParams) -> GetSkillResult;
        get_task("tasks/get", GetTaskParams) -> GetTaskResult;
        list_prompts("prompts/list", Option<PaginatedRequestParams>) -> ListPromptsResult;
        list_resource_templates("resources/templates/list", Option<PaginatedRequestParams>) -> ListResourceTemplatesResult;
        list_resources("resources/list", Option<PaginatedRequestParams>) -> ListResourcesResult;
        list_skills("skills/list", Option<PaginatedRequestParams>) -> ListSkillsResult;
        list_tools("tools/list", Option<PaginatedRequestParams>) -> ListToolsResult;
        read_resource("resources/read", ReadResourceRequestParams, |op, asked| op.mcp_resource(&asked.uri)) -> ReadResourceResponse;
        read_resource_directory("resources/directory/read", ReadResourceDirectoryRequestParams, |op, asked| op.mcp_resource(&asked.uri)) -> ReadResourceDirectoryResult;
        set_level("logging/setLevel", SetLevelRequestParams) -> ();
        subscribe("resources/subscribe", SubscribeRequestParams, |op, asked| op.mcp_resource(&asked.uri)) -> ();
        unsubscribe("resources/unsubscribe", UnsubscribeRequestParams, |op, asked| op.mcp_resource(&asked.uri)) -> ();
        update_task("tasks/update", UpdateTaskParams) -> ();
    }

    notified! {
        on_cancelled("notifications/cancelled", CancelledNotificationParam);
        on_initialized("notifications/initialized");
        on_progress("notifications/progress", ProgressNotificationParam);
        on_roots_list_changed("notifications/roots/list_changed");
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let slot = self.serving.asked("ping", &context, |_| {});
        observed(slot, self.handler.ping(context)).await
    }

    async fn discover(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let slot = self.serving.asked("server/discover", &context, |_| {});
        observed(slot, self.handler.discover(context)).await
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let session = self.serving.begin_session(&context);
        let slot = self.serving.asked("initialize", &context, |_| {});
        let result = observed(slot, self.handler.initialize(request, context)).await;
        if let Ok(answer) = &result {
            self.serving.keep_session(session, answer);
        }
        result
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let slot = self.serving.custom(&request.method, &context);
        observed(slot, self.handler.on_custom_request(request, context)).await
    }

    async fn on_custom_notification(
        &self,
        notification: CustomNotification,
        context: NotificationContext<RoleServer>,
    ) {
        let slot = self.serving.notified(&notification, &context);
        heard(
            slot,
            self.handler.on_custom_notification(notification, context),
        )
        .await;
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let about = context.request_context();
        let slot = self.serving.asked("subscriptions/listen", about, |_| {});
        observed(slot, self.handler.listen(context)).await
    }

    fn negotiate_initialize(
        &self,
        request: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        self.handler.negotiate_initialize(request)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.handler.supported_protocol_versions()
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.handler.accepted_subscription_filter(requested)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.handler.get_tool(name)
    }

    fn get_info(&self) -> ServerConfig {
        self.handler.get_info()
    }
}

impl<H: fmt::Debug> fmt::Debug for ObservedHandler<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObservedHandler")
            .field(&self.handler)
            .finish()
    }
}
