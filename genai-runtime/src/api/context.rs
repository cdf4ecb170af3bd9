//! Setting the ambient context: the running operation opens a scope for it, or it replaces that of the innermost scope.

use crate::context::{GenAiContext, set_in_scope};
use crate::operation::active;

/// Replaces the ambient context until the innermost open scope ends; outside any, for this thread.
///
/// Scopes are [`GenAiContext::scope`], [`GenAiContext::attach`], `#[genai::context]`, and the body of an annotated function whose
/// telemetry somebody gets. Without a provider such a function is the bare one, and no scope: where the context also serves
/// purposes of your own, open one.
///
/// It reaches what runs in that scope from now on, and what takes the OpenTelemetry context from there; never another task. A
/// task or thread that took the context along (`with_current_context`) has a copy of what was set by then, but no scope of its
/// own: until it opens one, as with `GenAiContext::current().scope(future)`, a set there is ignored, with one warning. While a guard
/// of OpenTelemetry's own is attached inside the scope, the set holds for this library at once, and for what takes the
/// OpenTelemetry context along after that guard has ended.
///
/// ```
/// use genai::GenAiContext;
///
/// let _scope = GenAiContext::new().attach();
/// // Known only once the request has been read:
/// genai::set_context(GenAiContext::current().conversation_id("c-17"));
/// assert_eq!(genai::context().conversation(), Some("c-17"));
/// genai::clear_context();
/// assert!(genai::context().is_empty());
/// ```
pub fn set_context(context: GenAiContext) {
    set(context);
}

/// Empties the ambient context; as [`set_context`] with an empty one.
///
/// ```
/// let _scope = genai::GenAiContext::new().conversation_id("c-17").attach();
/// genai::clear_context();
/// assert!(genai::context().is_empty());
/// ```
pub fn clear_context() {
    set(GenAiContext::new());
}

fn set(context: GenAiContext) {
    if let Some(context) = active::set_inside(context) {
        set_in_scope(context);
    }
}
