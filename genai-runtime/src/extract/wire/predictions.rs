//! Vertex AI's `:predict`, as embeddings and the models before Gemini have it: instances are asked, predictions are answered.

use serde_json::{Map, Value};

use super::asked::{Asked, whole};
use super::common::user;
use super::json::{blob, list, modality, objects_of, take, text, text_part};
use super::openai;
use super::openai_messages::whole_message;
use super::visit::Scalar;
use super::walk::Want::{self, Each, In, Skip, Take};
use crate::content::message::{InputMessage, Part};
use crate::extract::accumulator::Accumulator;
use crate::extract::stream::body::TextKind;
use crate::extract::stream::usage::count;
use crate::extract::words::word;

/// One instance, or several: a prompt, a content, or a chat with its context and examples.
pub(super) fn instances(asked: &mut Asked<'_>, value: Value) {
    for instance in list(value) {
        let mut fields = match instance {
            Value::Object(fields) => fields,
            Value::String(content) => {
                asked.input.push(user(vec![Part::Text { content }]));
                continue;
            }
            _ => continue,
        };
        asked
            .system
            .extend(text(&mut fields, "context").and_then(text_part));
        for mut example in objects_of(&mut fields, "examples") {
            for (key, role) in [("input", "user"), ("output", "assistant")] {
                let said = take(&mut example, key);
                asked
                    .input
                    .extend(said.and_then(|said| said_by(role, said)));
            }
        }
        for mut said in objects_of(&mut fields, "messages") {
            let author = text(&mut said, "author").or_else(|| text(&mut said, "role"));
            let role = match author.as_deref() {
                Some("bot" | "model") => "assistant",
                Some(author) => author,
                None => "user",
            };
            asked.input.extend(said_by(role, Value::Object(said)));
        }
        let prompt = text(&mut fields, "prompt").or_else(|| text(&mut fields, "content"));
        asked
            .input
            .extend(prompt.and_then(|prompt| said_by("user", Value::String(prompt))));
    }
}

/// A message of a text, or of an object with a `content`.
fn said_by(role: &str, value: Value) -> Option<InputMessage> {
    let content = match value {
        Value::String(content) => content,
        Value::Object(mut fields) => text(&mut fields, "content")?,
        _ => return None,
    };
    Some(InputMessage {
        role: word(role),
        ..user(text_part(content).into_iter().collect())
    })
}

/// What is wanted of an instance apart from what is said: models of Model Garden take a request in OpenAI's format as one.
pub(super) fn instance<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "messages" | "prompt" | "tools" | "functions" => Skip,
        _ => openai::request(key),
    }
}

/// What is wanted of a prediction apart from its content: what an embedding has cost, or what Model Garden has in OpenAI's format.
pub(super) fn prediction(key: &str) -> Want<Accumulator> {
    match key {
        "embeddings" => In(embedding),
        "choices" => Each(choice, |stream| stream.end_choice(|_, _, _| {})),
        "usage" => In(openai::usage),
        "id" => Take(Accumulator::take_id),
        "model" => Take(Accumulator::take_model),
        _ => Skip,
    }
}

fn choice(key: &str) -> Want<Accumulator> {
    match key {
        "index" => Take(Accumulator::take_index),
        "finish_reason" => Take(Accumulator::take_finish),
        _ => Skip,
    }
}

fn embedding(key: &str) -> Want<Accumulator> {
    match key {
        "statistics" => In(statistics),
        _ => Skip,
    }
}

/// Each prediction has its own count.
fn statistics(key: &str) -> Want<Accumulator> {
    match key {
        "token_count" | "tokenCount" => Take(|stream, value| {
            if let Some(tokens) = whole(value).and_then(count) {
                let sum = stream.usage.input.unwrap_or(0).saturating_add(tokens);
                stream.usage.input = Some(sum);
            }
        }),
        _ => Skip,
    }
}

/// What is wanted of the object beside the predictions.
pub(super) fn metadata(key: &str) -> Want<Accumulator> {
    match key {
        "tokenMetadata" => In(metadata),
        "inputTokenCount" => In(|key| total(key, Accumulator::take_input)),
        "outputTokenCount" => In(|key| total(key, Accumulator::take_output_tokens)),
        _ => Skip,
    }
}

fn total(key: &str, take: fn(&mut Accumulator, Scalar<'_>)) -> Want<Accumulator> {
    match key {
        "totalTokens" => Take(take),
        _ => Skip,
    }
}

/// The predictions: each a choice, or several in its candidates.
pub(super) fn predicted(stream: &mut Accumulator, value: Value) {
    let mut choice = 0;
    for prediction in list(value) {
        match prediction {
            Value::String(text) => {
                stream.append(choice, None, TextKind::Text, &text);
                choice += 1;
            }
            Value::Object(mut fields) if fields.contains_key("choices") => {
                for mut fields in objects_of(&mut fields, "choices") {
                    let index = fields.get("index").and_then(Value::as_u64);
                    let said = take(&mut fields, "message").or_else(|| take(&mut fields, "text"));
                    whole_message(stream, index.unwrap_or(choice), said.unwrap_or_default());
                    choice += 1;
                }
            }
            Value::Object(mut fields) => {
                let candidates: Vec<Map<String, Value>> =
                    objects_of(&mut fields, "candidates").collect();
                let all = if candidates.is_empty() {
                    vec![fields]
                } else {
                    candidates
                };
                for fields in all {
                    said(stream, choice, fields);
                    choice += 1;
                }
            }
            _ => {}
        }
    }
}

/// What a candidate says, or the image or the sound that it is.
fn said(stream: &mut Accumulator, choice: u64, mut fields: Map<String, Value>) {
    if let Some(text) = text(&mut fields, "content") {
        stream.append(choice, None, TextKind::Text, &text);
    }
    if let Some(data) = text(&mut fields, "bytesBase64Encoded") {
        let mime_type = text(&mut fields, "mimeType");
        let part = blob(modality(mime_type.as_deref()), mime_type, data);
        stream.part(choice, part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::message::Word;

    #[test]
    fn an_author_that_nobody_names_stays() {
        let said = said_by("narrator", Value::from("t")).map(|message| message.role);
        assert_eq!(said, Some(Word::Borrowed("narrator")));
        assert_eq!(said_by("user", Value::Null), None);
    }
}
