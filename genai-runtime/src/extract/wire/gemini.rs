//! Gemini generateContent and embedContent, on AI Studio and on Vertex; keys in camel case and in snake case.

use serde_json::{Map, Value};

use super::asked::{Asked, latest, whole};
use super::common::{definition, error, model, speaker, user};
use super::fault;
use super::json::{
    blob, id, list, modality, object, objects, other, reasoning_part, role, take, text,
    text_or_json, text_part, uri,
};
use super::partial;
use super::predictions;
use super::visit::Scalar;
use super::walk::Want::{self, Both, Each, Either, In, Listed, Nested, Skip, Take};
use crate::content::message::{InputMessage, Part, ToolDefinition, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::accumulator::blocks::Numbered;
use crate::extract::parts::{call, server_call, server_response, weight};
use crate::extract::stream::body::{Body, TextKind};
use crate::extract::words::word;

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => Take(model),
        "generationConfig" | "generation_config" | "config" => In(generation),
        "systemInstruction" | "system_instruction" => Listed(Asked::system_room, |asked, value| {
            let messages = content(value).into_iter();
            asked
                .system
                .extend(messages.flat_map(|message| message.parts));
        }),
        "contents" => Listed(Asked::message_room, |asked, value| {
            asked.input.extend(content(value))
        }),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        // Embeddings, one or a batch of them.
        "requests" => In(request),
        "outputDimensionality" | "output_dimensionality" => {
            whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT)
        }
        "embedContentConfig" => In(request),
        "instances" => Both(predictions::instance, predictions::instances),
        "parameters" => In(parameters),
        _ => Skip,
    }
}

/// The parameters of `:predict`.
fn parameters<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "outputDimensionality" => whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT),
        "sampleCount" => Take(Asked::choice_count),
        _ => generation(key),
    }
}

fn generation<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "topP" | "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "topK" | "top_k" => real!(GEN_AI_REQUEST_TOP_K),
        "maxOutputTokens" | "max_output_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "seed" => whole!(GEN_AI_REQUEST_SEED),
        "stopSequences" | "stop_sequences" => Take(Asked::stop),
        "frequencyPenalty" | "frequency_penalty" => real!(GEN_AI_REQUEST_FREQUENCY_PENALTY),
        "presencePenalty" | "presence_penalty" => real!(GEN_AI_REQUEST_PRESENCE_PENALTY),
        "candidateCount" | "candidate_count" => Take(Asked::choice_count),
        "responseMimeType" | "response_mime_type" => Take(Asked::output_type),
        _ => Skip,
    }
}

/// Contents as messages; a text is the user's.
fn content(value: Value) -> Vec<InputMessage> {
    list(value)
        .into_iter()
        .filter_map(|item| match item {
            Value::String(content) => Some(user(vec![Part::Text { content }])),
            Value::Object(mut fields) => {
                let role = speaker(role(&mut fields, "user"));
                let parts = objects(take(&mut fields, "parts").unwrap_or_default())
                    .filter_map(part)
                    .collect();
                Some(InputMessage {
                    role,
                    parts,
                    name: None,
                })
            }
            _ => None,
        })
        .collect()
}

/// One of the two spellings of a field.
fn either(fields: &mut Map<String, Value>, camel: &str, snake: &str) -> Option<Value> {
    take(fields, camel).or_else(|| take(fields, snake))
}

fn text_of(fields: &mut Map<String, Value>, camel: &str, snake: &str) -> Option<String> {
    text(fields, camel).or_else(|| text(fields, snake))
}

fn part(mut fields: Map<String, Value>) -> Option<Part> {
    let thought = fields
        .remove("thought")
        .is_some_and(|thought| thought == true);
    let is_text = fields.get("text").is_some_and(Value::is_string);
    if let Some(text) = text_or_json(&mut fields, "text") {
        return if thought {
            reasoning_part(text)
        } else {
            text_part(text)
        };
    }
    if let Some(Value::Object(used)) = either(&mut fields, "functionCall", "function_call") {
        return function_call(used);
    }
    if let Some(Value::Object(response)) =
        either(&mut fields, "functionResponse", "function_response")
    {
        return Some(function_response(response));
    }
    if let Some(Value::Object(mut data)) = either(&mut fields, "inlineData", "inline_data") {
        let mime_type = text_of(&mut data, "mimeType", "mime_type");
        return Some(blob(
            modality(mime_type.as_deref()),
            mime_type,
            text(&mut data, "data").unwrap_or_default(),
        ));
    }
    if let Some(Value::Object(mut data)) = either(&mut fields, "fileData", "file_data") {
        let mime_type = text_of(&mut data, "mimeType", "mime_type");
        return Some(uri(
            modality(mime_type.as_deref()),
            mime_type,
            text_of(&mut data, "fileUri", "file_uri")?,
        ));
    }
    if is_text {
        return None;
    }
    // What is left describes another field, or is a kind of its own: one that is known, an object, the first by name, whatever order
    // the map keeps.
    let besides = [
        "thoughtSignature",
        "thought_signature",
        "videoMetadata",
        "video_metadata",
        "partMetadata",
        "part_metadata",
        "mediaResolution",
        "media_resolution",
    ];
    let kind = fields
        .iter()
        .filter(|(key, value)| !besides.contains(&key.as_str()) && !value.is_null())
        .min_by_key(|(key, value)| (!HOSTED.contains(&key.as_str()), !value.is_object(), *key))?
        .0
        .clone();
    let inner = object(&mut fields, &kind).unwrap_or_default();
    Some(hosted(&kind, inner))
}

fn function_call(mut used: Map<String, Value>) -> Option<Part> {
    let (id, name) = (id(&mut used, "id"), text(&mut used, "name"));
    call(id, name, take(&mut used, "args"))
}

/// The kinds that are of the provider's own tools.
const HOSTED: [&str; 8] = [
    "executableCode",
    "executable_code",
    "toolCall",
    "tool_call",
    "codeExecutionResult",
    "code_execution_result",
    "toolResponse",
    "tool_response",
];

/// What the provider's own tools were asked and have answered, or a part of a kind that nobody models.
fn hosted(kind: &str, mut fields: Map<String, Value>) -> Part {
    let tool = ["toolType", "tool_type"]
        .into_iter()
        .find_map(|key| fields.get(key)?.as_str())
        .map(str::to_owned);
    let name = match kind {
        "executableCode" | "executable_code" => "code_execution".to_owned(),
        "toolCall" | "tool_call" => tool.unwrap_or_else(|| kind.to_owned()),
        "codeExecutionResult" | "code_execution_result" | "toolResponse" | "tool_response" => {
            let id = id(&mut fields, "id");
            return server_response(kind, id, fields);
        }
        _ => return other(kind, fields),
    };
    let id = id(&mut fields, "id");
    server_call(kind, id, name, fields)
}

/// The answer of a function keeps the function's name: nothing else sets answers apart.
fn function_response(mut response: Map<String, Value>) -> Part {
    let id = id(&mut response, "id");
    let name = text(&mut response, "name");
    let answer = response.remove("response").unwrap_or_default();
    let Some(name) = name else {
        return Part::ToolCallResponse {
            id,
            response: answer,
        };
    };
    let mut fields = Map::new();
    if let Some(id) = id {
        fields.insert("id".to_owned(), Value::String(id));
    }
    fields.insert("name".to_owned(), Value::String(name));
    fields.insert("response".to_owned(), answer);
    Part::Other {
        kind: Word::Borrowed("tool_call_response"),
        fields,
    }
}

fn tools(value: Value) -> Vec<ToolDefinition> {
    let mut found = Vec::new();
    for mut fields in objects(value) {
        let functions = either(&mut fields, "functionDeclarations", "function_declarations")
            .unwrap_or_default();
        found.extend(objects(functions).map(definition));
        let mut kinds: Vec<String> = fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(kind, _)| kind)
            .collect();
        kinds.sort();
        found.extend(kinds.into_iter().map(|kind| ToolDefinition::Other {
            name: kind.clone(),
            kind: Word::Owned(kind),
        }));
    }
    found
}

/// What is wanted of a response or a chunk, which are alike.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "candidates" => Each(candidate, |stream| stream.end_choice(spoken)),
        "usageMetadata" | "usage_metadata" => In(usage),
        "responseId" | "response_id" => Take(Accumulator::take_id),
        "modelVersion" | "model_version" => Take(Accumulator::take_model),
        "predictions" => Both(predictions::prediction, predictions::predicted),
        "metadata" => In(predictions::metadata),
        "error" => Either(Accumulator::take_error_text, error),
        _ => fault::beside(key),
    }
}

fn candidate(key: &str) -> Want<Accumulator> {
    match key {
        "index" => Take(Accumulator::take_index),
        "finishReason" | "finish_reason" => Take(finish),
        "content" => Nested(Accumulator::take_content),
        _ => Skip,
    }
}

/// The reason, which gRPC gateways send as a number.
fn finish(stream: &mut Accumulator, value: Scalar<'_>) {
    match whole(value) {
        Some(number) => {
            let reason = match number {
                1 => "STOP",
                2 => "MAX_TOKENS",
                3 => "SAFETY",
                4 => "RECITATION",
                5 => "OTHER",
                _ => return,
            };
            stream.pending.finish = Some(word(reason));
        }
        None => stream.take_finish(value),
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "promptTokenCount" | "prompt_token_count" => Take(|stream, value| {
            stream.usage.reasoning_apart = true;
            stream.take_input(value);
        }),
        "candidatesTokenCount" | "candidates_token_count" => Take(|stream, value| {
            stream.usage.reasoning_apart = true;
            stream.take_output_tokens(value);
        }),
        "thoughtsTokenCount" | "thoughts_token_count" => Take(|stream, value| {
            stream.usage.reasoning_apart = true;
            stream.take_reasoning(value);
        }),
        "cachedContentTokenCount" | "cached_content_token_count" => {
            Take(Accumulator::take_cache_read)
        }
        // Search, pages that were read, code that ran.
        "toolUsePromptTokenCount" | "tool_use_prompt_token_count" => {
            Take(|stream, value| latest(&mut stream.usage.tool_use_input, value))
        }
        "totalTokenCount" | "total_token_count" => Take(Accumulator::take_total),
        _ => Skip,
    }
}

/// What a candidate says.
fn spoken(stream: &mut Accumulator, choice: u64, value: Value) {
    let Value::Object(mut fields) = value else {
        return;
    };
    for mut fields in objects(take(&mut fields, "parts").unwrap_or_default()) {
        if let Some(Value::Object(used)) = either(&mut fields, "functionCall", "function_call") {
            called(stream, choice, used);
            continue;
        }
        match part(fields) {
            Some(Part::Text { content }) => stream.append(choice, None, TextKind::Text, &content),
            Some(Part::Reasoning { content }) => {
                stream.append(choice, None, TextKind::Reasoning, &content)
            }
            Some(part) => stream.part(choice, part),
            None => {}
        }
    }
}

/// Where the call is that comes in pieces: they have no number and no id.
const PIECES: Numbered<'_> = Numbered {
    number: None,
    item: Some("functionCall"),
};

/// A call, or a piece of one: the first has the name, each but the last says that the call goes on.
fn called(stream: &mut Accumulator, choice: u64, mut used: Map<String, Value>) {
    let goes_on = either(&mut used, "willContinue", "will_continue") == Some(Value::Bool(true));
    let pieces = either(&mut used, "partialArgs", "partial_args").unwrap_or_default();
    let is_piece = goes_on || !pieces.is_null();
    let known = stream
        .block(choice, PIECES)
        .filter(|known| known.contains_key(OPEN))
        .map(|known| known.get("name").cloned());
    let continues = match (&known, used.get("name")) {
        (None, _) => false,
        (Some(_), None) => true,
        // A name that is repeated with more arguments begins nothing.
        (Some(known), name) => known.as_ref() == name && !pieces.is_null(),
    };
    if !continues {
        if !is_piece {
            if let Some(part) = function_call(used) {
                stream.part(choice, part);
            }
            return;
        }
        used.insert(OPEN.to_owned(), Value::Bool(true));
        let args = used
            .remove("args")
            .unwrap_or_else(|| Value::Object(Map::new()));
        used.insert("args".to_owned(), args);
        let body = Body::Block {
            fields: used,
            parts: |fields| function_call(fields).into_iter().collect(),
        };
        stream.begin(choice, PIECES, body, true);
    } else if let Some(args) = take(&mut used, "args") {
        stream.grow(choice, PIECES, "args", args);
    }
    stream.spend(weight(&pieces));
    if let Some(known) = stream.block(choice, PIECES) {
        if let Some(args) = known.get_mut("args") {
            objects(pieces).for_each(|piece| partial::put(args, piece));
        }
        if !goes_on {
            known.remove(OPEN);
        }
    }
}

/// Marks a call that goes on.
const OPEN: &str = "willContinue";
