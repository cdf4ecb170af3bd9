//! Cohere chat and embed, versions 1 and 2.

use serde_json::{Value, json};

use super::{chat, embeddings};

fn output(parts: Value, word: &str) -> Value {
    json!([{"role": "assistant", "finish_reason": word, "parts": parts}])
}

#[test]
fn every_parameter() {
    chat("cohere").asks(
        json!({"model": "m", "temperature": 0.5, "p": 0.25, "k": 3, "max_tokens": 9, "seed": 7, "stop_sequences": ["a"],
            "frequency_penalty": 0.5, "presence_penalty": 0.25, "stream": true, "response_format": {"type": "json_object"},
            "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "t"}]},
            {"role": "assistant", "tool_plan": "plan", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "42"}]}),
        json!({"request.model": "m", "request.temperature": 0.5, "request.top_p": 0.25, "request.top_k": 3.0, "request.max_tokens": 9,
            "request.seed": 7, "request.stop_sequences": ["a"], "request.frequency_penalty": 0.5, "request.presence_penalty": 0.25,
            "request.stream": true, "output.type": "json",
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}],
            "input": [{"role": "system", "parts": [{"type": "text", "content": "s"}]}, {"role": "user", "parts": [{"type": "text", "content": "t"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "plan"}, {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"}]}]}),
    );
    chat("cohere").asks(
        json!({"model": "m", "message": "now", "preamble": "s", "k": 3, "p": 0.25, "chat_history": [{"role": "USER", "message": "h"},
            {"role": "CHATBOT", "message": "a"}], "tools": [{"name": "f", "description": "d", "parameter_definitions": {"a": {"type": "str"}}}]}),
        json!({"request.model": "m", "request.top_k": 3.0, "request.top_p": 0.25, "system": [{"type": "text", "content": "s"}],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"a": {"type": "str"}}}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "h"}]}, {"role": "assistant", "parts": [{"type": "text", "content": "a"}]},
            {"role": "user", "parts": [{"type": "text", "content": "now"}]}]}),
    );
    embeddings("cohere").asks(
        json!({"model": "m", "texts": ["secret"], "input_type": "search_query", "embedding_types": ["float"], "output_dimension": 64}),
        json!({"request.model": "m", "request.encoding_formats": ["float"], "embeddings.dimension.count": 64}),
    );
}

#[test]
fn answers() {
    for (raw, word) in [
        ("COMPLETE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_call"),
        ("STOP_SEQUENCE", "stop"),
        ("ERROR", "error"),
        ("ERROR_TOXIC", "content_filter"),
    ] {
        chat("cohere").answers(
            json!({"id": "i", "finish_reason": raw, "message": {"role": "assistant", "tool_plan": "plan",
                "content": [{"type": "thinking", "thinking": "why"}, {"type": "text", "text": "so"}],
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                "usage": {"billed_units": {"input_tokens": 4, "output_tokens": 5.0}, "tokens": {"input_tokens": 70, "output_tokens": 80},
                "cached_tokens": 3}}),
            json!({"response.id": "i", "response.finish_reasons": [raw], "usage.input_tokens": 4, "usage.output_tokens": 5,
                "usage.cache_read.input_tokens": 3, "output": output(json!([{"type": "reasoning", "content": "planwhy"},
                {"type": "text", "content": "so"},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": {}}]), word)}),
        );
    }
    // Version 1, whose cached tokens exceed what is billed.
    chat("cohere").answers(
        json!({"response_id": "i", "generation_id": "g", "text": "so", "finish_reason": "COMPLETE", "chat_history": [{"role": "USER", "message": "no"}],
            "tool_calls": [{"name": "f", "parameters": {"a": 1}}],
            "meta": {"api_version": {"version": "1"}, "billed_units": {"input_tokens": 4.0, "output_tokens": 5.0}, "cached_tokens": 64,
            "tokens": {"input_tokens": 70, "output_tokens": 80}}}),
        json!({"response.id": "i", "response.finish_reasons": ["COMPLETE"], "usage.input_tokens": 4, "usage.output_tokens": 5,
            "output": output(json!([{"type": "text", "content": "so"}, {"type": "tool_call", "name": "f", "arguments": {"a": 1}}]), "stop")}),
    );
    chat("cohere").answers(
        json!({"generation_id": "g", "text": "so", "finish_reason": "COMPLETE", "meta": {}}),
        json!({"response.id": "g", "response.finish_reasons": ["COMPLETE"], "output": output(json!([{"type": "text", "content": "so"}]), "stop")}),
    );
    for vectors in [json!([[0.5]]), json!({"float": [[0.5]]})] {
        embeddings("cohere").answers(
            json!({"id": "i", "texts": ["secret"], "embeddings": vectors, "meta": {"billed_units": {"input_tokens": 4}}}),
            json!({"usage.input_tokens": 4}),
        );
    }
}

#[test]
fn streams() {
    let call = |kind: &str, index: u64, call: Value| json!({"type": kind, "index": index, "delta": {"message": {"tool_calls": call}}});
    chat("cohere").streams(
        &[
            json!({"type": "message-start", "id": "i", "delta": {"message": {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}}}),
            json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "pl"}}}),
            json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "an"}}}),
            json!({"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "thinking", "thinking": ""}}}}),
            json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"thinking": "ned"}}}}),
            json!({"type": "content-end", "index": 0}),
            json!({"type": "content-start", "index": 1, "delta": {"message": {"content": {"type": "text", "text": ""}}}}),
            json!({"type": "content-delta", "index": 1, "delta": {"message": {"content": {"text": "s"}}}}),
            json!({"type": "content-delta", "index": 1, "delta": {"message": {"content": {"text": "o"}}}}),
            call("tool-call-start", 0, json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}})),
            call("tool-call-delta", 0, json!({"function": {"arguments": "{\"x\":"}})),
            call("tool-call-delta", 0, json!({"function": {"arguments": "1}"}})),
            json!({"type": "tool-call-end", "index": 0}),
            call("tool-call-start", 1, json!({"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}})),
            json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": {"billed_units": {"input_tokens": 4, "output_tokens": 5},
                "tokens": {"input_tokens": 70, "output_tokens": 80}}}}),
        ],
        json!({"response.id": "i", "response.finish_reasons": ["TOOL_CALL"], "usage.input_tokens": 4, "usage.output_tokens": 5,
            "output": output(json!([{"type": "reasoning", "content": "planned"}, {"type": "text", "content": "so"},
            {"type": "tool_call", "id": "a", "name": "f", "arguments": {"x": 1}}, {"type": "tool_call", "id": "b", "name": "g", "arguments": {}}]), "tool_call")}),
    );
}

/// A stream of version 1 that had no text, or no calls, has them at its end.
#[test]
fn a_stream_that_says_all_at_its_end() {
    let start = json!({"is_finished": false, "event_type": "stream-start", "generation_id": "g"});
    let end = json!({"is_finished": true, "event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"response_id": "i",
        "text": "so", "tool_calls": [{"name": "f", "parameters": {"x": 1}}]}});
    let said = json!([{"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "so"},
        {"type": "tool_call", "name": "f", "arguments": {"x": 1}}]}]);
    let recorded =
        json!({"response.id": "i", "response.finish_reasons": ["COMPLETE"], "output": said});
    chat("cohere").streams(&[start.clone(), end.clone()], recorded.clone());
    let before = [
        json!({"is_finished": false, "event_type": "text-generation", "text": "so"}),
        json!({"is_finished": false, "event_type": "tool-calls-generation", "tool_calls": [{"name": "f", "parameters": {"x": 1}}]}),
    ];
    let [text, calls] = before;
    chat("cohere").streams(&[start, text, calls, end], recorded);
}
