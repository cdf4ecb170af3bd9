//! Bedrock Converse and ConverseStream, and Nova behind InvokeModel, which speaks the same with other names for some limits.

use serde_json::{Map, Value};

use super::asked::Asked;
use super::common::{
    METRICS, block_events, definition, is_structured, joined, metrics, named, output_format,
};
use super::fault;
use super::json::{
    answer, bedrock_mime, blob, id, object, objects, objects_of, other, reasoning_part, role,
    shown, take, text, text_or_json, text_part, uri,
};
use super::walk::Want::{self, Content, In, Listed, Note, Skip, Take};
use crate::content::message::{InputMessage, Part, ToolDefinition};
use crate::extract::accumulator::Accumulator;
use crate::extract::parts::{arguments, call, server_call, server_response};
use crate::extract::stream::body::{Body, TextKind};

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "modelId" => text!(GEN_AI_REQUEST_MODEL),
        "inferenceConfig" => In(inference),
        "outputConfig" => In(output_config),
        "additionalModelRequestFields" => In(additional),
        "guardrailConfig" => In(guardrail),
        // Instructions are text; points of the cache between them are none.
        "system" => Listed(Asked::system_room, |asked, value| {
            let parts = objects(value).filter_map(block);
            asked
                .system
                .extend(parts.filter(|part| matches!(part, Part::Text { .. })));
        }),
        "messages" => Listed(Asked::message_room, |asked, value| {
            asked.input.extend(messages(value))
        }),
        "toolConfig" => In(tool_config),
        _ => Skip,
    }
}

fn inference<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "topP" | "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "topK" | "top_k" => real!(GEN_AI_REQUEST_TOP_K),
        "maxTokens" | "max_new_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "stopSequences" => Take(Asked::stop),
        _ => Skip,
    }
}

fn output_config<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "textFormat" => In(output_format),
        _ => Skip,
    }
}

fn additional<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "top_k" | "topK" | "k" => real!(GEN_AI_REQUEST_TOP_K),
        "inferenceConfig" => In(additional),
        _ => Skip,
    }
}

fn guardrail<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "guardrailIdentifier" => text!(AWS_BEDROCK_GUARDRAIL_ID),
        _ => Skip,
    }
}

fn tool_config<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(objects(value).filter_map(tool))
        }),
        _ => Skip,
    }
}

/// A tool; points of the cache between tools are none.
fn tool(mut fields: Map<String, Value>) -> Option<ToolDefinition> {
    if let Some(mut spec) = object(&mut fields, "toolSpec") {
        if let Some(mut schema) = object(&mut spec, "inputSchema") {
            let inner = take(&mut schema, "json");
            spec.insert(
                "parameters".to_owned(),
                inner.unwrap_or(Value::Object(schema)),
            );
        }
        return Some(definition(spec));
    }
    let (kind, value) = fields
        .into_iter()
        .filter(|(kind, value)| !value.is_null() && kind != "cachePoint")
        .min_by(|a, b| a.0.cmp(&b.0))?;
    Some(match value {
        Value::Object(tool) => named(kind, tool),
        _ => named(kind, Map::new()),
    })
}

fn messages(value: Value) -> Vec<InputMessage> {
    objects(value)
        .map(|mut fields| {
            let role = role(&mut fields, "user");
            let content = take(&mut fields, "content").unwrap_or_default();
            let parts = match content {
                Value::String(content) => text_part(content).into_iter().collect(),
                list => objects(list).filter_map(block).collect(),
            };
            InputMessage {
                role,
                parts,
                name: None,
            }
        })
        .collect()
}

/// A block: an object whose one field says what it is.
fn block(mut fields: Map<String, Value>) -> Option<Part> {
    match fields.remove("text") {
        Some(Value::String(content)) => return text_part(content),
        None | Some(Value::Null) => {}
        Some(value) => return text_part(shown(value)),
    }
    let is_hosted = fields.get("toolUse").is_some_and(is_server_call);
    if let Some(mut used) = object(&mut fields, "toolUse") {
        let (id, name) = (id(&mut used, "toolUseId"), text(&mut used, "name"));
        let input = used.remove("input").and_then(arguments);
        if !is_hosted {
            return call(id, name, input);
        }
        let kind = text(&mut used, "type").unwrap_or_default();
        used.extend(input.map(|input| ("input".to_owned(), input)));
        return Some(server_call(&kind, id, name?, used));
    }
    if let Some(mut result) = object(&mut fields, "toolResult") {
        let id = id(&mut result, "toolUseId");
        // Results of the provider's own tools have a kind, those of the user's have none.
        return Some(match text(&mut result, "type") {
            Some(kind) => server_response(&kind, id, result),
            None => Part::ToolCallResponse {
                id,
                response: answer(result.remove("content").unwrap_or_default()),
            },
        });
    }
    // Text with its sources; the sources alone are no part of what was said.
    if let Some(mut cited) = object(&mut fields, "citationsContent") {
        return text_part(joined(take(&mut cited, "content").unwrap_or_default(), ""));
    }
    if let Some(mut reasoning) = object(&mut fields, "reasoningContent") {
        let mut inner = object(&mut reasoning, "reasoningText")?;
        return reasoning_part(text(&mut inner, "text")?);
    }
    if let Some(image) = object(&mut fields, "image") {
        return Some(media("image", image));
    }
    // The first by name, whatever order the map keeps.
    let (kind, value) = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .min_by(|a, b| a.0.cmp(&b.0))?;
    match (kind.as_str(), value) {
        ("document", Value::Object(inner)) => Some(media("document", inner)),
        ("video", Value::Object(inner)) => Some(media("video", inner)),
        ("audio", Value::Object(inner)) => Some(media("audio", inner)),
        (_, Value::Object(inner)) => Some(other(&kind, inner)),
        (_, value) => Some(other(&kind, Map::from_iter([("value".to_owned(), value)]))),
    }
}

/// Whether a `toolUse` is the call of a tool that the provider runs itself.
fn is_server_call(used: &Value) -> bool {
    let kind = used.get("type").and_then(Value::as_str);
    kind.is_some_and(|kind| kind != "tool_use")
}

/// Data inline or in a bucket.
fn media(modality: &'static str, mut fields: Map<String, Value>) -> Part {
    let mime_type = text(&mut fields, "format").map(|format| bedrock_mime(modality, &format));
    let Some(mut source) = object(&mut fields, "source") else {
        return other(modality, fields);
    };
    if let Some(data) = text(&mut source, "bytes") {
        return blob(modality, mime_type, data);
    }
    match object(&mut source, "s3Location").and_then(|mut place| text(&mut place, "uri")) {
        Some(place) => uri(modality, mime_type, place),
        None => other(modality, fields),
    }
}

/// What is wanted of a response, or of an event of a stream, bare or under its name.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "output" => In(output),
        "stopReason" => Take(Accumulator::take_finish),
        "usage" => In(usage),
        METRICS => In(metrics),
        "messageStart" | "contentBlockStart" | "contentBlockDelta" | "messageStop" | "metadata" => {
            In(response)
        }
        "contentBlockIndex" => Take(Accumulator::take_index),
        "start" => Content(|stream, value| stream.pending.whole = Some(value)),
        "delta" => Content(Accumulator::take_content),
        // Exceptions of a stream come under their names.
        "internalServerException" => Note(|stream| stream.error("InternalServerException")),
        "modelStreamErrorException" => Note(|stream| stream.error("ModelStreamErrorException")),
        "serviceUnavailableException" => Note(|stream| stream.error("ServiceUnavailableException")),
        "throttlingException" => Note(|stream| stream.error("ThrottlingException")),
        "validationException" => Note(|stream| stream.error("ValidationException")),
        _ => fault::beside(key),
    }
}

fn output(key: &str) -> Want<Accumulator> {
    match key {
        "message" => Content(|stream, value| {
            let Value::Object(mut fields) = value else {
                return;
            };
            for part in objects_of(&mut fields, "content").filter_map(block) {
                stream.part(0, part);
            }
        }),
        _ => Skip,
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "inputTokens" => Take(|stream, value| {
            stream.usage.cache_apart = true;
            stream.take_input(value);
        }),
        "outputTokens" => Take(Accumulator::take_output_tokens),
        // Whether the cache is beside the input depends on the model.
        "totalTokens" => Take(Accumulator::take_total),
        "cacheReadInputTokens" | "cacheReadInputTokenCount" => Take(Accumulator::take_cache_read),
        "cacheWriteInputTokens" | "cacheWriteInputTokenCount" => {
            Take(Accumulator::take_cache_creation)
        }
        _ => Skip,
    }
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    block_events(stream, begin, go_on);
    if let Some(reason) = stream.pending.finish.take() {
        stream.finish_word(0, reason);
    }
}

/// A block begins. Text has no beginning of its own.
fn begin(stream: &mut Accumulator, number: Option<u64>, mut fields: Map<String, Value>) {
    let plain = match fields.get("toolUse") {
        Some(used) if !is_server_call(used) => object(&mut fields, "toolUse"),
        _ => None,
    };
    let body = if let Some(mut call) = plain {
        let input = take(&mut call, "input");
        Body::call(id(&mut call, "toolUseId"), text(&mut call, "name"), input)
    } else if let Some(mut image) = object(&mut fields, "image") {
        Body::Data {
            modality: "image",
            mime_type: text(&mut image, "format").map(|format| bedrock_mime("image", &format)),
            base64: String::new(),
        }
    } else if fields.is_empty() {
        return;
    } else {
        Body::Block {
            fields,
            parts: |fields| block(fields).into_iter().collect(),
        }
    };
    stream.begin(0, number, body, true);
}

/// What a block goes on with.
fn go_on(stream: &mut Accumulator, number: Option<u64>, mut fields: Map<String, Value>) {
    if let Some(text) = text_or_json(&mut fields, "text") {
        stream.append(0, number, TextKind::Text, &text);
    } else if let Some(mut reasoning) = object(&mut fields, "reasoningContent") {
        let text = text(&mut reasoning, "text").unwrap_or_default();
        stream.append(0, number, TextKind::Reasoning, &text);
    } else if stream.block(0, number).is_some() {
        for (kind, more) in fields {
            // The result of a tool goes on with a list of its content.
            let more = match more {
                Value::Array(content) => {
                    Value::Object(Map::from_iter([("content".to_owned(), content.into())]))
                }
                more => more,
            };
            stream.grow(0, number, &kind, more);
        }
    } else if let Some(mut call) = object(&mut fields, "toolUse") {
        let (id, name) = (id(&mut call, "toolUseId"), text(&mut call, "name"));
        let (json, whole) = match take(&mut call, "input") {
            Some(Value::String(json)) => (Some(json), None),
            whole => (None, whole),
        };
        let (id, name) = (id.as_deref(), name.as_deref());
        stream.call(0, number, id, name, json.as_deref(), whole);
    } else if let Some(mut image) = object(&mut fields, "image") {
        let data = object(&mut image, "source").and_then(|mut from| text(&mut from, "bytes"));
        stream.data(0, number, "image", None, &data.unwrap_or_default());
    } else if fields.values().any(is_structured) {
        stream.some_output();
    }
}
