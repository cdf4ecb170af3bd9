//! What is known of a stream so far: chunks go in, the facts of a response come out when it ends.

use crate::recorder::Recorder;

/// The facts of a streamed response, gathered chunk by chunk.
#[derive(Default)]
pub struct Accumulator {
    wants_content: bool,
}

impl Accumulator {
    /// An empty one; text and tool calls are kept only if `wants_content`.
    pub(crate) fn new(wants_content: bool) -> Self {
        Self { wants_content }
    }

    /// Whether text, reasoning and tool calls are wanted; converting them for nothing is wasted work.
    pub fn wants_content(&self) -> bool {
        self.wants_content
    }

    /// Hands what is known to the operation.
    pub(crate) fn finish(self, recorder: &mut Recorder<'_>) {
        let _ = recorder;
    }
}
