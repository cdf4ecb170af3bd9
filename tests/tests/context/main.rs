//! Operations inside operations, and the context they share: who is whose parent, and whose conversation and user it is.

mod below;
mod conversations;
mod engine;
mod fields;
mod lost;
mod nesting;
mod order;
mod orders;
mod reach;
mod set_context;

use genai::GenAiContext;

fn named(id: &str) -> GenAiContext {
    GenAiContext::new().conversation_id(id)
}

/// The conversation that is ambient.
fn here() -> Option<String> {
    genai::context().conversation().map(str::to_owned)
}

/// A thread of its own, for what may stay on it.
fn on_a_thread(f: impl FnOnce() + Send) {
    std::thread::scope(|threads| {
        threads.spawn(f).join().expect("no panic");
    });
}
