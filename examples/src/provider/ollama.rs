//! Ollama's wire: chat, streamed unless the request switches that off, and embeddings.

use serde_json::{Value, json};

use super::Model;
use super::answer::{Question, Tool, embed as vector, pieces, tokens};
use super::http::{Reply, Request};

/// When everything was created: answers do not depend on the clock.
const CREATED: &str = "2025-06-15T15:06:40.000000Z";

/// The body and the model of a request, or the answer to one that is wrong.
fn read(request: &Request, embeds: bool) -> Result<(Value, &'static Model), Reply> {
    let error = |status, text: String| Err(Reply::json(status, json!({"error": text})));
    if request.method != "POST" {
        return error(405, "405 method not allowed".to_owned());
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        return error(
            400,
            "invalid character at the beginning of the value".to_owned(),
        );
    };
    let name = body["model"].as_str().unwrap_or_default().to_owned();
    if name.is_empty() {
        return error(400, "model is required".to_owned());
    }
    match Model::find(name.trim_end_matches(":latest"), embeds) {
        Some(model) => Ok((body, model)),
        None => error(404, format!("model '{name}' not found")),
    }
}

pub(super) fn chat(request: &Request) -> Reply {
    let (body, model) = match read(request, false) {
        Ok(read) => read,
        Err(reply) => return reply,
    };
    let limit = body.pointer("/options/num_predict").and_then(Value::as_u64);
    let mut question = Question {
        most_tokens: limit,
        ..Question::default()
    };
    for message in body["messages"].as_array().into_iter().flatten() {
        question.message(
            message["role"].as_str().unwrap_or_default(),
            &message["content"],
        );
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        question.tools.push(Tool {
            name: tool["function"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            parameters: tool["function"]["parameters"].clone(),
        });
    }
    let answer = question.answer(model.name);
    let line = |message: Value| json!({"model": body["model"], "created_at": CREATED, "message": message, "done": false});
    let end = |mut line: Value| {
        line["done"] = true.into();
        line["done_reason"] = if answer.cut { "length" } else { "stop" }.into();
        line["prompt_eval_count"] = answer.input_tokens.into();
        line["eval_count"] = answer.output_tokens.into();
        for key in [
            "total_duration",
            "load_duration",
            "prompt_eval_duration",
            "eval_duration",
        ] {
            line[key] = 1_000_000_u64.into();
        }
        line
    };
    let calls = answer
        .call
        .as_ref()
        .map(|call| json!([{"function": {"name": call.name, "arguments": call.arguments}}]));
    let whole = match &calls {
        Some(calls) => json!({"role": "assistant", "content": "", "tool_calls": calls}),
        None => json!({"role": "assistant", "content": answer.text}),
    };
    if !body["stream"].as_bool().unwrap_or(true) {
        return Reply::json(200, end(line(whole)));
    }
    let mut lines: Vec<Value> = match calls {
        Some(_) => vec![line(whole)],
        None => pieces(answer.text.as_deref().unwrap_or_default())
            .into_iter()
            .map(|piece| line(json!({"role": "assistant", "content": piece})))
            .collect(),
    };
    lines.push(end(line(json!({"role": "assistant", "content": ""}))));
    Reply::pieces(
        "application/x-ndjson",
        lines.iter().map(|line| format!("{line}\n")).collect(),
    )
}

pub(super) fn embed(request: &Request) -> Reply {
    let (body, model) = match read(request, true) {
        Ok(read) => read,
        Err(reply) => return reply,
    };
    let inputs: Vec<&str> = match &body["input"] {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let vectors: Vec<Vec<f32>> = inputs
        .iter()
        .map(|text| vector(text, model.dimensions))
        .collect();
    let count: u64 = inputs.iter().map(|text| tokens(text)).sum();
    Reply::json(
        200,
        json!({
            "model": body["model"], "embeddings": vectors, "prompt_eval_count": count,
            "total_duration": 1_000_000, "load_duration": 1_000_000,
        }),
    )
}
