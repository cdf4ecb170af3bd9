//! The redactor: content goes in piece by piece before anything leaves, and comes out changed, or not at all if it panics.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::content::limits::prefix;
use crate::content::url::without_secrets;

use crate::content::message::text;
use crate::content::message::{
    Document, InputMessage, MAX_DEPTH, OutputMessage, Part, TOO_DEEP, ToolDefinition,
};
use crate::diag::call_out::{CallOut, contained};

/// A function that changes content before span, event, hook or upload gets it.
pub(crate) type Redactor = Arc<dyn Fn(&mut Redact<'_>) + Send + Sync>;

/// A piece of content that a redactor may change in place.
///
/// A redactor sees every message, system instruction, tool definition, argument, result, query, document, error text and explanation of an
/// evaluation once.
/// If it panics, that piece is dropped, and one warning is given.
///
/// ```
/// fn redactor(content: &mut genai::Redact<'_>) {
///     content.each_text(|text| {
///         if text.contains("sk-") {
///             *text = "[key]".to_owned();
///         }
///     });
/// }
/// # let _: fn(&mut genai::Redact<'_>) = redactor;
/// ```
#[non_exhaustive]
pub enum Redact<'a> {
    /// A message sent to the model.
    Input(&'a mut InputMessage),
    /// A message the model answered with.
    Output(&'a mut OutputMessage),
    /// A system instruction.
    System(&'a mut Part),
    /// A tool the model may call.
    Tool(&'a mut ToolDefinition),
    /// The arguments of a tool that was run, or of a prompt of MCP.
    Arguments(&'a mut Value),
    /// The result of a tool that was run.
    Result(&'a mut Value),
    /// The query of a retrieval.
    Query(&'a mut String),
    /// A document a retrieval found.
    Document(&'a mut Document),
    /// The text of an error, for the span's status.
    ErrorText(&'a mut String),
    /// A text that is recorded whether or not content is: a stop sequence, or the description of an agent or a tool.
    Attribute {
        /// The key of the conventions, such as `gen_ai.request.stop_sequences`.
        key: &'static str,
        /// The text; of a list one after another.
        text: &'a mut String,
    },
    /// The explanation of an evaluation, or the comment of a user's feedback.
    Explanation(&'a mut String),
}

/// Shows the kind only, never content.
impl std::fmt::Debug for Redact<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Input(_) => "Input(..)",
            Self::Output(_) => "Output(..)",
            Self::System(_) => "System(..)",
            Self::Tool(_) => "Tool(..)",
            Self::Arguments(_) => "Arguments(..)",
            Self::Result(_) => "Result(..)",
            Self::Query(_) => "Query(..)",
            Self::Document(_) => "Document(..)",
            Self::ErrorText(_) => "ErrorText(..)",
            Self::Attribute { .. } => "Attribute(..)",
            Self::Explanation(_) => "Explanation(..)",
        })
    }
}

impl Redact<'_> {
    /// Calls `f` with every string of content in it: texts, reasoning, URIs, ids of files, media types, names of participants,
    /// descriptions, ids of documents, and the strings inside JSON, the keys of its objects included. Numbers, inline data, the names
    /// of tools and roles are not among them; match on the kind to change those.
    pub fn each_text(&mut self, mut f: impl FnMut(&mut String)) {
        self.each_leaf(&mut |leaf| {
            if let Leaf::Text(text) = leaf {
                f(text);
            }
        });
    }

    /// Calls `f` with what [`each_text`](Self::each_text) finds, and with the numbers inside JSON.
    pub(crate) fn each_leaf(&mut self, f: &mut dyn FnMut(Leaf<'_>)) {
        match self {
            Self::Input(message) => {
                each_in_message(&mut message.name, &mut message.parts, f);
            }
            Self::Output(message) => {
                each_in_message(&mut message.name, &mut message.parts, f);
            }
            Self::System(part) => each_in_part(part, f),
            Self::Tool(ToolDefinition::Function {
                description,
                parameters,
                ..
            }) => {
                description.iter_mut().for_each(|text| f(Leaf::Text(text)));
                parameters
                    .iter_mut()
                    .for_each(|value| each_in_json(value, f, MAX_DEPTH));
            }
            Self::Tool(_) => {}
            Self::Arguments(value) | Self::Result(value) => each_in_json(value, f, MAX_DEPTH),
            Self::Query(text)
            | Self::ErrorText(text)
            | Self::Attribute { text, .. }
            | Self::Explanation(text) => f(Leaf::Text(text)),
            Self::Document(document) => {
                f(Leaf::Text(&mut document.id));
                each_in_fields(&mut document.fields, f, MAX_DEPTH);
            }
        }
    }
}

/// What content consists of, as far as a redactor is shown it.
pub(crate) enum Leaf<'a> {
    Text(&'a mut String),
    /// A number inside JSON.
    #[cfg_attr(not(feature = "redact"), allow(dead_code))]
    Number(&'a mut Value),
}

fn each_in_message(name: &mut Option<String>, parts: &mut [Part], f: &mut dyn FnMut(Leaf<'_>)) {
    name.iter_mut().for_each(|name| f(Leaf::Text(name)));
    parts.iter_mut().for_each(|part| each_in_part(part, f));
}

fn each_in_part(part: &mut Part, f: &mut dyn FnMut(Leaf<'_>)) {
    match part {
        Part::Text { content } | Part::Reasoning { content } => f(Leaf::Text(content)),
        Part::ToolCall { arguments, .. } => arguments
            .iter_mut()
            .for_each(|value| each_in_json(value, f, MAX_DEPTH)),
        Part::ToolCallResponse {
            response: value, ..
        }
        | Part::ServerToolCall {
            server_tool_call: value,
            ..
        }
        | Part::ServerToolCallResponse {
            server_tool_call_response: value,
            ..
        } => each_in_json(value, f, MAX_DEPTH),
        Part::Uri {
            uri: text,
            mime_type,
            ..
        }
        | Part::File {
            file_id: text,
            mime_type,
            ..
        } => {
            f(Leaf::Text(text));
            mime_type.iter_mut().for_each(|text| f(Leaf::Text(text)));
        }
        Part::Blob { mime_type, .. } => {
            mime_type.iter_mut().for_each(|text| f(Leaf::Text(text)));
        }
        Part::Other { fields, .. } => each_in_fields(fields, f, MAX_DEPTH),
    }
}

fn each_in_json(value: &mut Value, f: &mut dyn FnMut(Leaf<'_>), depth: usize) {
    match value {
        Value::String(text) => f(Leaf::Text(text)),
        // What cannot be looked at must not leave.
        Value::Array(_) | Value::Object(_) if depth == 0 => {
            *value = Value::String(TOO_DEEP.to_owned())
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| each_in_json(item, f, depth - 1)),
        Value::Object(fields) => each_in_fields(fields, f, depth),
        Value::Number(_) => f(Leaf::Number(value)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn each_in_fields(
    fields: &mut serde_json::Map<String, Value>,
    f: &mut dyn FnMut(Leaf<'_>),
    depth: usize,
) {
    for (mut key, mut value) in std::mem::take(fields) {
        f(Leaf::Text(&mut key));
        each_in_json(&mut value, f, depth.saturating_sub(1));
        fields.insert(key, value);
    }
}

/// Runs the redactor over one piece; `None` if it panics: then nothing of the piece may be used.
pub(crate) fn apply<T>(
    redactor: &Redactor,
    mut piece: T,
    wrap: impl FnOnce(&mut T) -> Redact<'_>,
) -> Option<T> {
    contained(CallOut::Redactor, || redactor(&mut wrap(&mut piece)))?;
    Some(piece)
}

/// The text of an attribute that is recorded whether or not content is, as the redactor leaves it.
pub(crate) fn words(redactor: &Redactor, key: &'static str, text: &str) -> Option<String> {
    apply(redactor, text.to_owned(), |text| Redact::Attribute {
        key,
        text,
    })
}

/// The explanation of an evaluation as it may be shown: as the redactor leaves it, within `bytes`, marked where it is cut.
pub(crate) fn explanation(redactor: Option<&Redactor>, why: &str, bytes: usize) -> Option<String> {
    let why = match redactor {
        Some(redactor) => apply(redactor, why.to_owned(), |why| Redact::Explanation(why))?,
        None => return text::plain(why, bytes).ok().flatten(),
    };
    text::plain(&why, bytes).ok().flatten()
}

/// How much of an error's text is read beyond what may be shown, so that a redactor sees whole what lies over the cut.
const BEYOND: usize = 16 * 1024;

/// How much of an error's text is read where `limit` bytes of it may be shown.
pub(crate) fn error_text_read(limit: usize) -> usize {
    limit.saturating_add(BEYOND)
}

/// The text of an error as it may be shown: without the secrets of URLs, then as the redactor leaves it, then within `limit`.
pub(crate) fn error_text(
    redactor: Option<&Redactor>,
    mut text: String,
    limit: usize,
) -> Option<String> {
    text.truncate(whole_words(&text, error_text_read(limit)).len());
    if let Cow::Owned(without) = without_secrets(&text) {
        text = without;
    }
    if let Some(redactor) = redactor {
        text = apply(redactor, text, |text| Redact::ErrorText(text))?;
    }
    text.truncate(prefix(&text, limit).len());
    Some(text)
}

/// The start of `text`, at most `bytes` long and cut between words where there are any: half a key is not recognised.
pub(crate) fn whole_words(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let kept = prefix(text, bytes);
    match kept.rfind(char::is_whitespace) {
        Some(end) if end > kept.len() / 2 => kept.get(..end).unwrap_or_default(),
        _ => kept,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a redactor is shown of a piece, in order; numbers as they are written.
    fn shown(piece: &mut Redact<'_>) -> Vec<String> {
        let mut all = Vec::new();
        piece.each_leaf(&mut |leaf| {
            all.push(match leaf {
                Leaf::Text(text) => text.clone(),
                Leaf::Number(number) => number.to_string(),
            });
        });
        all
    }

    #[test]
    fn every_text_of_every_part_is_shown() {
        let value = json!({"k": ["v", 7, true, null]});
        let of_value = ["k", "v", "7"];
        let fields = value.as_object().cloned().unwrap_or_default();
        for (mut part, expected) in [
            (Part::text("t"), &["t"][..]),
            (Part::reasoning("r"), &["r"]),
            (Part::tool_call("c", "f", value.clone()), &of_value),
            (Part::tool_response("c", value.clone()), &of_value),
            (Part::server_tool_call("c", "f", value.clone()), &of_value),
            (Part::server_tool_response("c", value.clone()), &of_value),
            (Part::blob("image/png", b"abc"), &["image/png"]),
            (Part::file("image", "f1").mime_type("m"), &["f1", "m"]),
            (Part::uri("image", "u").mime_type("m"), &["u", "m"]),
            (Part::other("kind", fields), &of_value),
        ] {
            assert_eq!(shown(&mut Redact::System(&mut part)), expected, "{part:?}");
            let named = [&["alice"][..], expected].concat();
            let mut input = InputMessage::new("user").name("alice").part(part.clone());
            assert_eq!(shown(&mut Redact::Input(&mut input)), named);
            let mut output = OutputMessage::new("assistant").name("alice").part(part);
            assert_eq!(shown(&mut Redact::Output(&mut output)), named);
        }
        let mut tool = ToolDefinition::function("f").description("d");
        assert_eq!(shown(&mut Redact::Tool(&mut tool)), ["d"]);
        let mut tool = ToolDefinition::function("f").parameters(value.clone());
        assert_eq!(shown(&mut Redact::Tool(&mut tool)), of_value);
        let mut tool = ToolDefinition::other("kind", "name");
        assert!(shown(&mut Redact::Tool(&mut tool)).is_empty());
        let mut document = Document::new("d", 0.5).field("k", json!(["v", 7]));
        assert_eq!(
            shown(&mut Redact::Document(&mut document)),
            ["d", "k", "v", "7"]
        );
        let of_values: [fn(&mut Value) -> Redact<'_>; 2] = [
            |value| Redact::Arguments(value),
            |value| Redact::Result(value),
        ];
        for wrap in of_values {
            assert_eq!(shown(&mut wrap(&mut value.clone())), of_value);
        }
        let of_texts: [fn(&mut String) -> Redact<'_>; 4] = [
            |text| Redact::Query(text),
            |text| Redact::ErrorText(text),
            |text| Redact::Explanation(text),
            |text| Redact::Attribute { key: "k", text },
        ];
        for wrap in of_texts {
            assert_eq!(shown(&mut wrap(&mut "a text".to_owned())), ["a text"]);
        }
    }

    #[test]
    fn debug_shows_the_kind_alone() {
        let (mut text, mut value) = ("secret".to_owned(), json!("secret"));
        let mut part = Part::text("secret");
        let mut input = InputMessage::new("secret");
        let mut output = OutputMessage::new("secret");
        let mut tool = ToolDefinition::function("secret");
        let mut document = Document::new("secret", 0.5);
        let all = [
            format!("{:?}", Redact::Input(&mut input)),
            format!("{:?}", Redact::Output(&mut output)),
            format!("{:?}", Redact::System(&mut part)),
            format!("{:?}", Redact::Tool(&mut tool)),
            format!("{:?}", Redact::Arguments(&mut value)),
            format!("{:?}", Redact::Result(&mut value)),
            format!("{:?}", Redact::Query(&mut text)),
            format!("{:?}", Redact::Document(&mut document)),
            format!("{:?}", Redact::ErrorText(&mut text)),
            format!("{:?}", Redact::Explanation(&mut text)),
        ];
        let names =
            "Input Output System Tool Arguments Result Query Document ErrorText Explanation";
        let expected: Vec<String> = names.split(' ').map(|name| format!("{name}(..)")).collect();
        assert_eq!(all, *expected);
        let attribute = Redact::Attribute {
            key: "secret",
            text: &mut text,
        };
        assert_eq!(format!("{attribute:?}"), "Attribute(..)");
    }

    /// Half a key is not recognised, so a long text is cut between words; but not where that would leave less than half.
    #[test]
    fn a_long_text_is_cut_between_words() {
        for (text, bytes, kept) in [
            ("aaaaa b", 7, "aaaaa b"),
            ("aaaaa bcd", 8, "aaaaa"),
            ("aaaa bcdef", 8, "aaaa bcd"),
            ("aaa bcdefgh", 8, "aaa bcde"),
            ("aaaaaaaaaaa", 8, "aaaaaaaa"),
            ("", 8, ""),
        ] {
            assert_eq!(whole_words(text, bytes), kept, "{text}");
        }
        assert_eq!(error_text_read(100), 100 + 16_384);
    }

    #[test]
    fn an_explanation_is_redacted_and_cut() {
        let redactor: Redactor = Arc::new(|piece: &mut Redact<'_>| {
            piece.each_text(|text| *text = text.replace("secret", "[gone]"));
        });
        let long = "a secret ".repeat(100);
        assert_eq!(
            explanation(None, "a secret", 100).as_deref(),
            Some("a secret")
        );
        let found = explanation(Some(&redactor), "a secret", 100);
        assert_eq!(found.as_deref(), Some("a [gone]"));
        let found = explanation(Some(&redactor), &long, 300).unwrap_or_default();
        assert!(found.starts_with("a [gone] a") && found.ends_with(" bytes cut]"));
        assert!(found.len() <= 300 && !found.contains("secret"), "{found}");
        let panics: Redactor = Arc::new(|_| panic!("as planned"));
        assert_eq!(explanation(Some(&panics), "why", 100), None);
        assert_eq!(words(&panics, "k", "why"), None);
        let found = words(&redactor, "k", "a secret");
        assert_eq!(found.as_deref(), Some("a [gone]"));
    }
}
