//! Google's Interactions API.

use serde_json::{Value, json};

use super::{chat, with_usage};

fn usage() -> Value {
    json!({"total_input_tokens": 10, "total_cached_tokens": 4, "total_output_tokens": 5, "total_thought_tokens": 3,
        "total_tool_use_tokens": 7, "total_tokens": 25, "input_tokens_by_modality": [{"modality": "text", "tokens": 10}],
        "grounding_tool_count": [{"type": "google_search", "count": 1}]})
}

fn counted(more: Value) -> Value {
    with_usage(
        more,
        &[
            ("input_tokens", 17),
            ("output_tokens", 8),
            ("cache_read.input_tokens", 4),
            ("reasoning.output_tokens", 3),
        ],
    )
}

#[test]
fn every_parameter() {
    chat("gcp.gemini").asks(
        json!({"model": "models/m-1", "input": "t", "system_instruction": "s", "stream": true, "store": false, "background": false,
            "response_format": {"type": "text", "mime_type": "application/json", "schema": {"type": "object"}},
            "previous_interaction_id": "i-0", "generation_config": {"temperature": 0.5, "top_p": 0.25, "top_k": 3, "seed": 7,
                "stop_sequences": ["a"], "max_output_tokens": 9, "presence_penalty": 0.5, "frequency_penalty": 0.25,
                "thinking_level": "low", "thinking_summaries": "auto"},
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
                {"type": "google_search", "search_types": ["web_search"]}, {"type": "mcp_server", "name": "here", "url": "u"}]}),
        json!({"request.model": "m-1", "request.stream": true, "output.type": "json", "request.temperature": 0.5, "request.top_p": 0.25,
            "request.top_k": 3.0, "request.seed": 7, "request.stop_sequences": ["a"], "request.max_tokens": 9,
            "request.presence_penalty": 0.5, "request.frequency_penalty": 0.25,
            "system": [{"type": "text", "content": "s"}], "input": [{"role": "user", "parts": [{"type": "text", "content": "t"}]}],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
                {"type": "google_search", "name": "google_search"}, {"type": "mcp_server", "name": "here"}]}),
    );
    for (format, kind) in [
        (json!({"type": "image", "aspect_ratio": "1:1"}), "image"),
        (json!({"type": "audio"}), "speech"),
        (json!([{"type": "text", "mime_type": "text/plain"}]), "text"),
    ] {
        chat("gcp.vertex_ai").asks(
            json!({"agent": "a", "input": "t", "response_format": format}),
            json!({"output.type": kind, "input": [{"role": "user", "parts": [{"type": "text", "content": "t"}]}]}),
        );
    }
}

/// With a text and a model alone it reads as a request of the Responses API does.
#[test]
fn a_short_request() {
    let said = json!([{"role": "user", "parts": [{"type": "text", "content": "t"}]}]);
    for input in [
        json!("t"),
        json!({"type": "text", "text": "t"}),
        json!([{"type": "text", "text": "t"}]),
        json!([{"type": "user_input", "content": [{"type": "text", "text": "t"}]}]),
    ] {
        chat("gcp.gemini").asks(
            json!({"model": "m", "stream": true, "input": input}),
            json!({"request.model": "m", "request.stream": true, "input": said}),
        );
    }
    chat("gcp.gemini").asks(
        json!({"model": "m", "input": "t", "response_format": {"type": "text", "mime_type": "application/json"}}),
        json!({"request.model": "m", "output.type": "json", "input": said}),
    );
}

#[test]
fn steps_of_the_input() {
    let asks = |input: Value, expected: Value| {
        chat("gcp.gemini").asks(
            json!({"model": "m", "generation_config": {}, "input": input}),
            json!({"request.model": "m", "input": expected}),
        );
    };
    let image = json!({"type": "image", "mime_type": "image/png", "data": "AA=="});
    let seen =
        json!({"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="});
    asks(image.clone(), json!([{"role": "user", "parts": [seen]}]));
    asks(
        json!([{"type": "text", "text": "t"}, image, {"type": "document", "uri": "gs://a/b", "mime_type": "application/pdf"},
            {"type": "function_result", "call_id": "c", "result": [{"type": "text", "text": "4"}, {"type": "text", "text": "2"}]},
            {"type": "text", "text": "u"}]),
        json!([{"role": "user", "parts": [{"type": "text", "content": "t"}, seen,
                {"type": "uri", "modality": "document", "mime_type": "application/pdf", "uri": "gs://a/b"}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"}]},
            {"role": "user", "parts": [{"type": "text", "content": "u"}]}]),
    );
    asks(
        json!([{"type": "user_input", "content": [{"type": "text", "text": "t"}]},
            {"type": "thought", "signature": "s", "summary": [{"type": "text", "text": "why"}]},
            {"type": "google_search_call", "id": "g", "arguments": {"queries": ["q"]}, "signature": "s"},
            {"type": "google_search_result", "call_id": "g", "result": {"search_suggestions": "h"}},
            {"type": "function_call", "id": "c", "name": "f", "arguments": {"x": 1}},
            {"type": "function_result", "call_id": "c", "name": "f", "result": {"r": 2}},
            {"type": "model_output", "content": [{"type": "text", "text": "so"}]},
            {"role": "model", "content": "then"}, {"role": "user", "content": [{"type": "text", "text": "and"}]}]),
        json!([{"role": "user", "parts": [{"type": "text", "content": "t"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "why"}]},
            {"role": "assistant", "parts": [{"type": "server_tool_call", "id": "g", "name": "google_search",
                "server_tool_call": {"type": "google_search_call", "arguments": {"queries": ["q"]}}}]},
            {"role": "assistant", "parts": [{"type": "server_tool_call_response", "id": "g",
                "server_tool_call_response": {"type": "google_search_result", "result": {"search_suggestions": "h"}}}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "c", "response": {"r": 2}}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "so"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "then"}]},
            {"role": "user", "parts": [{"type": "text", "content": "and"}]}]),
    );
}

fn answered() -> Value {
    json!([{"type": "reasoning", "content": "why"},
        {"type": "server_tool_call", "id": "x", "name": "code_execution",
            "server_tool_call": {"type": "code_execution_call", "arguments": {"language": "python", "code": "1"}}},
        {"type": "server_tool_call_response", "id": "x",
            "server_tool_call_response": {"type": "code_execution_result", "result": "1", "is_error": false}},
        {"type": "server_tool_call", "id": "m", "name": "echo",
            "server_tool_call": {"type": "mcp_server_tool_call", "server_name": "here", "arguments": {"say": "hi"}}},
        {"type": "text", "content": "so"},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AABB"},
        {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}])
}

fn expected(reason: Option<(&str, &str)>) -> Value {
    let word = reason.map_or("tool_call", |(_, word)| word);
    let mut expected = counted(json!({"response.id": "i-1", "response.model": "m-1",
        "output": [{"role": "assistant", "finish_reason": word, "parts": answered()}]}));
    if let Some((reason, _)) = reason {
        expected["response.finish_reasons"] = json!([reason]);
    }
    expected
}

#[test]
fn everything_of_an_answer() {
    for (status, reason) in [
        ("completed", Some(("tool_calls", "tool_call"))),
        ("requires_action", Some(("tool_calls", "tool_call"))),
        ("incomplete", Some(("length", "length"))),
        ("budget_exceeded", Some(("length", "length"))),
        ("failed", Some(("error", "error"))),
        ("cancelled", Some(("error", "error"))),
        ("in_progress", None),
    ] {
        chat("gcp.gemini").answers(
            json!({"id": "i-1", "object": "interaction", "model": "m-1", "status": status, "created": "2026", "usage": usage(),
                "tools": [{"type": "function", "name": "no"}], "system_instruction": "no", "steps": [
                {"type": "user_input", "content": [{"type": "text", "text": "no"}]},
                {"type": "thought", "signature": "s", "summary": [{"type": "text", "text": "wh"}, {"type": "text", "text": "y"}]},
                {"type": "code_execution_call", "id": "x", "signature": "s", "arguments": {"language": "python", "code": "1"}},
                {"type": "code_execution_result", "call_id": "x", "result": "1", "is_error": false},
                {"type": "mcp_server_tool_call", "id": "m", "name": "echo", "server_name": "here", "arguments": {"say": "hi"}},
                {"type": "model_output", "content": [{"type": "text", "text": "so", "annotations": []},
                    {"type": "image", "mime_type": "image/png", "data": "AABB"}]},
                {"type": "function_call", "id": "c", "name": "f", "arguments": {"x": 1}}]}),
            expected(reason),
        );
    }
    // Before there were steps there were outputs.
    chat("gcp.gemini").answers(
        json!({"id": "i-1", "object": "interaction", "status": "completed", "outputs": [
            {"type": "thought", "summary": [{"type": "text", "text": "why"}]}, {"type": "text", "text": "so"}]}),
        json!({"response.id": "i-1", "response.finish_reasons": ["stop"], "output": [{"role": "assistant", "finish_reason": "stop",
            "parts": [{"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"}]}]}),
    );
}

fn events(end: Value) -> Vec<Value> {
    let start =
        |index: u64, step: Value| json!({"event_type": "step.start", "index": index, "step": step});
    let delta = |index: u64, delta: Value| json!({"event_type": "step.delta", "index": index, "delta": delta});
    vec![
        json!({"event_type": "interaction.created", "interaction": {"id": "i-1", "object": "interaction", "model": "m-1",
            "status": "in_progress"}, "event_id": "e"}),
        json!({"event_type": "interaction.status_update", "interaction_id": "i-1", "status": "in_progress"}),
        start(0, json!({"type": "thought"})),
        delta(
            0,
            json!({"type": "thought_summary", "content": {"type": "text", "text": "wh"}}),
        ),
        delta(
            0,
            json!({"type": "thought_summary", "content": {"type": "text", "text": "y"}}),
        ),
        delta(0, json!({"type": "thought_signature", "signature": "s"})),
        json!({"event_type": "step.stop", "index": 0}),
        start(
            1,
            json!({"type": "code_execution_call", "id": "x", "arguments": {}}),
        ),
        delta(
            1,
            json!({"type": "code_execution_call", "arguments": {"language": "python", "code": "1"}}),
        ),
        start(
            2,
            json!({"type": "code_execution_result", "call_id": "x", "result": ""}),
        ),
        delta(
            2,
            json!({"type": "code_execution_result", "result": "1", "is_error": false}),
        ),
        start(
            3,
            json!({"type": "mcp_server_tool_call", "id": "m", "name": "echo", "server_name": "here", "arguments": {}}),
        ),
        delta(
            3,
            json!({"type": "mcp_server_tool_call", "arguments": {"say": "hi"}}),
        ),
        start(4, json!({"type": "model_output", "content": []})),
        delta(4, json!({"type": "text", "text": "s"})),
        delta(4, json!({"type": "text", "text": "o"})),
        delta(
            4,
            json!({"type": "text_annotation_delta", "annotations": [{"type": "url_citation", "url": "u"}]}),
        ),
        delta(
            4,
            json!({"type": "image", "mime_type": "image/png", "data": "AA"}),
        ),
        delta(4, json!({"type": "image", "data": "BB"})),
        json!({"event_type": "step.stop", "index": 4, "usage": {"total_output_tokens": 1}}),
        start(
            5,
            json!({"type": "function_call", "id": "c", "name": "f", "arguments": {}}),
        ),
        delta(5, json!({"type": "arguments_delta", "arguments": "{\"x\""})),
        delta(5, json!({"type": "arguments_delta", "arguments": ":1}"})),
        end,
    ]
}

#[test]
fn a_stream() {
    let mut completed = json!({"id": "i-1", "object": "interaction", "model": "m-1", "status": "requires_action", "usage": usage()});
    let end = |interaction: &Value| json!({"event_type": "interaction.completed", "interaction": interaction});
    let reason = Some(("tool_calls", "tool_call"));
    chat("gcp.gemini").streams(&events(end(&completed)), expected(reason));
    // The last event may have all of it again.
    completed["steps"] =
        json!([{"type": "model_output", "content": [{"type": "text", "text": "final"}]}]);
    let mut again = expected(reason);
    again["output"][0]["parts"] = json!([{"type": "text", "content": "final"}]);
    chat("gcp.gemini").streams(&events(end(&completed)), again);
    // One that is left early has what came so far.
    let left = json!({"event_type": "step.delta", "index": 6, "delta": {"type": "text", "text": ""}, "metadata": {"total_usage": usage()}});
    chat("gcp.gemini").streams(&events(left), expected(None));
}

#[test]
fn errors() {
    chat("gcp.gemini").streams(
        &[
            json!({"event_type": "interaction.created", "interaction": {"id": "i-1", "object": "interaction", "status": "in_progress"}}),
            json!({"event_type": "error", "error": {"code": "gateway_timeout", "message": "m"}, "event_id": "e"}),
        ],
        json!({"response.id": "i-1", "error": "gateway_timeout"}),
    );
    chat("gcp.gemini").answers(
        json!({"id": "i-1", "object": "interaction", "status": "failed", "error": {"code": "internal", "message": "m"}, "steps": []}),
        json!({"response.id": "i-1", "response.finish_reasons": ["error"], "error": "internal",
            "output": [{"role": "assistant", "finish_reason": "error", "parts": []}]}),
    );
}
