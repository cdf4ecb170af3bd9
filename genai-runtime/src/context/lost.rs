//! Conversations that are lost where a call does not have the context of the function that set one: in a task that was spawned, or in a
//! stream that is polled after the function has returned. A call without a conversation goes in, a line in the log may come out.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::diag::warn::{Once, once};

/// Whether an attribute has set a conversation in this process.
static HAS_CONVERSATIONS: AtomicBool = AtomicBool::new(false);

/// An attribute sets a conversation.
pub(crate) fn conversation_set() {
    // A write of what is there already would take the line from other cores.
    if !HAS_CONVERSATIONS.load(Ordering::Relaxed) {
        HAS_CONVERSATIONS.store(true, Ordering::Relaxed);
    }
}

/// Whether one can be lost.
#[inline]
pub(crate) fn has_conversations() -> bool {
    HAS_CONVERSATIONS.load(Ordering::Relaxed)
}

/// A call of a model has neither a conversation nor a parent, though conversations are set.
#[cold]
#[inline(never)]
pub(crate) fn call_without() {
    once(Once::OutsideOfConversation, || {
        "a call of a model has no conversation and no parent, though conversations are set by #[genai::context]: what is spawned, \
         and a stream that is polled after the function has returned, does not have its context. Take it along: \
         tokio::spawn(genai::inherited(task)), genai::inherited_fn(closure), genai::inherited_stream(stream); around an HTTP \
         service genai::services::server(). If the call is in no conversation, all is well"
            .to_owned()
    });
}
