//! Bedrock Converse and ConverseStream, and Nova behind InvokeModel, which speaks the same with other names for some limits.

use serde_json::{Map, Value};

use super::asked::Asked;
use super::common::{METRICS, definition, metrics};
use super::json::{
    answer, bedrock_mime, blob, object, objects, objects_of, other, reasoning_part, role, take,
    text, text_part, uri,
};
use super::walk::Want::{self, Content, In, Note, Skip, Take};
use crate::content::message::{InputMessage, Part, ToolDefinition};
use crate::extract::accumulator::Accumulator;
use crate::extract::parts::arguments;
use crate::extract::stream::draft::TextKind;

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "modelId" => text!(GEN_AI_REQUEST_MODEL),
        "inferenceConfig" => In(inference),
        "additionalModelRequestFields" => In(additional),
        "guardrailConfig" => In(guardrail),
        // Instructions are text; points of the cache between them are none.
        "system" => Content(|asked, value| {
            asked.system = objects(value)
                .filter_map(block)
                .filter(|part| matches!(part, Part::Text { .. }))
                .collect();
        }),
        "messages" => Content(|asked, value| asked.input = messages(value)),
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
        "tools" => Content(|asked, value| asked.tools = objects(value).map(tool).collect()),
        _ => Skip,
    }
}

fn tool(mut fields: Map<String, Value>) -> ToolDefinition {
    if let Some(mut spec) = object(&mut fields, "toolSpec") {
        if let Some(mut schema) = object(&mut spec, "inputSchema") {
            let inner = take(&mut schema, "json");
            spec.insert(
                "parameters".to_owned(),
                inner.unwrap_or(Value::Object(schema)),
            );
        }
        return definition(spec);
    }
    let kind = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(kind, _)| kind)
        .min()
        .unwrap_or_default();
    ToolDefinition::Other {
        name: kind.clone(),
        kind: kind.into(),
    }
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
    if let Some(Value::String(content)) = fields.remove("text") {
        return text_part(content);
    }
    if let Some(mut call) = object(&mut fields, "toolUse") {
        return Some(Part::ToolCall {
            id: text(&mut call, "toolUseId"),
            name: text(&mut call, "name").unwrap_or_default(),
            arguments: call.remove("input").and_then(arguments),
        });
    }
    if let Some(mut result) = object(&mut fields, "toolResult") {
        return Some(Part::ToolCallResponse {
            id: text(&mut result, "toolUseId"),
            response: answer(result.remove("content").unwrap_or_default()),
        });
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
        "start" | "delta" => Content(Accumulator::take_content),
        // Exceptions of a stream come under their names.
        "internalServerException" => Note(|stream| stream.fail("InternalServerException")),
        "modelStreamErrorException" => Note(|stream| stream.fail("ModelStreamErrorException")),
        "serviceUnavailableException" => Note(|stream| stream.fail("ServiceUnavailableException")),
        "throttlingException" => Note(|stream| stream.fail("ThrottlingException")),
        "validationException" => Note(|stream| stream.fail("ValidationException")),
        _ => Skip,
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
        "cacheReadInputTokens" | "cacheReadInputTokenCount" => Take(Accumulator::take_cache_read),
        "cacheWriteInputTokens" | "cacheWriteInputTokenCount" => {
            Take(Accumulator::take_cache_creation)
        }
        _ => Skip,
    }
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let number = stream
        .pending
        .index
        .take()
        .and_then(|n| u64::try_from(n).ok());
    if let Some(Value::Object(fields)) = stream.pending.content.take() {
        fragment(stream, number, fields);
    }
    if let Some(reason) = stream.pending.finish.take() {
        stream.finish_word(0, reason);
    }
}

/// The beginning of a block, or what it goes on with.
fn fragment(stream: &mut Accumulator, number: Option<u64>, mut fields: Map<String, Value>) {
    if let Some(text) = text(&mut fields, "text") {
        stream.append(0, number, TextKind::Text, &text);
    } else if let Some(mut reasoning) = object(&mut fields, "reasoningContent") {
        stream.append(
            0,
            number,
            TextKind::Reasoning,
            &text(&mut reasoning, "text").unwrap_or_default(),
        );
    } else if let Some(mut call) = object(&mut fields, "toolUse") {
        let (id, name) = (text(&mut call, "toolUseId"), text(&mut call, "name"));
        match take(&mut call, "input") {
            Some(Value::String(json)) => {
                stream.call(
                    0,
                    number.unwrap_or(0),
                    id.as_deref(),
                    name.as_deref(),
                    Some(&json),
                    None,
                );
            }
            whole => stream.call(
                0,
                number.unwrap_or(0),
                id.as_deref(),
                name.as_deref(),
                None,
                whole,
            ),
        }
    }
}
