//! Messages of chat completions, of every kind of part; and the classes of failed answers.

use serde_json::{Value, json};

use super::chat;
use crate::extract::wire::Wire;

fn asked(messages: Value, expected: Value) {
    chat("x").asks(
        json!({"model": "m", "messages": messages}),
        json!({"request.model": "m", "input": expected}),
    );
}

#[test]
fn parts_of_a_users_message() {
    asked(
        json!([{"role": "user", "content": [
            {"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "https://a.b/c.png", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}, {"type": "image_url", "image_url": "https://a.b/d.png"},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}, {"type": "file", "file": {"file_id": "f-1"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
            {"type": "document_url", "document_url": "https://a.b/c.pdf"}, {"type": "video_url", "video_url": {"url": "u"}}]}]),
        json!([{"role": "user", "parts": [
            {"type": "text", "content": "t"}, {"type": "uri", "modality": "image", "uri": "https://a.b/c.png"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
            {"type": "uri", "modality": "image", "uri": "https://a.b/d.png"},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AA=="},
            {"type": "file", "modality": "document", "file_id": "f-1"},
            {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "AA=="},
            {"type": "document_url", "document_url": "https://a.b/c.pdf"}, {"type": "video_url", "video_url": {"url": "u"}}]}]),
    );
}

#[test]
fn turns_of_a_conversation() {
    asked(
        json!([{"role": "system", "content": [{"type": "text", "text": "s"}]}, {"role": "developer", "content": "d"},
            {"role": "assistant", "content": null, "refusal": "No.", "reasoning_content": "why"},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
            {"id": "d", "type": "function", "function": {"name": "g", "arguments": "null"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "42"},
            {"role": "tool", "tool_call_id": "d", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"role": "assistant", "content": null, "function_call": {"name": "h", "arguments": "{}"}},
            {"role": "function", "name": "h", "content": "1"}]),
        json!([{"role": "system", "parts": [{"type": "text", "content": "s"}]}, {"role": "developer", "parts": [{"type": "text", "content": "d"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "why"}, {"type": "refusal", "content": "No."}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}, {"type": "tool_call", "id": "d", "name": "g"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "d", "response": "ab"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "name": "h", "arguments": {}}]},
            {"role": "function", "name": "h", "parts": [{"type": "tool_call_response", "response": "1"}]}]),
    );
}

/// The classes of answers with a status.
#[test]
fn failed_answers() {
    for (status, body, class) in [
        (
            401,
            json!({"error": {"message": "m", "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}}),
            "invalid_api_key",
        ),
        (
            400,
            json!({"error": {"message": "m", "type": "invalid_request_error", "param": null, "code": null}}),
            "invalid_request_error",
        ),
        (
            401,
            json!({"error": {"code": "401", "message": "m"}}),
            "401",
        ),
        (
            402,
            json!({"error": {"code": 402, "message": "m"}, "user_id": "u"}),
            "402",
        ),
        (
            529,
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}),
            "overloaded_error",
        ),
        (
            404,
            json!({"error": {"code": 404, "message": "m", "status": "NOT_FOUND", "details": []}}),
            "NOT_FOUND",
        ),
        // Gemini's streams answer errors in an array too.
        (
            429,
            json!([{"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}}]),
            "RESOURCE_EXHAUSTED",
        ),
        (
            400,
            json!({"code": "invalid-argument", "error": "m"}),
            "invalid-argument",
        ),
        (
            400,
            json!({"code": "Client specified an invalid argument", "error": "m"}),
            "400",
        ),
        (404, json!({"error": "model not found"}), "404"),
        (401, json!({"detail": "Invalid API Key"}), "401"),
        (
            422,
            json!({"detail": [{"type": "missing", "loc": ["body"], "msg": "m"}]}),
            "422",
        ),
        (
            400,
            json!({"object": "error", "message": "m", "type": "invalid_request_invalid_args", "code": "3051"}),
            "invalid_request_invalid_args",
        ),
        (
            404,
            json!({"id": "i", "message": "model 'm' not found"}),
            "404",
        ),
        (
            400,
            json!({"__type": "com.amazon.coral.service#ValidationException", "message": "m"}),
            "ValidationException",
        ),
        (400, json!({"message": "m"}), "400"),
        (503, json!("upstream connect error"), "503"),
        (500, Value::Null, "500"),
    ] {
        assert_eq!(Wire::error_type(status, &body), class, "{body}");
    }
}
