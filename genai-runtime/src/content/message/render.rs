//! Elements of lists of content as spans have them: messages, instructions, tools and documents go in, JSON text comes out, under
//! the cap of the list that they are in (`list`).

use super::finish::{self, Ended};
use super::out::{Out, SHORT};
use super::size::{Size, sizes};
use super::{Bytes, Document, InputMessage, MAX_DEPTH, OutputMessage, Part, ToolDefinition, Word};

/// Room for the fixed text of a part, message, tool or document with every string in it cut.
pub(super) const FIXED: usize = 320;
/// How parts of text and of reasoning begin.
const TEXT: &str = "{\"type\":\"text\",\"content\":";
const REASONING: &str = "{\"type\":\"reasoning\",\"content\":";

/// An element of a list of content.
pub(crate) trait Element: Size {
    /// Writes it, but for what closes it; false if it does not fit and cannot be cut.
    fn begin(&self, out: &mut Out) -> bool;

    /// Likewise of one that nobody looks at again: what is large of it is let go of while it is written. Nothing of it can be written a
    /// second time.
    fn begin_given(&mut self, out: &mut Out) -> bool {
        self.begin(out)
    }

    /// Writes a like element without content, but for what closes it.
    fn stub(&self, _out: &mut Out) {}

    /// Writes the mark of a cut before the close.
    fn mark(out: &mut Out, bytes: usize);

    /// Closes it.
    fn end(&self, _out: &mut Out, _ended: Ended) {}

    /// Lets go of the content.
    fn empty(&mut self);
}

/// A role or finish reason in an element that says what was cut.
fn short<'a>(word: &'a str, default: &'a str) -> &'a str {
    if word.len() <= SHORT && !word.is_empty() {
        word
    } else {
        default
    }
}

/// What a message of a usual role begins with.
fn usual_head(role: &str) -> Option<&'static str> {
    Some(match role {
        "user" => "{\"role\":\"user\",\"parts\":[",
        "assistant" => "{\"role\":\"assistant\",\"parts\":[",
        "system" => "{\"role\":\"system\",\"parts\":[",
        "tool" => "{\"role\":\"tool\",\"parts\":[",
        _ => return None,
    })
}

fn head(out: &mut Out, role: &str, name: Option<&str>) {
    if let Some(usual) = usual_head(role).filter(|_| name.is_none()) {
        out.raw(usual);
        return;
    }
    out.raw("{\"role\":");
    out.string(role);
    if let Some(name) = name {
        out.raw(",\"name\":");
        out.string(name);
    }
    out.raw(",\"parts\":[");
}

/// Writes a part of a message; false if it does not fit, then nothing of it is written.
fn one(out: &mut Out, write: impl FnOnce(&mut Out) -> bool) -> bool {
    let start = out.len();
    let opened = out.open(FIXED);
    if opened {
        out.comma();
    }
    let written = opened && write(out);
    if opened {
        out.close(FIXED);
    }
    if !written {
        out.back_to(start);
        out.full = true;
    }
    written
}

fn parts(out: &mut Out, parts: &[Part]) {
    for (i, part) in parts.iter().enumerate() {
        if !one(out, |out| part.begin(out)) {
            out.cut += sizes(parts.get(i..).unwrap_or_default());
            return;
        }
    }
}

/// Likewise of a message that is given away.
fn parts_given(out: &mut Out, parts: &mut [Part]) {
    let mut rest = parts.iter_mut();
    while let Some(part) = rest.next() {
        if !one(out, |out| part.begin_given(out)) {
            out.cut += part.size() + sizes(rest.as_slice());
            return;
        }
    }
}

impl Element for InputMessage {
    fn begin(&self, out: &mut Out) -> bool {
        head(out, &self.role, self.name.as_deref());
        parts(out, &self.parts);
        true
    }

    fn begin_given(&mut self, out: &mut Out) -> bool {
        head(out, &self.role, self.name.as_deref());
        parts_given(out, &mut self.parts);
        true
    }

    fn stub(&self, out: &mut Out) {
        head(out, short(&self.role, "user"), None);
    }

    fn mark(out: &mut Out, bytes: usize) {
        Part::mark(out, bytes);
    }

    fn end(&self, out: &mut Out, _: Ended) {
        out.raw("]}");
    }

    fn empty(&mut self) {
        self.parts = Vec::new();
    }
}

impl Element for OutputMessage {
    fn begin(&self, out: &mut Out) -> bool {
        head(out, &self.role, self.name.as_deref());
        parts(out, &self.parts);
        true
    }

    fn begin_given(&mut self, out: &mut Out) -> bool {
        head(out, &self.role, self.name.as_deref());
        parts_given(out, &mut self.parts);
        true
    }

    fn stub(&self, out: &mut Out) {
        head(out, short(&self.role, "assistant"), None);
    }

    fn mark(out: &mut Out, bytes: usize) {
        Part::mark(out, bytes);
    }

    fn end(&self, out: &mut Out, ended: Ended) {
        let reason = finish::of(self, ended);
        out.raw("],\"finish_reason\":");
        out.string(if out.full && out.cutting {
            short(reason, "stop")
        } else {
            reason
        });
        out.raw("}");
    }

    fn empty(&mut self) {
        self.parts = Vec::new();
    }
}

/// Writes `key` with a string, if there is one.
fn optional(out: &mut Out, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        out.raw(key);
        out.string(value);
    }
}

fn media(out: &mut Out, modality: &str, mime_type: Option<&String>) {
    out.raw("\"modality\":");
    out.string(modality);
    optional(out, ",\"mime_type\":", mime_type);
}

impl Element for Part {
    fn begin(&self, out: &mut Out) -> bool {
        match self {
            Self::Text { content } => {
                out.raw(TEXT);
                out.string(content);
            }
            Self::Reasoning { content } => {
                out.raw(REASONING);
                out.string(content);
            }
            Self::ToolCall {
                id,
                name,
                arguments,
            } => {
                out.raw("{\"type\":\"tool_call\"");
                optional(out, ",\"id\":", id.as_ref());
                out.raw(",\"name\":");
                out.string(name);
                if let Some(arguments) = arguments {
                    out.raw(",\"arguments\":");
                    out.value(arguments);
                }
            }
            Self::ToolCallResponse { id, response } => {
                out.raw("{\"type\":\"tool_call_response\"");
                optional(out, ",\"id\":", id.as_ref());
                out.raw(",\"response\":");
                out.value(response);
            }
            Self::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => {
                out.raw("{\"type\":\"server_tool_call\"");
                optional(out, ",\"id\":", id.as_ref());
                out.raw(",\"name\":");
                out.string(name);
                out.raw(",\"server_tool_call\":");
                out.value(server_tool_call);
            }
            Self::ServerToolCallResponse {
                id,
                server_tool_call_response,
            } => {
                out.raw("{\"type\":\"server_tool_call_response\"");
                optional(out, ",\"id\":", id.as_ref());
                out.raw(",\"server_tool_call_response\":");
                out.value(server_tool_call_response);
            }
            Self::Blob {
                modality,
                mime_type,
                content,
            } => {
                out.raw("{\"type\":\"blob\",");
                media(out, modality, mime_type.as_ref());
                out.raw(",\"content\":");
                let fits = match content {
                    Bytes::Raw(bytes) => out.base64(bytes),
                    Bytes::Base64(text) => text.len() + 2 <= out.room(),
                };
                if !fits {
                    return false;
                }
                if let Bytes::Base64(text) = content {
                    out.string(text);
                }
            }
            Self::File {
                modality,
                mime_type,
                file_id,
            } => {
                out.raw("{\"type\":\"file\",");
                media(out, modality, mime_type.as_ref());
                out.raw(",\"file_id\":");
                out.string(file_id);
            }
            Self::Uri {
                modality,
                mime_type,
                uri,
            } => {
                out.raw("{\"type\":\"uri\",");
                media(out, modality, mime_type.as_ref());
                out.raw(",\"uri\":");
                out.string(uri);
            }
            Self::Other { kind, fields } => {
                out.raw("{\"type\":");
                out.string(kind);
                out.fields(fields, false, &["type"], MAX_DEPTH);
            }
        }
        out.raw("}");
        true
    }

    fn begin_given(&mut self, out: &mut Out) -> bool {
        let (head, content) = match self {
            Self::Text { content } => (TEXT, content),
            Self::Reasoning { content } => (REASONING, content),
            _ => return self.begin(out),
        };
        out.raw(head);
        out.string_given(std::mem::take(content));
        out.raw("}");
        true
    }

    fn mark(out: &mut Out, bytes: usize) {
        out.comma();
        if out.marks_as_text {
            out.raw("{\"type\":\"text\",\"content\":\"...[");
            out.number(bytes);
            out.raw(" bytes cut]\"}");
            return;
        }
        out.raw("{\"type\":\"truncated\",\"bytes\":");
        out.number(bytes);
        out.raw("}");
    }

    fn empty(&mut self) {
        *self = Self::Text {
            content: String::new(),
        };
    }
}

impl Element for ToolDefinition {
    fn begin(&self, out: &mut Out) -> bool {
        match self {
            Self::Function {
                name,
                description,
                parameters,
            } => {
                out.raw("{\"type\":\"function\",\"name\":");
                out.string(name);
                optional(out, ",\"description\":", description.as_ref());
                if let Some(parameters) = parameters {
                    out.raw(",\"parameters\":");
                    out.value(parameters);
                }
            }
            Self::Other { kind, name } => {
                out.raw("{\"type\":");
                out.string(kind);
                out.raw(",\"name\":");
                out.string(name);
            }
        }
        out.raw("}");
        true
    }

    fn mark(out: &mut Out, bytes: usize) {
        out.comma();
        out.raw("{\"type\":\"truncated\",\"name\":\"truncated\",\"bytes\":");
        out.number(bytes);
        out.raw("}");
    }

    fn empty(&mut self) {
        *self = Self::Other {
            kind: Word::Borrowed(""),
            name: String::new(),
        };
    }
}

impl Element for Document {
    fn begin(&self, out: &mut Out) -> bool {
        out.raw("{\"id\":");
        out.string(&self.id);
        if let Some(score) = self.score {
            out.raw(",\"score\":");
            out.double(score);
        }
        out.fields(&self.fields, false, &["id", "score"], MAX_DEPTH);
        out.raw("}");
        true
    }

    fn mark(out: &mut Out, bytes: usize) {
        out.comma();
        out.raw("{\"id\":\"truncated\",\"score\":0,\"type\":\"truncated\",\"bytes\":");
        out.number(bytes);
        out.raw("}");
    }

    fn empty(&mut self) {
        self.fields.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ready_for_a_usual_role_is_what_is_written_of_others() {
        for role in ["user", "assistant", "system", "tool"] {
            let mut out = Out::new(0, usize::MAX, false);
            head(&mut out, role, Some("x"));
            let named = out.finish().unwrap_or_default();
            let alone = named.replace(",\"name\":\"x\"", "");
            assert_eq!(Some(&*alone), usual_head(role));
        }
        assert_eq!(usual_head("developer"), None);
    }
}
