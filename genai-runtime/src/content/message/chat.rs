//! Messages: what was sent to the model and what it answered with, with constructors and builders.

use super::{Part, Word};

/// A message sent to the model.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct InputMessage {
    /// `system`, `user`, `assistant`, `tool`, or a word of the provider's.
    pub role: Word,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// The participant's name.
    pub name: Option<String>,
}

/// A message the model answered with: one per choice.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct OutputMessage {
    /// Usually `assistant`.
    pub role: Word,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Why the model stopped, in the provider's words; `None` if it gave no reason.
    pub finish_reason: Option<Word>,
    /// The participant's name.
    pub name: Option<String>,
}

impl InputMessage {
    /// A message of `role` without parts.
    ///
    /// ```
    /// use genai::message::{InputMessage, Part};
    ///
    /// let message = InputMessage::new("user").part(Part::text("What is on this picture?")).part(Part::uri("image", "https://example.com/a.png"));
    /// assert_eq!(message.parts.len(), 2);
    /// ```
    pub fn new(role: impl Into<Word>) -> Self {
        Self {
            role: role.into(),
            parts: Vec::new(),
            name: None,
        }
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds several parts.
    #[must_use]
    pub fn parts(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }

    /// Sets the participant's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// An answer as it goes back to the model in the next request; why the model stopped is left out.
///
/// ```
/// use genai::message::{InputMessage, OutputMessage, user};
///
/// let answer = OutputMessage::text("Paris.", "stop");
/// let history = [user("The capital of France?"), answer.into(), user("And of Italy?")];
/// assert_eq!(history[1].role, "assistant");
/// # let _: &[InputMessage] = &history;
/// ```
impl From<OutputMessage> for InputMessage {
    fn from(answer: OutputMessage) -> Self {
        Self {
            role: answer.role,
            parts: answer.parts,
            name: answer.name,
        }
    }
}

impl OutputMessage {
    /// An answer of `role` without parts and without a finish reason.
    pub fn new(role: impl Into<Word>) -> Self {
        Self {
            role: role.into(),
            parts: Vec::new(),
            finish_reason: None,
            name: None,
        }
    }

    /// An assistant's text. `finish_reason` is the provider's own word; an empty one counts as none.
    ///
    /// ```
    /// let answer = genai::message::OutputMessage::text("It is a cat.", "stop");
    /// assert_eq!(answer.role, "assistant");
    /// ```
    pub fn text(content: impl Into<String>, finish_reason: impl Into<Word>) -> Self {
        Self::new("assistant")
            .part(Part::text(content))
            .finish_reason(finish_reason)
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds several parts.
    #[must_use]
    pub fn parts(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }

    /// Sets why the model stopped, in the provider's word; an empty one counts as none.
    #[must_use]
    pub fn finish_reason(mut self, reason: impl Into<Word>) -> Self {
        let reason = reason.into();
        self.finish_reason = if reason.is_empty() {
            None
        } else {
            Some(reason)
        };
        self
    }

    /// Sets the participant's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}
