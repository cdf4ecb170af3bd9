//! Anthropic's wire: messages, whole and streamed, and its error bodies.

use serde_json::{Value, json};

use super::Model;
use super::answer::{Answer, Question, Tool, pieces, text_of};
use super::http::{Reply, Request};

pub(super) fn messages(request: &Request) -> Reply {
    if request.method != "POST" {
        return error(405, "invalid_request_error", "Method Not Allowed");
    }
    if request.header("x-api-key").is_empty() && request.header("authorization").is_empty() {
        return error(401, "authentication_error", "x-api-key header is required");
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        return error(
            400,
            "invalid_request_error",
            "The request body is not valid JSON",
        );
    };
    let Some(name) = body["model"].as_str() else {
        return error(400, "invalid_request_error", "model: Field required");
    };
    let Some(model) = Model::find(name, false) else {
        return error(404, "not_found_error", &format!("model: {name}"));
    };
    let Some(limit) = body["max_tokens"].as_u64() else {
        return error(400, "invalid_request_error", "max_tokens: Field required");
    };
    let Some(messages) = body["messages"]
        .as_array()
        .filter(|messages| !messages.is_empty())
    else {
        return error(
            400,
            "invalid_request_error",
            "messages: at least one message is required",
        );
    };
    let mut question = Question {
        most_tokens: Some(limit),
        ..Question::default()
    };
    if !body["system"].is_null() {
        question.message("system", &body["system"]);
    }
    for message in messages {
        let results = message["content"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|part| part["type"] == "tool_result");
        let results: Vec<String> = results.map(|part| text_of(&part["content"])).collect();
        if results.is_empty() {
            question.message(
                message["role"].as_str().unwrap_or_default(),
                &message["content"],
            );
        } else {
            question.message("tool", &results.join(" ").into());
        }
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        question.tools.push(Tool {
            name: tool["name"].as_str().unwrap_or_default().to_owned(),
            parameters: tool["input_schema"].clone(),
        });
    }
    let answer = question.answer(model.name);
    if body["stream"].as_bool().unwrap_or(false) {
        return Reply::pieces("text/event-stream; charset=utf-8", events(&answer, model));
    }
    let mut message = begin(&answer, model);
    message["content"] = match &answer.call {
        Some(call) => {
            json!([{"type": "tool_use", "id": call_id(&answer), "name": call.name, "input": call.arguments}])
        }
        None => json!([{"type": "text", "text": answer.text}]),
    };
    message["stop_reason"] = stop_reason(&answer).into();
    message["usage"]["output_tokens"] = answer.output_tokens.into();
    Reply::json(200, message).header("request-id", format!("req_{}", answer.hash))
}

fn error(status: u16, kind: &str, message: &str) -> Reply {
    Reply::json(
        status,
        json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_embedded"}),
    )
}

fn call_id(answer: &Answer) -> String {
    format!("toolu_{}", answer.hash)
}

fn stop_reason(answer: &Answer) -> &'static str {
    match (&answer.call, answer.cut) {
        (Some(_), _) => "tool_use",
        (None, true) => "max_tokens",
        (None, false) => "end_turn",
    }
}

/// The message before anything was generated.
fn begin(answer: &Answer, model: &Model) -> Value {
    json!({
        "id": format!("msg_{}", answer.hash),
        "type": "message",
        "role": "assistant",
        "model": model.snapshot,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": answer.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 1,
            "service_tier": "standard",
        },
    })
}

fn events(answer: &Answer, model: &Model) -> Vec<String> {
    let mut events = vec![("message_start", json!({"message": begin(answer, model)}))];
    let (block, deltas): (Value, Vec<Value>) = match &answer.call {
        Some(call) => {
            let arguments = call.arguments.to_string();
            let (head, tail) = arguments.split_at(arguments.find(':').unwrap_or(0));
            let deltas = ["", head, tail]
                .map(|part| json!({"type": "input_json_delta", "partial_json": part}));
            (
                json!({"type": "tool_use", "id": call_id(answer), "name": call.name, "input": {}}),
                deltas.into(),
            )
        }
        None => {
            let text = pieces(answer.text.as_deref().unwrap_or_default());
            let deltas = text
                .into_iter()
                .map(|piece| json!({"type": "text_delta", "text": piece}));
            (json!({"type": "text", "text": ""}), deltas.collect())
        }
    };
    events.push((
        "content_block_start",
        json!({"index": 0, "content_block": block}),
    ));
    events.push(("ping", json!({})));
    events.extend(
        deltas
            .into_iter()
            .map(|delta| ("content_block_delta", json!({"index": 0, "delta": delta}))),
    );
    events.push(("content_block_stop", json!({"index": 0})));
    let delta = json!({"stop_reason": stop_reason(answer), "stop_sequence": null});
    events.push((
        "message_delta",
        json!({"delta": delta, "usage": {"output_tokens": answer.output_tokens}}),
    ));
    events.push(("message_stop", json!({})));
    let text = |(name, mut event): (&str, Value)| {
        event["type"] = name.into();
        format!("event: {name}\ndata: {event}\n\n")
    };
    events.into_iter().map(text).collect()
}
