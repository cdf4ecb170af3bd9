//! Services of rmcp: whatever serves messages goes in, and comes out with a SERVER span around each request.

use std::borrow::Cow;
use std::fmt;

use rmcp_3::ErrorData;
use rmcp_3::model::{
    ClientNotification, ClientRequest, ClientResult, ProtocolVersion, ServerNotification,
    ServerRequest, ServerResult,
};
use rmcp_3::service::{
    NotificationContext, RequestContext, RoleClient, RoleServer, Service, ServiceRole,
};

use super::facts::observed;
use super::serving::Serving;
use crate::api::mcp::transport::Transport;
use crate::api::telemetry::Telemetry;

/// A handler of rmcp with a SERVER span and `mcp.server.operation.duration` for each request that it serves.
///
/// It is a [`Service`] as the handler is, of servers and of clients alike: a client's serves what servers ask (sampling,
/// elicitation, roots). rmcp's service for streamable HTTP takes handlers only: [`observe_handler`](super::observe_handler).
pub struct Observed<H> {
    handler: H,
    serving: Serving,
}

/// Observes a handler of rmcp, of a server or of a client: every request that it serves, with the trace of the one who asks.
///
/// For streamable HTTP there is [`observe_handler`](super::observe_handler).
///
/// ```
/// # async fn serve<T, E, A>(transport: T) -> Result<(), Box<dyn std::error::Error>>
/// # where T: rmcp_3::transport::IntoTransport<rmcp_3::RoleServer, E, A>, E: std::error::Error + Send + Sync + 'static {
/// # use rmcp_3 as rmcp;
/// use rmcp::{ServerHandler, ServiceExt};
///
/// struct Weather;
/// impl ServerHandler for Weather {}
///
/// let server = genai::mcp::observe(Weather).serve(transport).await?;
/// server.waiting().await?;
/// # Ok(())
/// # }
/// ```
pub fn observe<H>(handler: H) -> Observed<H> {
    Observed {
        handler,
        serving: Serving::default(),
    }
}

impl<H> Observed<H> {
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

impl<H: Service<RoleServer>> Service<RoleServer> for Observed<H> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let session = matches!(request, ClientRequest::InitializeRequest(_))
            .then(|| self.serving.begin_session(&context));
        let slot = self.serving.received(&request, &context);
        let result = observed(slot, self.handler.handle_request(request, context)).await;
        if let (Some(session), Ok(ServerResult::InitializeResult(answer))) = (session, &result) {
            self.serving.keep_session(session, answer);
        }
        result
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let slot = self.serving.notified(&notification, &context);
        observed(
            slot,
            self.handler.handle_notification(notification, context),
        )
        .await
    }

    fn get_info(&self) -> <RoleServer as ServiceRole>::Info {
        self.handler.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.handler.supported_protocol_versions()
    }
}

impl<H: Service<RoleClient>> Service<RoleClient> for Observed<H> {
    async fn handle_request(
        &self,
        request: ServerRequest,
        context: RequestContext<RoleClient>,
    ) -> Result<ClientResult, ErrorData> {
        let slot = self.serving.asked_back(&request, &context);
        observed(slot, self.handler.handle_request(request, context)).await
    }

    async fn handle_notification(
        &self,
        notification: ServerNotification,
        context: NotificationContext<RoleClient>,
    ) -> Result<(), ErrorData> {
        let slot = self.serving.notified(&notification, &context);
        observed(
            slot,
            self.handler.handle_notification(notification, context),
        )
        .await
    }

    fn get_info(&self) -> <RoleClient as ServiceRole>::Info {
        self.handler.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.handler.supported_protocol_versions()
    }
}

impl<H: fmt::Debug> fmt::Debug for Observed<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observed").field(&self.handler).finish()
    }
}
