//! What `#[genai::mcp]` expands to calls of: what a method of a handler or of a tool was given goes in, an operation around its
//! body comes out.
//!
//! There is nothing that lasts as long as the connection, and so no session.

#![allow(deprecated, reason = "what servers of today serve")]
#![allow(
    missing_debug_implementations,
    reason = "nobody but an expansion holds these types"
)]

use rmcp_3::ErrorData;
use rmcp_3::model::{
    CallToolRequestParams, CancelTaskParams, CompleteRequestParams, CustomNotification,
    CustomRequest, GetPromptRequestParams, GetSkillRequestParams, GetTaskParams,
    InitializeRequestParams, PaginatedRequestParams, ReadResourceDirectoryRequestParams,
    ReadResourceRequestParams, SetLevelRequestParams, SubscribeRequestParams,
    UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp_3::service::{NotificationContext, RequestContext, RoleServer, SubscriptionContext};

use super::facts::{self, Answer, Failed, Named, finish};
use super::serving::Serving;
use super::settings::Settings;
use crate::api::mcp::call::tool_outcome;
use crate::extract::observe::lazy;
use crate::operation::active;
use crate::operation::mcp::TOOLS_CALL;
use crate::operation::{Op, Outcome, Slot};
use crate::semconv::registry::keys;

#[doc(hidden)]
pub use std::{
    boxed::Box,
    option::Option::{None, Some},
    string::String,
    sync::OnceLock,
};

pub use crate::api::mcp::transport::Transport;
pub use crate::extract::observe::once;

/// What a request is about, by its parameters.
pub trait About {
    fn record(&self, op: &mut Op);
}

/// The context of a request.
pub trait Asked {
    fn context(&self) -> &RequestContext<RoleServer>;
}

impl Asked for RequestContext<RoleServer> {
    fn context(&self) -> &RequestContext<RoleServer> {
        self
    }
}

impl Asked for SubscriptionContext {
    fn context(&self) -> &RequestContext<RoleServer> {
        self.request_context()
    }
}

macro_rules! about {
    ($($params:ty: |$op:ident, $asked:ident| $record:expr;)*) => {$(
        impl About for $params {
            fn record(&self, $op: &mut Op) {
                let $asked = self;
                $record
            }
        }
    )*};
}

about! {
    (): |_op, _asked| {};
    CallToolRequestParams: |op, asked| facts::tool(op, asked);
    CancelTaskParams: |_op, _asked| {};
    CompleteRequestParams: |op, asked| facts::completed(op, &asked.r#ref);
    GetPromptRequestParams: |op, asked| facts::prompt(op, asked);
    GetSkillRequestParams: |_op, _asked| {};
    GetTaskParams: |_op, _asked| {};
    InitializeRequestParams: |_op, _asked| {};
    Option<PaginatedRequestParams>: |_op, _asked| {};
    ReadResourceDirectoryRequestParams: |op, asked| op.mcp_resource(&asked.uri);
    ReadResourceRequestParams: |op, asked| op.mcp_resource(&asked.uri);
    SetLevelRequestParams: |_op, _asked| {};
    SubscribeRequestParams: |op, asked| op.mcp_resource(&asked.uri);
    UnsubscribeRequestParams: |op, asked| op.mcp_resource(&asked.uri);
    UpdateTaskParams: |_op, _asked| {};
}

/// The tool of a method whose arguments were read by rmcp.
struct Tool<'a>(&'a str);

impl About for Tool<'_> {
    fn record(&self, op: &mut Op) {
        op.fill_str(keys::GEN_AI_TOOL_NAME.id(), self.0);
    }
}

fn serving(transport: Option<Transport>) -> Serving {
    Serving::of(Settings {
        transport,
        ..Settings::default()
    })
}

/// Not twice: a handler that is observed, too, has a span already.
fn alone(begin: impl FnOnce() -> Slot) -> Slot {
    if active::serves() { None } else { begin() }
}

/// The operation of a request.
pub fn asked(
    method: &'static str,
    transport: Option<Transport>,
    context: &impl Asked,
    about: &impl About,
) -> Slot {
    let record = |op: &mut Op| about.record(op);
    alone(|| serving(transport).asked(method, context.context(), record))
}

/// The same of a request whose method rmcp does not know.
pub fn custom(
    transport: Option<Transport>,
    context: &RequestContext<RoleServer>,
    request: &CustomRequest,
) -> Slot {
    alone(|| serving(transport).custom(&request.method, context))
}

/// The same of a tool's method.
pub fn tool(
    name: &str,
    transport: Option<Transport>,
    context: &RequestContext<RoleServer>,
) -> Slot {
    asked(TOOLS_CALL, transport, context, &Tool(name))
}

/// The operation of a notification, where these are recorded.
pub fn notified(
    method: &'static str,
    transport: Option<Transport>,
    context: &NotificationContext<RoleServer>,
) -> Slot {
    alone(|| serving(transport).notified(&Named(method), context))
}

/// The same of one whose method rmcp does not know.
pub fn notified_custom(
    transport: Option<Transport>,
    context: &NotificationContext<RoleServer>,
    notification: &CustomNotification,
) -> Slot {
    alone(|| serving(transport).notified(notification, context))
}

/// What a method of a handler gives.
pub trait Ends {
    fn end(&self, op: Box<Op>);
}

impl<T: Answer> Ends for Result<T, ErrorData> {
    fn end(&self, op: Box<Op>) {
        finish(op, self);
    }
}

impl Ends for () {
    fn end(&self, op: Box<Op>) {
        finish::<(), ErrorData>(op, &Ok(()));
    }
}

/// Runs the body of a handler's method in its operation.
pub fn served<R: Ends, F: Future<Output = R>>(slot: Slot, handling: F) -> impl Future<Output = R> {
    lazy(slot, handling, |slot, result| {
        if let Some(op) = slot {
            R::end(&result, op);
        }
        result
    })
}

/// A body, of which this is the type of what it gives.
pub fn typed<R, F: Future<Output = R>>(body: F) -> F {
    body
}

/// Runs the body of a tool's method in its operation, which `end` ends.
pub fn later<F: Future>(
    slot: Slot,
    body: F,
    end: impl FnOnce(Box<Op>, &F::Output),
) -> impl Future<Output = F::Output> {
    lazy(slot, body, |slot, result| {
        answered(slot, &result, end);
        result
    })
}

/// Ends the operation of a tool's method.
pub fn answered<R>(slot: Slot, result: &R, end: impl FnOnce(Box<Op>, &R)) {
    if let Some(mut op) = slot {
        op.complete();
        end(op, result);
    }
}

fn ended(mut op: Box<Op>, outcome: impl FnOnce(&mut Op) -> Outcome) {
    let outcome = outcome(&mut op);
    op.finish(outcome);
}

/// What a tool's method gave, of whatever type rmcp makes an answer of. How the call ended is found by the method `end` of the first
/// trait of [`probes`] that has it for the type.
pub struct Ended<'a, R>(pub &'a R);

/// rmcp's own answer.
pub trait ByAnswer {
    fn end(&self, op: Box<Op>);
}

impl<T: Answer> ByAnswer for &&&&Ended<'_, T> {
    fn end(&self, op: Box<Op>) {
        ended(op, |op| self.0.record(op));
    }
}

impl<T: Answer> ByAnswer for &&&&Ended<'_, Result<T, ErrorData>> {
    fn end(&self, op: Box<Op>) {
        ended(op, |op| match self.0 {
            Ok(answer) => answer.record(op),
            Err(error) => error.outcome(op),
        });
    }
}

/// An error of JSON-RPC.
pub trait ByCode {
    fn end(&self, op: Box<Op>);
}

impl<T> ByCode for &&&Ended<'_, Result<T, ErrorData>> {
    fn end(&self, op: Box<Op>) {
        ended(op, |op| match self.0 {
            Ok(_) => Outcome::Ok,
            Err(error) => error.outcome(op),
        });
    }
}

/// An error of another type, which rmcp makes a result with `isError` of.
pub trait ByAnswerOrError {
    fn end(&self, op: Box<Op>);
}

impl<T: Answer, E> ByAnswerOrError for &&Ended<'_, Result<T, E>> {
    fn end(&self, op: Box<Op>) {
        ended(op, |op| match self.0 {
            Ok(answer) => answer.record(op),
            Err(_) => tool_outcome(),
        });
    }
}

/// The same beside a value of the user's.
pub trait ByError {
    fn end(&self, op: Box<Op>);
}

impl<T, E> ByError for &Ended<'_, Result<T, E>> {
    fn end(&self, op: Box<Op>) {
        ended(op, |_| match self.0 {
            Ok(_) => Outcome::Ok,
            Err(_) => tool_outcome(),
        });
    }
}

/// A value, which is a success.
pub trait ByValue {
    fn end(&self, op: Box<Op>);
}

impl<T> ByValue for Ended<'_, T> {
    fn end(&self, op: Box<Op>) {
        ended(op, |_| Outcome::Ok);
    }
}

/// The traits that find how a call ended.
pub mod probes {
    pub use super::{ByAnswer as _, ByAnswerOrError as _, ByCode as _, ByError as _, ByValue as _};
}
