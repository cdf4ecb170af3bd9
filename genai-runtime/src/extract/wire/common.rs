//! What several formats share: parts of their tables, blocks of content, tools, and the end of a chunk with one choice.

use serde_json::{Map, Value};

use super::asked::{Asked, latest};
use super::json::{
    answer, blob, id, list, object, objects, other, reasoning_part, shown, take, text,
    text_or_json, text_part, uri,
};
use super::visit::Scalar;
use super::walk::Want::{self, Skip, Take};
use crate::content::message::{InputMessage, Part, ToolDefinition, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::parts::{arguments, call, server_call, server_response};
use crate::extract::stream::body::TextKind;

/// The counters Bedrock adds to the last event of any model's stream.
pub(super) const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// The model inside a body of Google's has its collection before it.
pub(super) fn model(asked: &mut Asked<'_>, value: Scalar<'_>) {
    if let Scalar::Str(name) = value {
        let name = name.strip_prefix("models/").unwrap_or(name);
        asked.text(
            crate::semconv::registry::keys::GEN_AI_REQUEST_MODEL,
            Scalar::Str(name),
        );
    }
}

/// The format of the output that is asked for.
pub(super) fn output_format<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "type" => Take(Asked::output_type),
        _ => Skip,
    }
}

/// A plain prompt, or several: each the user's message.
pub(super) fn prompts(asked: &mut Asked<'_>, value: Value) {
    for prompt in list(value) {
        if let Value::String(content) = prompt {
            asked.input.push(user(vec![Part::Text { content }]));
        }
    }
}

/// A message of the user's.
pub(super) fn user(parts: Vec<Part>) -> InputMessage {
    InputMessage {
        role: Word::Borrowed("user"),
        parts,
        name: None,
    }
}

/// An error object, of any of the formats.
pub(super) fn error(key: &str) -> Want<Accumulator> {
    match key {
        "code" | "Code" => Take(Accumulator::take_error_code),
        "type" => Take(Accumulator::take_error_kind),
        "status" => Take(Accumulator::take_error_status),
        // Some say nothing else.
        "message" | "Message" => Take(Accumulator::take_error_text),
        _ => Skip,
    }
}

/// Bedrock's own counters, which count where the model's are missing.
pub(super) fn metrics(key: &str) -> Want<Accumulator> {
    match key {
        "inputTokenCount" => Take(|stream, value| latest(&mut stream.usage.bedrock.input, value)),
        "outputTokenCount" => Take(|stream, value| latest(&mut stream.usage.bedrock.output, value)),
        "cacheReadInputTokenCount" => {
            Take(|stream, value| latest(&mut stream.usage.bedrock.cache_read, value))
        }
        "cacheWriteInputTokenCount" => {
            Take(|stream, value| latest(&mut stream.usage.bedrock.cache_creation, value))
        }
        _ => Skip,
    }
}

/// Ends a chunk of a format that has one choice, whose fields lie at the top.
pub(super) fn end_single(stream: &mut Accumulator) {
    stream.pending.index = None;
    if stream.pending.finish.is_some() {
        stream.end_choice(|_, _, _| {});
    }
}

/// The whole answer of the only choice, a list of which `parts` makes parts, and how many bytes of it are left out: it takes the
/// place of what the events said of it.
pub(super) fn whole_answer<P: IntoIterator<Item = Part>>(
    stream: &mut Accumulator,
    value: Value,
    lost: usize,
    parts: impl Fn(Map<String, Value>) -> P,
) {
    let mut items = objects(value).peekable();
    if items.peek().is_some() {
        stream.forget(0);
    }
    stream.lose(lost);
    for part in items.flat_map(parts) {
        stream.part(0, part);
    }
}

/// Hands over the block that an event begins, and what it goes on with, each with the number of the block.
pub(super) fn block_events(
    stream: &mut Accumulator,
    begin: fn(&mut Accumulator, Option<u64>, Map<String, Value>),
    go_on: fn(&mut Accumulator, Option<u64>, Map<String, Value>),
) {
    let number = stream.pending.index.take();
    let number = number.and_then(|n| u64::try_from(n).ok());
    let (begun, delta) = (stream.pending.whole.take(), stream.pending.content.take());
    if let Some(Value::Object(fields)) = begun {
        begin(stream, number, fields);
    }
    if let Some(Value::Object(fields)) = delta {
        go_on(stream, number, fields);
    }
}

/// Who speaks, where the model is called one.
pub(super) fn speaker(role: Word) -> Word {
    if role == "model" {
        Word::Borrowed("assistant")
    } else {
        role
    }
}

/// The call of a tool of the provider's: its name, or that of its kind, and its arguments as JSON.
pub(super) fn hosted_call(kind: &str, id: Option<String>, mut fields: Map<String, Value>) -> Part {
    let name = text(&mut fields, "name")
        .unwrap_or_else(|| kind.strip_suffix("_call").unwrap_or(kind).to_owned());
    if let Some(input) = fields.remove("arguments").and_then(arguments) {
        fields.insert("arguments".to_owned(), input);
    }
    server_call(kind, id, name, fields)
}

/// Appends a text to the only choice, or to the choice that is pending.
pub(super) fn append(stream: &mut Accumulator, kind: TextKind, value: Value) {
    append_to(stream, 0, kind, value);
}

/// Appends a text to a choice; a value that is none as its JSON.
pub(super) fn append_to(stream: &mut Accumulator, choice: u64, kind: TextKind, value: Value) {
    match value {
        Value::Null => {}
        Value::String(text) => stream.append(choice, None, kind, &text),
        value => stream.append(choice, None, kind, &shown(value)),
    }
}

/// A value that stands where text does, as its JSON.
pub(super) fn value_part(value: Value) -> Option<Part> {
    match value {
        Value::Null => None,
        Value::String(content) => text_part(content),
        value => text_part(shown(value)),
    }
}

/// A block of this kind.
pub(super) fn block_of(kind: &str, mut fields: Map<String, Value>) -> Option<Part> {
    match kind {
        "text" => text_part(text_or_json(&mut fields, "text")?),
        "thinking" => reasoning_part(text(&mut fields, "thinking")?),
        "tool_use" => call(
            id(&mut fields, "id"),
            text(&mut fields, "name"),
            fields.remove("input").and_then(arguments),
        ),
        "tool_result" => Some(Part::ToolCallResponse {
            id: id(&mut fields, "tool_use_id"),
            response: answer(fields.remove("content").unwrap_or_default()),
        }),
        // Tools that the provider runs: `server_tool_use`, `mcp_tool_use`, and one kind of result for each tool.
        _ if kind.ends_with("_tool_use") => {
            let (id, name) = (id(&mut fields, "id"), text(&mut fields, "name")?);
            if let Some(input) = fields.remove("input").and_then(arguments) {
                fields.insert("input".to_owned(), input);
            }
            Some(server_call(kind, id, name, fields))
        }
        _ if kind.ends_with("_tool_result") => {
            let id = id(&mut fields, "tool_use_id");
            Some(server_response(kind, id, fields))
        }
        // A block that does not say what it is.
        "" => match text(&mut fields, "text") {
            Some(text) => text_part(text),
            None => value_part(Value::Object(fields)),
        },
        "image" => Some(source("image", kind, fields)),
        "document" => Some(source("document", kind, fields)),
        _ => Some(other(kind, fields)),
    }
}

/// Data inline, behind a URL, or in a file.
fn source(modality: &'static str, kind: &str, mut fields: Map<String, Value>) -> Part {
    let Some(mut from) = object(&mut fields, "source") else {
        return other(kind, fields);
    };
    let mime_type = text(&mut from, "media_type");
    if let Some(file_id) = text(&mut from, "file_id") {
        return Part::File {
            modality: Word::Borrowed(modality),
            mime_type,
            file_id,
        };
    }
    if let Some(url) = text(&mut from, "url") {
        return uri(modality, mime_type, url);
    }
    let is_base64 = from.get("type").is_some_and(|kind| kind == "base64");
    match (text(&mut from, "data"), take(&mut from, "content")) {
        (Some(data), _) if is_base64 => blob(modality, mime_type, data),
        (Some(content), _) => Part::Text { content },
        (None, Some(content)) => Part::Text {
            content: joined(content, ""),
        },
        (None, None) => other(kind, fields),
    }
}

/// The texts of a list of blocks, joined; a text is itself.
pub(super) fn joined(value: Value, between: &str) -> String {
    let texts: Vec<String> = list(value)
        .into_iter()
        .filter_map(|block| match block {
            Value::String(text) => Some(text),
            Value::Object(mut fields) => text(&mut fields, "text"),
            _ => None,
        })
        .collect();
    texts.join(between)
}

/// Whether this holds something besides plain values: output of a kind that nobody models.
pub(super) fn is_structured(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    }
}

/// A tool of the provider's own.
pub(super) fn named(kind: String, mut fields: Map<String, Value>) -> ToolDefinition {
    let name = text(&mut fields, "name").unwrap_or_else(|| kind.clone());
    ToolDefinition::Other {
        kind: Word::Owned(kind),
        name,
    }
}

/// A function with its schema, under any of the names formats have for it.
pub(super) fn definition(mut fields: Map<String, Value>) -> ToolDefinition {
    let schema = [
        "parameters",
        "input_schema",
        "parametersJsonSchema",
        "parameters_json_schema",
        "inputSchema",
        "parameter_definitions",
    ]
    .map(|key| take(&mut fields, key));
    ToolDefinition::Function {
        name: text(&mut fields, "name").unwrap_or_default(),
        description: text(&mut fields, "description"),
        parameters: schema.into_iter().flatten().next(),
    }
}
