//! Messages, choices and tools of the OpenAI chat format and of those that took it over, as parts of the message model.

use serde_json::{Map, Value};

use super::common::{block_of, definition, is_structured, joined, named, value_part};
use super::json::{
    answer, blob, id, list, object, objects, objects_of, other, reasoning_part, role, take, text,
    text_or_json, text_part, uri,
};
use crate::content::message::{InputMessage, Part, ToolDefinition, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::parts::{arguments, call, refusal};
use crate::extract::stream::body::{Fragment, TextKind};

/// The messages of a request.
pub(super) fn messages(value: Value) -> Vec<InputMessage> {
    objects(value).map(message).collect()
}

fn message(mut fields: Map<String, Value>) -> InputMessage {
    let role = role(&mut fields, "user");
    let name = text(&mut fields, "name");
    if role == "tool" || role == "function" {
        let id = id(&mut fields, "tool_call_id");
        let response = answer(fields.remove("content").unwrap_or_default());
        return InputMessage {
            role,
            parts: vec![Part::ToolCallResponse { id, response }],
            name,
        };
    }
    InputMessage {
        parts: parts(fields),
        role,
        name,
    }
}

/// The parts of a message: reasoning, content, refusal, what is no text, calls.
fn parts(mut fields: Map<String, Value>) -> Vec<Part> {
    let mut parts = Vec::new();
    // Details of the reasoning that go back to the server are for it to check, mostly signed or encrypted.
    parts.extend(reasoning(&mut fields).and_then(reasoning_part));
    content(take(&mut fields, "content").unwrap_or_default(), &mut parts);
    parts.extend(text(&mut fields, "refusal").map(refusal));
    parts.extend(object(&mut fields, "audio").into_iter().flat_map(speech));
    parts.extend(images(&mut fields));
    parts.extend(objects_of(&mut fields, "tool_calls").filter_map(tool_call));
    parts.extend(object(&mut fields, "function_call").and_then(|call| called(None, call)));
    parts
}

/// The reasoning beside the content, under its names.
fn reasoning(fields: &mut Map<String, Value>) -> Option<String> {
    let found =
        ["reasoning_content", "reasoning", "thinking", "tool_plan"].map(|key| text(fields, key));
    found.into_iter().flatten().next()
}

/// The reasoning in details of it, which say again what lies beside them as plain text. Some are encrypted.
fn details(fields: &mut Map<String, Value>) -> Option<String> {
    let texts: String = objects_of(fields, "reasoning_details")
        .filter_map(|mut detail| text(&mut detail, "text").or_else(|| text(&mut detail, "summary")))
        .collect();
    (!texts.is_empty()).then_some(texts)
}

/// What was said: the sound, or the id under which the provider has it, and the words.
fn speech(mut audio: Map<String, Value>) -> Vec<Part> {
    let sound = match (text(&mut audio, "data"), id(&mut audio, "id")) {
        (Some(data), _) => Some(blob("audio", None, data)),
        (None, Some(file_id)) => Some(Part::File {
            modality: Word::Borrowed("audio"),
            mime_type: None,
            file_id,
        }),
        (None, None) => None,
    };
    let words = text(&mut audio, "transcript").and_then(text_part);
    sound.into_iter().chain(words).collect()
}

/// The images beside the content: blocks, or with Ollama bare base64.
fn images(fields: &mut Map<String, Value>) -> impl Iterator<Item = Part> + use<> {
    let images = list(take(fields, "images").unwrap_or_default());
    images.into_iter().filter_map(|value| match value {
        Value::String(data) if data.contains(':') => Some(uri("image", None, data)),
        Value::String(data) => Some(blob("image", None, data)),
        Value::Object(mut fields) => {
            let within = take(&mut fields, "image_url").or_else(|| take(&mut fields, "url"));
            match (within, text(&mut fields, "b64_json")) {
                (Some(within), _) => Some(image(within)),
                (None, Some(data)) => Some(blob("image", None, data)),
                (None, None) => None,
            }
        }
        _ => None,
    })
}

/// The parts of a content: a text, or a list of blocks.
pub(super) fn content(value: Value, parts: &mut Vec<Part>) {
    if !is_content(&value) {
        parts.extend(value_part(value));
        return;
    }
    for block in list(value) {
        match block {
            Value::String(content) => parts.extend(text_part(content)),
            Value::Object(fields) => parts.extend(block_part(fields)),
            _ => {}
        }
    }
}

/// Whether a content is text or blocks. Some servers answer with the value itself where JSON was asked for.
fn is_content(value: &Value) -> bool {
    match value {
        Value::Null | Value::String(_) => true,
        Value::Object(fields) => fields
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| BLOCKS.contains(&kind)),
        Value::Array(blocks) => {
            let is_block = |block: &Value| match block {
                Value::Object(fields) => ["type", "text", "thinking"]
                    .iter()
                    .any(|key| fields.get(*key).is_some_and(Value::is_string)),
                other => other.is_string(),
            };
            blocks.is_empty() || blocks.iter().any(is_block)
        }
        _ => false,
    }
}

/// The kinds of blocks that a content may be without a list around it.
const BLOCKS: [&str; 12] = [
    "text",
    "input_text",
    "output_text",
    "summary_text",
    "refusal",
    "thinking",
    "reasoning",
    "image_url",
    "input_image",
    "input_audio",
    "file",
    "input_file",
];

fn block_part(fields: Map<String, Value>) -> Vec<Part> {
    let kind = fields.get("type").and_then(Value::as_str);
    if kind == Some("output_audio") {
        return speech(fields);
    }
    one_part(fields).into_iter().collect()
}

fn one_part(mut fields: Map<String, Value>) -> Option<Part> {
    let kind = text(&mut fields, "type").unwrap_or_default();
    match kind.as_str() {
        "text" | "input_text" | "output_text" | "summary_text" => {
            text_part(text_or_json(&mut fields, "text")?)
        }
        "refusal" => text(&mut fields, "refusal").map(refusal),
        "thinking" | "reasoning" => {
            let names = [&kind, "text", "summary", "content"];
            let found = names.into_iter().find_map(|key| take(&mut fields, key));
            reasoning_part(joined(found?, ""))
        }
        "image_url" => Some(image(take(&mut fields, "image_url")?)),
        "input_image" => match text(&mut fields, "file_id") {
            Some(file_id) => Some(Part::File {
                modality: Word::Borrowed("image"),
                mime_type: None,
                file_id,
            }),
            None => Some(image(take(&mut fields, "image_url")?)),
        },
        "image" if fields.contains_key("image_url") => Some(image(take(&mut fields, "image_url")?)),
        "input_audio" => Some(audio(take(&mut fields, "input_audio")?)),
        "file" | "input_file" => {
            let mut file = object(&mut fields, "file").unwrap_or(fields);
            let modality = Word::Borrowed("document");
            if let Some(file_id) = text(&mut file, "file_id") {
                return Some(Part::File {
                    modality,
                    mime_type: None,
                    file_id,
                });
            }
            let data = text(&mut file, "file_data").or_else(|| text(&mut file, "file_url"));
            Some(data.map_or_else(|| other(&kind, file), |data| uri("document", None, data)))
        }
        // Cohere's streams leave the type out.
        "" => text(&mut fields, "text")
            .and_then(text_part)
            .or_else(|| text(&mut fields, "thinking").and_then(reasoning_part)),
        // Gateways take Anthropic's blocks too, and a short request of Anthropic's looks like one of OpenAI's.
        _ => block_of(&kind, fields),
    }
}

fn image(value: Value) -> Part {
    match value {
        Value::Object(mut fields) => {
            uri("image", None, text(&mut fields, "url").unwrap_or_default())
        }
        Value::String(url) => uri("image", None, url),
        _ => other("image_url", Map::new()),
    }
}

fn audio(value: Value) -> Part {
    match value {
        Value::Object(mut fields) => {
            let mime_type = text(&mut fields, "format").map(|format| format!("audio/{format}"));
            blob(
                "audio",
                mime_type,
                text(&mut fields, "data").unwrap_or_default(),
            )
        }
        Value::String(data) => blob("audio", None, data),
        _ => other("input_audio", Map::new()),
    }
}

/// A whole call.
pub(super) fn tool_call(mut fields: Map<String, Value>) -> Option<Part> {
    let id = id(&mut fields, "id");
    called(id, function(fields))
}

/// What is called: a function, a tool whose input is plain text, or the call itself where nothing is wrapped.
fn function(mut call: Map<String, Value>) -> Map<String, Value> {
    object(&mut call, "function")
        .or_else(|| object(&mut call, "custom"))
        .unwrap_or(call)
}

/// The arguments of a call under their names: a tool of plain text has an input, version 1 of Cohere has parameters.
fn named_arguments(function: &mut Map<String, Value>) -> Option<Value> {
    ["arguments", "input", "parameters"]
        .into_iter()
        .find_map(|key| take(function, key))
}

fn called(id: Option<String>, mut function: Map<String, Value>) -> Option<Part> {
    let name = text(&mut function, "name");
    let arguments = named_arguments(&mut function).and_then(arguments);
    call(id, name, arguments)
}

/// A whole message of a choice, of which every call is one of its own.
pub(super) fn whole_message(stream: &mut Accumulator, choice: u64, mut value: Value) {
    let fields = value.as_object_mut();
    let calls = fields.map(|fields| objects_of(fields, "tool_calls"));
    delta(stream, choice, value);
    for call in calls.into_iter().flatten().filter_map(tool_call) {
        stream.part(choice, call);
    }
}

/// What a choice goes on with: a `delta`, or the `text` of a plain completion.
pub(super) fn delta(stream: &mut Accumulator, choice: u64, value: Value) {
    let mut fields = match value {
        Value::Object(fields) => fields,
        Value::String(text) => return stream.append(choice, None, TextKind::Text, &text),
        _ => return,
    };
    if let Some(role) = text(&mut fields, "role") {
        stream.role(choice, &role);
    }
    // Encrypted reasoning has no text.
    if fields.get("reasoning_details").is_some_and(is_structured) {
        stream.some_output();
    }
    let (plain, details) = (reasoning(&mut fields), details(&mut fields));
    let is_plain = plain.is_some();
    if let Some(text) = plain.or(details) {
        stream.reasoning_beside(choice, is_plain, &text);
    }
    let mut parts = Vec::new();
    content(take(&mut fields, "content").unwrap_or_default(), &mut parts);
    for part in parts {
        match part {
            Part::Text { content } => stream.append(choice, None, TextKind::Text, &content),
            Part::Reasoning { content } => {
                stream.append(choice, None, TextKind::Reasoning, &content)
            }
            part => stream.part(choice, part),
        }
    }
    if let Some(text) = text(&mut fields, "refusal") {
        stream.append(choice, None, TextKind::Refusal, &text);
    }
    if let Some(mut audio) = object(&mut fields, "audio") {
        let data = text(&mut audio, "data").unwrap_or_default();
        stream.data(choice, None, "audio", None, &data);
        let words = text(&mut audio, "transcript").unwrap_or_default();
        stream.append(choice, None, TextKind::Text, &words);
    }
    for image in images(&mut fields) {
        stream.part(choice, image);
    }
    calls(
        stream,
        choice,
        take(&mut fields, "tool_calls").unwrap_or_default(),
    );
    if let Some(call) = object(&mut fields, "function_call") {
        fragment(stream, choice, Some(0), None, call);
    }
    if fields.values().any(is_structured) {
        stream.some_output();
    }
}

/// The calls of a choice, whole or in fragments.
pub(super) fn calls(stream: &mut Accumulator, choice: u64, value: Value) {
    let mut calls = objects(value).enumerate().peekable();
    let mut is_alone = true;
    while let Some((place, mut call)) = calls.next() {
        is_alone &= calls.peek().is_none();
        let index = take(&mut call, "index");
        let id = id(&mut call, "id");
        let function = function(call);
        let number = match index {
            Some(index) => index.as_u64(),
            None => {
                let name = function.get("name").and_then(Value::as_str);
                let arguments = function.get("arguments");
                let said = Fragment {
                    id: id.as_deref(),
                    name: name.filter(|name| !name.is_empty()),
                    brings: arguments.is_some_and(|all| !all.is_null() && *all != ""),
                };
                let known = stream.choice(choice);
                known.map(|known| known.number(place, is_alone, said))
            }
        };
        if number.is_some() {
            fragment(stream, choice, number, id, function);
        }
    }
}

/// A fragment of one call.
pub(super) fn fragment(
    stream: &mut Accumulator,
    choice: u64,
    number: Option<u64>,
    id: Option<String>,
    mut function: Map<String, Value>,
) {
    let name = text(&mut function, "name");
    match named_arguments(&mut function) {
        Some(Value::String(text)) => stream.call(
            choice,
            number,
            id.as_deref(),
            name.as_deref(),
            Some(&text),
            None,
        ),
        whole => stream.call(choice, number, id.as_deref(), name.as_deref(), None, whole),
    }
}

/// The tools of a request.
pub(super) fn tools(value: Value) -> Vec<ToolDefinition> {
    objects(value)
        .map(|mut fields| {
            let kind = text(&mut fields, "type").unwrap_or_else(|| "function".to_owned());
            let function = object(&mut fields, "function");
            match (function, kind.as_str()) {
                (Some(function), _) => definition(function),
                (None, "function") => definition(fields),
                (None, _) => {
                    let inner = object(&mut fields, &kind).unwrap_or(fields);
                    named(kind, inner)
                }
            }
        })
        .collect()
}

/// The functions of a request.
pub(super) fn functions(value: Value) -> Vec<ToolDefinition> {
    objects(value).map(definition).collect()
}
