//! What one operation may cost at most: settings go in, the caps of span, event and hook come out.

use opentelemetry::{Array, Value};

/// The caps on what is recorded; everything beyond is cut and marked, the call itself is never affected.
///
/// ```
/// let limits = genai::Limits::new().content_bytes(64 * 1024).messages(100);
/// assert_eq!(limits.names_bytes(256), genai::Limits::new().content_bytes(64 * 1024).messages(100).names_bytes(256));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    pub(crate) content: usize,
    pub(crate) messages: usize,
    pub(crate) names: usize,
    pub(crate) properties: usize,
    pub(crate) choices: usize,
    pub(crate) error_text: usize,
    pub(crate) attributes: usize,
    pub(crate) label_values: usize,
    pub(crate) event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            content: 256 * 1024,
            messages: 1000,
            names: 512,
            properties: 64,
            choices: 128,
            error_text: 1024,
            attributes: 128,
            label_values: 500,
            event: Self::EVENT,
        }
    }
}

impl Limits {
    /// Association properties of one context, whatever an operation takes of them.
    pub(crate) const PROPERTIES: usize = 1024;

    /// Bytes of an event that are held until it is whole.
    pub(crate) const EVENT: usize = 1 << 20;

    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of content that one operation gives to each of span and event: messages, instructions, tools, arguments, results,
    /// queries and documents together. Default: 262,144 (256 KiB). Text that is cut ends in `...[n bytes cut]`, a word of up to
    /// 16 bytes such as a role stays whole; a list that is cut ends in the part `{"type":"truncated","bytes":n}`; what does not even
    /// leave room for that is left out. Content handed to the completion hook and to uploads is whole.
    ///
    /// While one of them can still take it, the answer is never crowded out by the prompt: the input, the instructions, the tools
    /// and the arguments may each take three quarters of what is left.
    #[must_use]
    pub fn content_bytes(mut self, bytes: usize) -> Self {
        self.content = bytes;
        self
    }

    /// Messages, instructions, tools or documents in one list. Default: 1,000.
    #[must_use]
    pub fn messages(mut self, count: usize) -> Self {
        self.messages = count;
        self
    }

    /// Bytes of a name or an id (model, tool, agent, conversation, ..). Default: 512. Longer ones are cut on spans; on metrics
    /// the point goes without that attribute.
    #[must_use]
    pub fn names_bytes(mut self, bytes: usize) -> Self {
        self.names = bytes;
        self
    }

    /// Association properties of one operation, its own before those of the context. Default: 64; a context holds 1,024.
    #[must_use]
    pub fn properties(mut self, count: usize) -> Self {
        self.properties = count;
        self
    }

    /// Choices of one response that are kept apart, and finish reasons recorded. Default: 128.
    #[must_use]
    pub fn choices(mut self, count: usize) -> Self {
        self.choices = count;
        self
    }

    /// Attributes of your own of one operation, on its span and event, and as many on its metrics. Default: 128, which is what the
    /// SDK keeps of a span. Further ones are left out with one warning, and so is one whose key is longer than
    /// [`names_bytes`](Self::names_bytes); a value is cut to [`content_bytes`](Self::content_bytes).
    #[must_use]
    pub fn attributes(mut self, count: usize) -> Self {
        self.attributes = count;
        self
    }

    /// Values that the labels `gen_ai.response.model` and `error.type` have on metrics, each: the other side chooses them. Default:
    /// 500; at most 65,536. Points with further ones are counted with `_OTHER` in their place. Spans have the value itself.
    #[must_use]
    pub fn label_values(mut self, count: usize) -> Self {
        self.label_values = count;
        self
    }

    /// Bytes of one event of a response that [`observe_bytes`](crate::observe_bytes) holds until it is whole. Default: 1,048,576
    /// (1 MiB). A longer one is read as its bytes come: usage, reason and the like are recorded all the same, of its content what
    /// [`content_bytes`](Self::content_bytes) lets through.
    #[must_use]
    pub fn event_bytes(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// Bytes of an error's text in the span's status. Default: 1,024.
    #[must_use]
    pub fn error_text_bytes(mut self, bytes: usize) -> Self {
        self.error_text = bytes;
        self
    }
}

/// What is left of the content of one operation, on the span or on the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    left: usize,
    pub(crate) messages: usize,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            left: limits.content,
            messages: limits.messages,
        }
    }

    /// What an attribute may take that others come after: the answer is worth more than the end of a long prompt.
    pub(crate) fn share(&self) -> usize {
        self.left - self.left / 4
    }

    /// What the last attribute may take.
    pub(crate) fn rest(&self) -> usize {
        self.left
    }

    /// Takes `bytes`.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

/// A value of an attribute of the user's, at most `bytes` long.
pub(crate) fn bounded_value(value: Value, bytes: usize) -> Value {
    match value {
        Value::String(text) if text.as_str().len() > bytes => {
            Value::String(prefix(text.as_str(), bytes).to_owned().into())
        }
        Value::Array(Array::String(mut list)) => {
            let mut left = bytes;
            let whole = list.iter().take_while(|text| {
                let fits = text.as_str().len() <= left;
                left = left.saturating_sub(text.as_str().len());
                fits
            });
            list.truncate(whole.count().min(bytes));
            Value::Array(Array::String(list))
        }
        Value::Array(Array::I64(mut list)) => {
            list.truncate(bytes / 8);
            Value::Array(Array::I64(list))
        }
        Value::Array(Array::F64(mut list)) => {
            list.truncate(bytes / 8);
            Value::Array(Array::F64(list))
        }
        Value::Array(Array::Bool(mut list)) => {
            list.truncate(bytes);
            Value::Array(Array::Bool(list))
        }
        other => other,
    }
}

/// The start of `text`, at most `bytes` long, cut between characters.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_cuts_between_characters() {
        assert_eq!(prefix("aé", 2), "a");
        assert_eq!(prefix("aé", 3), "aé");
        assert_eq!(prefix("🦀", 3), "");
    }

    #[test]
    fn a_value_of_the_users_is_cut_to_its_bytes() {
        let texts = |all: &[&'static str]| {
            Value::Array(Array::String(
                all.iter().map(|text| (*text).into()).collect(),
            ))
        };
        for (value, bytes, expected) in [
            (Value::from("hello"), 5, Value::from("hello")),
            (Value::from("hello"), 4, Value::from("hell")),
            (texts(&["ab", "cd", "ef"]), 6, texts(&["ab", "cd", "ef"])),
            (texts(&["ab", "cd", "ef"]), 5, texts(&["ab", "cd"])),
            (texts(&["abc", "d"]), 2, texts(&[])),
            // An empty text takes a place too.
            (texts(&["", "", "", ""]), 3, texts(&["", "", ""])),
            (
                Value::Array(Array::I64(vec![1; 10])),
                47,
                Value::Array(Array::I64(vec![1; 5])),
            ),
            (
                Value::Array(Array::F64(vec![1.5; 10])),
                48,
                Value::Array(Array::F64(vec![1.5; 6])),
            ),
            (
                Value::Array(Array::Bool(vec![true; 10])),
                3,
                Value::Array(Array::Bool(vec![true; 3])),
            ),
            (Value::I64(7), 0, Value::I64(7)),
        ] {
            assert_eq!(bounded_value(value.clone(), bytes), expected, "{value:?}");
        }
    }

    #[test]
    fn the_answer_is_left_a_quarter() {
        let mut budget = Budget::new(&Limits::new().content_bytes(1_000).messages(7));
        assert_eq!(
            (budget.share(), budget.rest(), budget.messages),
            (750, 1_000, 7)
        );
        budget.spend(600);
        assert_eq!((budget.share(), budget.rest()), (300, 400));
        budget.spend(500);
        assert_eq!((budget.share(), budget.rest()), (0, 0));
    }
}
