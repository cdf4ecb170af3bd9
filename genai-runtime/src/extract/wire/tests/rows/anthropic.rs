//! Anthropic messages.

use serde_json::{Value, json};

use super::{chat, with_cache};

#[test]
fn every_parameter() {
    chat("anthropic").asks(
        json!({"model": "claude-1", "max_tokens": 5, "temperature": 0.5, "top_p": 0.25, "top_k": 3, "stop_sequences": ["a", "b"],
            "stream": true, "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "t"}],
            "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}}, "metadata": {"user_id": "u"},
            "service_tier": "auto", "thinking": {"type": "enabled", "budget_tokens": 9},
            "messages": [{"role": "user", "content": "Hi"}], "tools": [
            {"name": "f", "description": "d", "input_schema": {"type": "object"}},
            {"type": "custom", "name": "g", "input_schema": {}}, {"type": "web_search_20250305", "name": "web_search", "max_uses": 1}]}),
        json!({"request.model": "claude-1", "request.max_tokens": 5, "request.temperature": 0.5, "request.top_p": 0.25,
            "request.top_k": 3.0, "request.stop_sequences": ["a", "b"], "request.stream": true, "output.type": "json",
            "system": [{"type": "text", "content": "s"}, {"type": "text", "content": "t"}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
            {"type": "function", "name": "g", "parameters": {}}, {"type": "web_search_20250305", "name": "web_search"}]}),
    );
    chat("gcp.vertex_ai").asks(
        json!({"anthropic_version": "vertex-2023-10-16", "max_tokens": 5, "messages": [], "system": "s"}),
        json!({"request.max_tokens": 5, "system": [{"type": "text", "content": "s"}]}),
    );
}

/// Anthropic also speaks the format of OpenAI.
#[test]
fn its_other_format() {
    chat("anthropic").asks(
        json!({"model": "m", "messages": [], "max_completion_tokens": 5, "stop": ["a"], "n": 1, "seed": 2}),
        json!({"request.model": "m", "request.max_tokens": 5, "request.stop_sequences": ["a"], "request.seed": 2}),
    );
}

#[test]
fn blocks_of_messages() {
    // Behind a gateway only the blocks show the format.
    for provider in ["anthropic", "a-gateway"] {
        chat(provider).asks(
            json!({"model": "m", "max_tokens": 1, "messages": [
                {"role": "user", "content": [{"type": "text", "text": "t"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
                    {"type": "image", "source": {"type": "url", "url": "https://a.b/c.png"}},
                    {"type": "document", "source": {"type": "file", "file_id": "f-1"}},
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "doc"}, "title": "x"},
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}}]},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "why", "signature": "s"},
                    {"type": "redacted_thinking", "data": "x"}, {"type": "tool_use", "id": "c", "name": "f", "input": {"x": 1}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "42", "is_error": false},
                    {"type": "tool_result", "tool_use_id": "d", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                    {"type": "tool_result", "tool_use_id": "e"}]}]}),
            json!({"request.model": "m", "request.max_tokens": 1, "input": [
                {"role": "user", "parts": [{"type": "text", "content": "t"},
                    {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
                    {"type": "uri", "modality": "image", "uri": "https://a.b/c.png"},
                    {"type": "file", "modality": "document", "file_id": "f-1"}, {"type": "text", "content": "doc"},
                    {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "AA=="}]},
                {"role": "assistant", "parts": [{"type": "reasoning", "content": "why"}, {"type": "redacted_thinking", "data": "x"},
                    {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]},
                {"role": "user", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"},
                    {"type": "tool_call_response", "id": "d", "response": "ab"},
                    {"type": "tool_call_response", "id": "e", "response": null}]}]}),
        );
    }
}

fn usage() -> Value {
    json!({"input_tokens": 3, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 100, "output_tokens": 7,
        "cache_creation": {"ephemeral_5m_input_tokens": 20}, "service_tier": "standard", "server_tool_use": {"web_search_requests": 1}})
}

#[test]
fn everything_of_an_answer() {
    for (raw, word) in [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_call"),
        ("refusal", "content_filter"),
        ("model_context_window_exceeded", "length"),
    ] {
        chat("anthropic").answers(
            json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "stop_reason": raw, "stop_sequence": null,
                "usage": usage(), "content": [{"type": "thinking", "thinking": "why", "signature": "x"}, {"type": "text", "text": "so"},
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}},
                {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
                {"type": "tool_use", "id": "c", "name": "f", "input": {}}]}),
            with_cache(json!({"response.id": "msg_1", "response.model": "m-1", "response.finish_reasons": [raw],
                "output": [{"role": "assistant", "finish_reason": word, "parts": [
                {"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"},
                {"type": "server_tool_call", "id": "s", "name": "web_search",
                    "server_tool_call": {"type": "server_tool_use", "input": {"q": 1}}},
                {"type": "server_tool_call_response", "id": "s",
                    "server_tool_call_response": {"type": "web_search_tool_result", "content": []}},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": {}}]}]})),
        );
    }
}

fn start(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, kind: &str, field: &str, text: &str) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, field: text}})
}

#[test]
fn a_stream_with_blocks_interleaved() {
    chat("anthropic").streams(
        &[
            json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1",
                "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1}}}),
            json!({"type": "ping"}),
            start(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
            delta(0, "thinking_delta", "thinking", "wh"),
            start(1, json!({"type": "text", "text": ""})),
            delta(1, "text_delta", "text", "s"),
            delta(0, "thinking_delta", "thinking", "y"),
            delta(0, "signature_delta", "signature", "zz"),
            start(2, json!({"type": "tool_use", "id": "a", "name": "f", "input": {}})),
            start(3, json!({"type": "tool_use", "id": "b", "name": "g", "input": {}})),
            delta(2, "input_json_delta", "partial_json", ""),
            delta(3, "input_json_delta", "partial_json", "{\"x\":"),
            delta(1, "text_delta", "text", "o"),
            delta(3, "input_json_delta", "partial_json", "1}"),
            json!({"type": "content_block_stop", "index": 3}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": usage()}),
            json!({"type": "message_stop"}),
        ],
        with_cache(json!({"response.id": "msg_1", "response.model": "m-1", "response.finish_reasons": ["tool_use"],
            "output": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"},
            {"type": "tool_call", "id": "a", "name": "f", "arguments": {}},
            {"type": "tool_call", "id": "b", "name": "g", "arguments": {"x": 1}}]}]})),
    );
}

#[test]
fn errors() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "r"});
    chat("anthropic").answers(error.clone(), json!({"error": "overloaded_error"}));
    chat("anthropic").streams(
        &[json!({"type": "message_start", "message": {"id": "i", "model": "m", "usage": {"input_tokens": 3, "output_tokens": 1}}}), error],
        json!({"response.id": "i", "response.model": "m", "usage.input_tokens": 3, "usage.output_tokens": 1,
            "error": "overloaded_error"}),
    );
}
