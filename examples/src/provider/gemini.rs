//! Gemini's wire: generateContent, and streamGenerateContent as server-sent events or as one JSON list.

use serde_json::{Value, json};

use super::Model;
use super::answer::{Answer, Question, Tool, pieces, text_of};
use super::http::{Reply, Request};

pub(super) fn generate(request: &Request) -> Reply {
    let target = request
        .path
        .strip_prefix("/v1beta/models/")
        .unwrap_or_default();
    let (name, action) = target.split_once(':').unwrap_or((target, ""));
    let streams = match action {
        "generateContent" => false,
        "streamGenerateContent" => true,
        _ => {
            return error(
                404,
                "NOT_FOUND",
                "The requested URL was not found on this server.",
            );
        }
    };
    if request.method != "POST" {
        return error(
            405,
            "INVALID_ARGUMENT",
            "The request method is not allowed.",
        );
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        return error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
    };
    let Some(model) = Model::find(name, false) else {
        let message = format!(
            "models/{name} is not found for API version v1beta, or is not supported for {action}. Call ListModels to see the \
             list of available models and their supported methods."
        );
        return error(404, "NOT_FOUND", &message);
    };
    let Some(contents) = body["contents"]
        .as_array()
        .filter(|contents| !contents.is_empty())
    else {
        return error(
            400,
            "INVALID_ARGUMENT",
            "* GenerateContentRequest.contents: contents is not specified\n",
        );
    };
    let limit = body
        .pointer("/generationConfig/maxOutputTokens")
        .and_then(Value::as_u64);
    let mut question = Question {
        most_tokens: limit,
        ..Question::default()
    };
    let system = &body["systemInstruction"]["parts"];
    if !system.is_null() {
        question.message("system", system);
    }
    for content in contents {
        let result = content["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .find_map(|part| part.get("functionResponse"));
        match result {
            Some(result) => question.message("tool", &text_of(&result["response"]).into()),
            None => question.message(
                content["role"].as_str().unwrap_or("user"),
                &content["parts"],
            ),
        }
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        for function in tool["functionDeclarations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            question.tools.push(Tool {
                name: function["name"].as_str().unwrap_or_default().to_owned(),
                parameters: function["parameters"].clone(),
            });
        }
    }
    let answer = question.answer(model.name);
    if !streams {
        return Reply::json(200, response(&answer, model, parts(&answer), true));
    }
    let mut chunks: Vec<Value> = match &answer.text {
        Some(text) => pieces(text)
            .into_iter()
            .map(|piece| response(&answer, model, json!([{"text": piece}]), false))
            .collect(),
        None => vec![response(&answer, model, parts(&answer), false)],
    };
    if let Some(last) = chunks.last_mut() {
        let parts = last["candidates"][0]["content"]["parts"].take();
        *last = response(&answer, model, parts, true);
    }
    if request.query.split('&').any(|pair| pair == "alt=sse") {
        return Reply::pieces(
            "text/event-stream",
            chunks
                .iter()
                .map(|chunk| format!("data: {chunk}\r\n\r\n"))
                .collect(),
        );
    }
    Reply::json(200, chunks.into())
}

fn error(code: u16, status: &str, message: &str) -> Reply {
    Reply::json(
        code,
        json!({"error": {"code": code, "message": message, "status": status}}),
    )
}

fn parts(answer: &Answer) -> Value {
    match &answer.call {
        Some(call) => json!([{"functionCall": {"name": call.name, "args": call.arguments}}]),
        None => json!([{"text": answer.text}]),
    }
}

/// A whole answer, or a piece of one; only the last piece has a reason and the count of what was generated.
fn response(answer: &Answer, model: &Model, parts: Value, last: bool) -> Value {
    let output = if last { answer.output_tokens } else { 0 };
    let mut response = json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}],
        "usageMetadata": {"promptTokenCount": answer.input_tokens, "totalTokenCount": answer.input_tokens + output},
        "modelVersion": model.snapshot,
        "responseId": answer.hash,
    });
    if last {
        response["candidates"][0]["finishReason"] =
            if answer.cut { "MAX_TOKENS" } else { "STOP" }.into();
        response["usageMetadata"]["candidatesTokenCount"] = output.into();
    }
    response
}
