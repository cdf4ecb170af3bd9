//! Records what a request or a response of the user's type says, with panics of its implementation contained.

use crate::diag::call_out::{CallOut, contained};
use crate::extract::recorder::Recorder;
use crate::extract::traits::{ProviderRequest, Request, Response};
use crate::operation::Op;
use crate::semconv::registry::keys;

/// Records a request.
pub(crate) fn request(op: &mut Op, request: &dyn Request) {
    contained(CallOut::Request, || {
        request.record_request(&mut Recorder::new(op))
    });
}

/// Records the provider that a request is for.
pub(crate) fn provider(op: &mut Op, request: &dyn ProviderRequest) {
    contained(CallOut::Provider, || {
        let provider = request.provider();
        op.fill_str(keys::GEN_AI_PROVIDER_NAME.id(), &provider);
    });
}

/// Records a response.
pub(crate) fn response(op: &mut Op, response: &dyn Response) {
    contained(CallOut::Response, || {
        response.record_response(&mut Recorder::new(op))
    });
}
