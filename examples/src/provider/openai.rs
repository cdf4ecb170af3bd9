//! OpenAI's wire: chat completions, whole and streamed, embeddings, the list of models, and its error bodies.

use serde_json::{Value, json};

use super::answer::{Answer, Question, Tool, embed, pieces, tokens};
use super::http::{Reply, Request};
use super::{MODELS, Model};

/// When everything was created: answers do not depend on the clock.
const CREATED: u64 = 1_750_000_000;

pub(super) fn route(request: &Request) -> Reply {
    let (method, path) = (request.method.as_str(), request.path.as_str());
    let post = match path {
        "/v1/chat/completions" | "/v1/embeddings" => true,
        "/v1/models" => false,
        _ => {
            return error(
                404,
                &format!("Invalid URL ({method} {path})"),
                Value::Null,
                Value::Null,
            );
        }
    };
    if (method == "POST") != post {
        let message = format!(
            "Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)"
        );
        return error(405, &message, Value::Null, Value::Null);
    }
    let key = request
        .header("authorization")
        .strip_prefix("Bearer ")
        .unwrap_or_default();
    if key.trim().is_empty() {
        let message = "You didn't provide an API key. You need to provide your API key in an Authorization header using \
                       Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
        return error(401, message, Value::Null, Value::Null);
    }
    if !post {
        let models = MODELS.iter().map(|model| {
            json!({"id": model.name, "object": "model", "created": CREATED, "owned_by": "embedded"})
        });
        return Reply::json(
            200,
            json!({"object": "list", "data": models.collect::<Value>()}),
        );
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        let message = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your \
                       HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)";
        return error(400, message, Value::Null, Value::Null);
    };
    let Some(name) = body["model"].as_str() else {
        return error(
            400,
            "you must provide a model parameter",
            Value::Null,
            Value::Null,
        );
    };
    let chat = path == "/v1/chat/completions";
    let Some(model) = Model::find(name, !chat) else {
        let message = format!("The model `{name}` does not exist or you do not have access to it.");
        return error(404, &message, Value::Null, "model_not_found".into());
    };
    let reply = if chat {
        chat_completion(&body, model)
    } else {
        embeddings(&body, model)
    };
    reply
        .header("openai-version", "2020-10-01")
        .header("openai-processing-ms", "12")
}

fn error(status: u16, message: &str, param: Value, code: Value) -> Reply {
    let kind = "invalid_request_error";
    Reply::json(
        status,
        json!({"error": {"message": message, "type": kind, "param": param, "code": code}}),
    )
}

fn missing(parameter: &str) -> Reply {
    let message = format!("Missing required parameter: '{parameter}'.");
    error(
        400,
        &message,
        parameter.into(),
        "missing_required_parameter".into(),
    )
}

fn chat_completion(body: &Value, model: &Model) -> Reply {
    let Some(messages) = body["messages"].as_array() else {
        return missing("messages");
    };
    if messages.is_empty() {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
        return error(400, message, "messages".into(), "empty_array".into());
    }
    let limit = body["max_completion_tokens"]
        .as_u64()
        .or(body["max_tokens"].as_u64());
    let mut question = Question {
        most_tokens: limit,
        ..Question::default()
    };
    for (i, message) in messages.iter().enumerate() {
        let Some(role) = message["role"].as_str() else {
            return missing(&format!("messages[{i}].role"));
        };
        question.message(role, &message["content"]);
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        let function = &tool["function"];
        question.tools.push(Tool {
            name: function["name"].as_str().unwrap_or_default().to_owned(),
            parameters: function["parameters"].clone(),
        });
    }
    let answer = question.answer(model.name);
    let choices = body["n"].as_u64().unwrap_or(1).clamp(1, 8);
    if body["stream"].as_bool().unwrap_or(false) {
        let usage = body
            .pointer("/stream_options/include_usage")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        return stream(&answer, model, choices, usage);
    }
    let mut message =
        json!({"role": "assistant", "content": answer.text, "refusal": null, "annotations": []});
    if let Some(calls) = tool_calls(&answer) {
        message["tool_calls"] = calls;
    }
    let choice = |index: u64| json!({"index": index, "message": message, "logprobs": null, "finish_reason": finish_reason(&answer)});
    Reply::json(
        200,
        json!({
            "id": format!("chatcmpl-{}", answer.hash),
            "object": "chat.completion",
            "created": CREATED,
            "model": model.snapshot,
            "choices": (0..choices).map(choice).collect::<Value>(),
            "usage": usage(&answer, choices),
            "service_tier": "default",
            "system_fingerprint": "fp_embedded",
        }),
    )
}

fn finish_reason(answer: &Answer) -> &'static str {
    match (&answer.call, answer.cut) {
        (Some(_), _) => "tool_calls",
        (None, true) => "length",
        (None, false) => "stop",
    }
}

fn tool_calls(answer: &Answer) -> Option<Value> {
    let call = answer.call.as_ref()?;
    let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
    Some(json!([{"id": format!("call_{}", answer.hash), "type": "function", "function": function}]))
}

fn usage(answer: &Answer, choices: u64) -> Value {
    let output = answer.output_tokens * choices;
    json!({
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": output,
        "total_tokens": answer.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}

fn stream(answer: &Answer, model: &Model, choices: u64, with_usage: bool) -> Reply {
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = json!({
            "id": format!("chatcmpl-{}", answer.hash),
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model.snapshot,
            "service_tier": "default",
            "system_fingerprint": "fp_embedded",
            "choices": choices,
        });
        if with_usage {
            chunk["usage"] = usage;
        }
        format!("data: {chunk}\n\n")
    };
    let mut events = Vec::new();
    for index in 0..choices {
        let mut delta = |delta: Value, finish: Option<&str>| {
            let choice = json!([{"index": index, "delta": delta, "logprobs": null, "finish_reason": finish}]);
            events.push(chunk(choice, Value::Null));
        };
        if let Some(call) = &answer.call {
            let id = format!("call_{}", answer.hash);
            let begin = json!([{"index": 0, "id": id, "type": "function", "function": {"name": call.name, "arguments": ""}}]);
            delta(
                json!({"role": "assistant", "content": null, "tool_calls": begin}),
                None,
            );
            let arguments = call.arguments.to_string();
            // Cut inside the JSON, as the real ones are.
            let (head, tail) = arguments.split_at(arguments.find(':').unwrap_or(0));
            for part in [head, tail] {
                delta(
                    json!({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}),
                    None,
                );
            }
        } else {
            delta(
                json!({"role": "assistant", "content": "", "refusal": null}),
                None,
            );
            for piece in pieces(answer.text.as_deref().unwrap_or_default()) {
                delta(json!({"content": piece}), None);
            }
        }
        delta(json!({}), Some(finish_reason(answer)));
    }
    if with_usage {
        events.push(chunk(json!([]), usage(answer, choices)));
    }
    events.push("data: [DONE]\n\n".to_owned());
    Reply::pieces("text/event-stream; charset=utf-8", events)
}

fn embeddings(body: &Value, model: &Model) -> Reply {
    let inputs: Vec<String> = match &body["input"] {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) if items.iter().all(Value::is_string) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        Value::Array(items) if items.iter().all(Value::is_array) => {
            items.iter().map(Value::to_string).collect()
        }
        tokens @ Value::Array(items) if items.iter().all(Value::is_u64) => vec![tokens.to_string()],
        Value::Null => return missing("input"),
        _ => {
            return error(
                400,
                "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
                Value::Null,
                Value::Null,
            );
        }
    };
    if inputs.is_empty() || inputs.iter().any(String::is_empty) {
        return error(
            400,
            "'$.input' is invalid: input cannot be an empty string or list.",
            Value::Null,
            Value::Null,
        );
    }
    let dimensions = match body["dimensions"].as_u64() {
        None => model.dimensions,
        Some(given) if (1..=model.dimensions as u64).contains(&given) => given as usize,
        Some(_) => {
            let message = format!(
                "Invalid value for 'dimensions' = {}. Must be between 1 and {}.",
                body["dimensions"], model.dimensions
            );
            return error(400, &message, Value::Null, Value::Null);
        }
    };
    let base64 = body["encoding_format"] == "base64";
    let data = inputs.iter().enumerate().map(|(index, input)| {
        let vector = embed(input, dimensions);
        let vector = if base64 {
            encode(&vector).into()
        } else {
            json!(vector)
        };
        json!({"object": "embedding", "index": index, "embedding": vector})
    });
    let count: u64 = inputs.iter().map(|input| tokens(input)).sum();
    let usage = json!({"prompt_tokens": count, "total_tokens": count});
    Reply::json(
        200,
        json!({"object": "list", "data": data.collect::<Value>(), "model": model.snapshot, "usage": usage}),
    )
}

/// A vector as base64 of its little-endian bytes.
fn encode(vector: &[f32]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() {
                char::from(DIGITS[value as usize])
            } else {
                '='
            });
        }
    }
    text
}
