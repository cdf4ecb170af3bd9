//! Bedrock Converse and ConverseStream, and Nova behind InvokeModel.

use serde_json::{Value, json};

use super::{chat, with_cache};

#[test]
fn every_parameter() {
    let tools = json!({"tools": [{"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}}},
        {"systemTool": {"name": "g"}}, {"cachePoint": {"type": "default"}}], "toolChoice": {"auto": {}}});
    let recorded = json!([{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
        {"type": "systemTool", "name": "g"}]);
    chat("aws.bedrock").asks(
        json!({"inferenceConfig": {"temperature": 0.5, "topP": 0.25, "maxTokens": 9, "stopSequences": ["a"]},
            "additionalModelRequestFields": {"top_k": 3}, "guardrailConfig": {"guardrailIdentifier": "g-1", "guardrailVersion": "1"},
            "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}], "messages": [{"role": "user", "content": [{"text": "t"}]}],
            "toolConfig": tools}),
        json!({"request.temperature": 0.5, "request.top_p": 0.25, "request.max_tokens": 9, "request.stop_sequences": ["a"],
            "request.top_k": 3.0, "aws.bedrock.guardrail.id": "g-1", "system": [{"type": "text", "content": "s"}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "t"}]}], "tools": recorded}),
    );
    // Nova, behind either API.
    for request in [
        json!({"schemaVersion": "messages-v1", "messages": [], "inferenceConfig": {"max_new_tokens": 9, "topK": 3, "topP": 0.25}}),
        json!({"messages": [], "inferenceConfig": {"maxTokens": 9, "topP": 0.25}, "additionalModelRequestFields": {"inferenceConfig": {"topK": 3}}}),
        json!({"messages": [], "inferenceConfig": {"max_new_tokens": 9, "top_k": 3, "top_p": 0.25}}),
    ] {
        chat("aws.bedrock").asks(
            request,
            json!({"request.max_tokens": 9, "request.top_k": 3.0, "request.top_p": 0.25}),
        );
    }
    chat("aws.bedrock").asks(
        json!({"messages": [{"role": "user", "content": [{"text": "t"}]}]}),
        json!({"input": [{"role": "user", "parts": [{"type": "text", "content": "t"}]}]}),
    );
}

#[test]
fn blocks_of_messages() {
    chat("aws.bedrock").asks(
        json!({"inferenceConfig": {}, "messages": [
            {"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": "AA=="}}},
                {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://a/b"}}}},
                {"document": {"format": "pdf", "name": "n", "source": {"bytes": "AA=="}}}, {"video": {"format": "mov", "source": {"bytes": "AA=="}}},
                {"document": {"format": "txt", "name": "n", "source": {"bytes": "AA=="}}}, {"audio": {"format": "mp3", "source": {"bytes": "AA=="}}},
                {"guardContent": {"text": {"text": "g"}}}, {"cachePoint": {"type": "default"}}]},
            {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "why", "signature": "s"}}},
                {"toolUse": {"toolUseId": "c", "name": "f", "input": {"x": 1}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "c", "content": [{"json": {"r": 2}}], "status": "success"}},
                {"toolResult": {"toolUseId": "d", "content": [{"text": "a"}, {"text": "b"}]}}]}]}),
        json!({"input": [
            {"role": "user", "parts": [{"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
                {"type": "uri", "modality": "image", "mime_type": "image/jpeg", "uri": "s3://a/b"},
                {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "AA=="},
                {"type": "blob", "modality": "video", "mime_type": "video/quicktime", "content": "AA=="},
                {"type": "blob", "modality": "document", "mime_type": "text/plain", "content": "AA=="},
                {"type": "blob", "modality": "audio", "mime_type": "audio/mp3", "content": "AA=="},
                {"type": "guardContent", "text": {"text": "g"}}, {"type": "cachePoint"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "why"},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "c", "response": {"r": 2}},
                {"type": "tool_call_response", "id": "d", "response": "ab"}]}]}),
    );
}

#[test]
fn everything_of_an_answer() {
    for (raw, word) in [
        ("end_turn", "stop"),
        ("tool_use", "tool_call"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_model_output", "error"),
        ("malformed_tool_use", "error"),
        ("model_context_window_exceeded", "length"),
    ] {
        for (read, write) in [
            ("cacheReadInputTokens", "cacheWriteInputTokens"),
            ("cacheReadInputTokenCount", "cacheWriteInputTokenCount"),
        ] {
            chat("aws.bedrock").answers(
                json!({"output": {"message": {"role": "assistant", "content": [
                    {"reasoningContent": {"reasoningText": {"text": "why"}}}, {"text": "so"},
                    {"toolUse": {"toolUseId": "c", "name": "f", "input": {}}}]}}, "stopReason": raw, "metrics": {"latencyMs": 1},
                    "usage": {"inputTokens": 3, "outputTokens": 7, "totalTokens": 130, read: 100, write: 20}}),
                with_cache(json!({"response.finish_reasons": [raw], "output": [{"role": "assistant", "finish_reason": word, "parts": [
                    {"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"},
                    {"type": "tool_call", "id": "c", "name": "f", "arguments": {}}]}]})),
            );
        }
    }
}

/// Events as ConverseStream has them, and under their names, as Nova behind InvokeModel.
#[test]
fn a_stream() {
    let delta = |index: u64, delta: Value| {
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": index, "delta": delta}),
        )
    };
    let events = [
        ("messageStart", json!({"role": "assistant"})),
        delta(0, json!({"reasoningContent": {"text": "wh"}})),
        delta(0, json!({"reasoningContent": {"text": "y"}})),
        delta(0, json!({"reasoningContent": {"signature": "s"}})),
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        delta(1, json!({"text": "s"})),
        delta(1, json!({"text": "o"})),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "c", "name": "f"}}}),
        ),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 3, "start": {"toolUse": {"toolUseId": "d", "name": "g"}}}),
        ),
        delta(3, json!({"toolUse": {"input": "{\"x\":"}})),
        delta(2, json!({"toolUse": {"input": "{}"}})),
        delta(3, json!({"toolUse": {"input": "1}"}})),
        ("messageStop", json!({"stopReason": "tool_use"})),
        (
            "metadata",
            json!({"usage": {"inputTokens": 3, "outputTokens": 7, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 20},
            "metrics": {"latencyMs": 1}}),
        ),
    ];
    let expected = with_cache(
        json!({"response.finish_reasons": ["tool_use"], "output": [{"role": "assistant", "finish_reason": "tool_call",
        "parts": [{"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"},
        {"type": "tool_call", "id": "c", "name": "f", "arguments": {}},
        {"type": "tool_call", "id": "d", "name": "g", "arguments": {"x": 1}}]}]}),
    );
    let bare: Vec<Value> = events.iter().map(|(_, event)| event.clone()).collect();
    chat("aws.bedrock").streams(&bare, expected.clone());
    let named: Vec<Value> = events
        .iter()
        .map(|(name, event)| json!({*name: event}))
        .collect();
    chat("aws.bedrock").streams(&named, expected);
}
