//! Gemini, on AI Studio and Vertex.

use serde_json::{Value, json};

use super::{chat, embeddings, with_usage};

#[test]
fn every_parameter_in_both_spellings() {
    let expected = json!({"request.temperature": 0.5, "request.top_p": 0.25, "request.top_k": 40.0, "request.max_tokens": 9,
        "request.seed": 7, "request.stop_sequences": ["a"], "request.frequency_penalty": 0.5, "request.presence_penalty": 0.25,
        "request.choice.count": 2, "output.type": "json", "system": [{"type": "text", "content": "s"}],
        "input": [{"role": "user", "parts": [{"type": "text", "content": "t"}]}]});
    chat("gcp.gemini").asks(
        json!({"generationConfig": {"temperature": 0.5, "topP": 0.25, "topK": 40.0, "maxOutputTokens": 9, "seed": 7,
            "stopSequences": ["a"], "frequencyPenalty": 0.5, "presencePenalty": 0.25, "candidateCount": 2,
            "responseMimeType": "application/json", "thinkingConfig": {"thinkingLevel": "low"}}, "safetySettings": [],
            "systemInstruction": {"parts": [{"text": "s"}]}, "contents": [{"role": "user", "parts": [{"text": "t"}]}]}),
        expected.clone(),
    );
    chat("gcp.vertex_ai").asks(
        json!({"generation_config": {"temperature": 0.5, "top_p": 0.25, "top_k": 40, "max_output_tokens": 9, "seed": 7,
            "stop_sequences": ["a"], "frequency_penalty": 0.5, "presence_penalty": 0.25, "candidate_count": 2,
            "response_mime_type": "application/json"},
            "system_instruction": {"role": "system", "parts": {"text": "s"}}, "contents": {"parts": {"text": "t"}}}),
        expected,
    );
    chat("gcp.gemini").asks(
        json!({"contents": [], "generationConfig": {"candidateCount": 1, "responseMimeType": "text/plain"}}),
        json!({"output.type": "text"}),
    );
}

#[test]
fn parts_and_tools() {
    chat("gcp.gemini").asks(
        json!({"contents": [
            {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "AA=="}},
                {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b"}}, {"inline_data": {"mime_type": "audio/wav", "data": "AA=="}}]},
            {"role": "model", "parts": [{"text": "why", "thought": true}, {"text": "", "thoughtSignature": "s"},
                {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "s"}, {"functionCall": {"id": "c", "name": "g"}},
                {"executableCode": {"language": "PYTHON", "code": "1"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK"}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"r": 2}}},
                {"functionResponse": {"id": "c", "name": "g", "response": {"r": 3}}}]}],
            "tools": [{"functionDeclarations": [{"name": "f", "description": "d", "parameters": {"type": "OBJECT"}},
                {"name": "g", "parametersJsonSchema": {"type": "object"}}]}, {"googleSearch": {}}]}),
        json!({"input": [
            {"role": "user", "parts": [{"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
                {"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "gs://a/b"},
                {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AA=="}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "why"},
                {"type": "tool_call", "name": "f", "arguments": {"x": 1}}, {"type": "tool_call", "id": "c", "name": "g"},
                {"type": "server_tool_call", "name": "code_execution",
                    "server_tool_call": {"type": "executableCode", "language": "PYTHON", "code": "1"}},
                {"type": "server_tool_call_response",
                    "server_tool_call_response": {"type": "codeExecutionResult", "outcome": "OUTCOME_OK"}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "name": "f", "response": {"r": 2}},
                {"type": "tool_call_response", "id": "c", "name": "g", "response": {"r": 3}}]}],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "OBJECT"}},
                {"type": "function", "name": "g", "parameters": {"type": "object"}}, {"type": "googleSearch", "name": "googleSearch"}]}),
    );
}

fn usage() -> Value {
    json!({"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 3, "cachedContentTokenCount": 4,
        "totalTokenCount": 18, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 10}]})
}

fn counted(more: Value) -> Value {
    with_usage(
        more,
        &[
            ("input_tokens", 10),
            ("output_tokens", 8),
            ("cache_read.input_tokens", 4),
            ("reasoning.output_tokens", 3),
        ],
    )
}

#[test]
fn everything_of_an_answer() {
    for (raw, recorded, word) in [
        (json!("STOP"), "STOP", "stop"),
        (json!(1), "STOP", "stop"),
        (json!("MAX_TOKENS"), "MAX_TOKENS", "length"),
        (json!(2), "MAX_TOKENS", "length"),
        (json!(3), "SAFETY", "content_filter"),
        (json!(4), "RECITATION", "content_filter"),
        (json!(5), "OTHER", "OTHER"),
        (
            json!("PROHIBITED_CONTENT"),
            "PROHIBITED_CONTENT",
            "content_filter",
        ),
        (
            json!("MALFORMED_FUNCTION_CALL"),
            "MALFORMED_FUNCTION_CALL",
            "error",
        ),
    ] {
        chat("gcp.gemini").answers(
            json!({"candidates": [{"content": {"parts": [{"text": "a"}], "role": "model"}, "finishReason": raw, "index": 0,
                "safetyRatings": [], "avgLogprobs": -0.1, "groundingMetadata": {}}], "usageMetadata": usage(), "modelVersion": "m-1", "responseId": "r"}),
            counted(json!({"response.id": "r", "response.model": "m-1", "response.finish_reasons": [recorded], "output": [
                {"role": "assistant", "finish_reason": word, "parts": [{"type": "text", "content": "a"}]}]})),
        );
    }
    // A prompt that was blocked has no answer.
    chat("gcp.gemini").answers(
        json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 10}, "responseId": "r"}),
        json!({"response.id": "r", "usage.input_tokens": 10}),
    );
    // An answer that was: no content in its candidate.
    chat("gcp.vertex_ai").answers(
        json!({"candidates": [{"finishReason": "SAFETY"}], "responseId": "r"}),
        json!({"response.id": "r", "response.finish_reasons": ["SAFETY"], "output": [{"role": "assistant",
            "finish_reason": "content_filter", "parts": []}]}),
    );
}

#[test]
fn a_stream_of_two_candidates() {
    let chunk = |candidates: Value, usage: Value| json!({"candidates": candidates, "usageMetadata": usage, "modelVersion": "m-1", "responseId": "r"});
    chat("gcp.gemini").streams(
        &[
            chunk(json!([{"content": {"parts": [{"text": "wh", "thought": true}]}, "index": 0}]), json!({"promptTokenCount": 10})),
            chunk(json!([{"content": {"parts": [{"text": "y", "thought": true}, {"text": "s"}]}, "index": 0},
                {"content": {"parts": [{"text": "B"}]}, "index": 1}]), json!({"promptTokenCount": 10, "candidatesTokenCount": 1})),
            chunk(json!([{"content": {"parts": [{"text": "o"}, {"functionCall": {"name": "f", "args": {}}}]}, "index": 0, "finishReason": "STOP"}]), json!({"promptTokenCount": 10, "candidatesTokenCount": 3})),
            chunk(json!([{"content": {"role": "model"}, "index": 1, "finishReason": "MAX_TOKENS"}]), usage()),
        ],
        counted(json!({"response.id": "r", "response.model": "m-1", "response.finish_reasons": ["STOP", "MAX_TOKENS"], "output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "reasoning", "content": "why"},
                {"type": "text", "content": "so"}, {"type": "tool_call", "name": "f", "arguments": {}}]},
            {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "B"}]}]})),
    );
    chat("gcp.gemini").streams(
        &[json!({"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}})],
        json!({"error": "UNAVAILABLE"}),
    );
}

#[test]
fn vectors() {
    let one = |key: &str| json!({"model": "models/e-1", "content": {"parts": [{"text": "secret"}]}, "taskType": "X", key: 64});
    let expected = json!({"request.model": "e-1", "embeddings.dimension.count": 64});
    for key in ["outputDimensionality", "output_dimensionality"] {
        embeddings("gcp.gemini").asks(one(key), expected.clone());
        embeddings("gcp.gemini").asks(json!({"requests": [one(key), one(key)]}), expected.clone());
    }
    embeddings("gcp.gemini").answers(json!({"embeddings": [{"values": [0.5]}]}), json!({}));
    embeddings("gcp.gemini").answers(json!({"embedding": {"values": [0.5]}}), json!({}));
}
