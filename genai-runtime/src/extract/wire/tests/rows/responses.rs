//! OpenAI Responses: items of every kind, states, and streams that end well, badly or not at all.

use serde_json::{Value, json};

use super::{chat, with_usage};

#[test]
fn every_parameter() {
    chat("openai").asks(
        json!({"model": "m", "temperature": 0.5, "top_p": 0.25, "max_output_tokens": 9, "stream": true, "service_tier": "auto",
            "text": {"format": {"type": "json_schema", "name": "s", "schema": {}}, "verbosity": "low"},
            "reasoning": {"effort": "low"}, "previous_response_id": "resp_0", "conversation": {"id": "conv_1"},
            "instructions": "Be brief.", "input": "Hi", "parallel_tool_calls": true, "store": false, "tools": [
            {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true},
            {"type": "web_search_preview"}, {"type": "mcp", "server_label": "l"}, {"type": "custom", "name": "code"}]}),
        json!({"request.model": "m", "request.temperature": 0.5, "request.top_p": 0.25, "request.max_tokens": 9,
            "request.stream": true, "openai.request.service_tier": "auto", "openai.api.type": "responses",
            "output.type": "json", "conversation.id": "conv_1",
            "system": [{"type": "text", "content": "Be brief."}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
            {"type": "web_search_preview", "name": "web_search_preview"}, {"type": "mcp", "name": "mcp"},
            {"type": "custom", "name": "code"}]}),
    );
    chat("x_ai").asks(
        json!({"model": "m", "input": [], "conversation": "conv_2", "text": {"format": {"type": "text"}}, "service_tier": "x"}),
        json!({"request.model": "m", "conversation.id": "conv_2", "output.type": "text"}),
    );
}

#[test]
fn items_of_the_input() {
    chat("x").asks(
        json!({"model": "m", "input": [
            {"role": "system", "content": "s"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "t"},
                {"type": "input_image", "image_url": "https://a.b/c.png"}, {"type": "input_image", "file_id": "file-1"},
                {"type": "input_file", "file_id": "file-2"}, {"type": "input_file", "file_data": "data:application/pdf;base64,AA=="}]},
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"x\":1}"},
            {"type": "function_call_output", "call_id": "c", "output": "42"},
            {"type": "custom_tool_call", "call_id": "d", "name": "code", "input": "print()"},
            {"type": "custom_tool_call_output", "call_id": "d", "output": [{"type": "input_text", "text": "o"}, {"type": "input_text", "text": "k"}]},
            {"type": "web_search_call", "id": "w", "status": "completed"}]}),
        json!({"request.model": "m", "input": [
            {"role": "system", "parts": [{"type": "text", "content": "s"}]},
            {"role": "user", "parts": [{"type": "text", "content": "t"},
                {"type": "uri", "modality": "image", "uri": "https://a.b/c.png"}, {"type": "file", "modality": "image", "file_id": "file-1"},
                {"type": "file", "modality": "document", "file_id": "file-2"},
                {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "AA=="}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "a\nb"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "d", "name": "code", "arguments": "print()"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "d", "response": "ok"}]},
            {"role": "assistant", "parts": [{"type": "server_tool_call", "id": "w", "name": "web_search",
                "server_tool_call": {"type": "web_search_call", "status": "completed"}}]}]}),
    );
}

fn usage() -> Value {
    json!({"input_tokens": 10, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 17})
}

fn counted(more: Value) -> Value {
    with_usage(
        more,
        &[
            ("input_tokens", 10),
            ("output_tokens", 7),
            ("cache_read.input_tokens", 4),
            ("reasoning.output_tokens", 3),
        ],
    )
}

#[test]
fn items_of_the_output() {
    chat("openai").answers(
        json!({"id": "resp_1", "object": "response", "model": "m-1", "status": "completed", "service_tier": "default", "error": null,
            "incomplete_details": null, "instructions": "not an answer", "usage": usage(), "text": {"format": {"type": "text"}},
            "tools": [{"type": "function", "name": "no"}], "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}], "content": [{"type": "reasoning_text", "text": "b"}]},
            {"type": "file_search_call", "id": "fs", "queries": ["q"]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi", "annotations": []},
                {"type": "refusal", "refusal": "No."}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "status": "completed"}]}),
        counted(json!({"response.id": "resp_1", "response.model": "m-1", "response.finish_reasons": ["tool_calls"],
            "openai.response.service_tier": "default", "output": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "a\nb"}, {"type": "server_tool_call", "id": "fs", "name": "file_search",
                "server_tool_call": {"type": "file_search_call", "queries": ["q"]}},
            {"type": "text", "content": "Hi"}, {"type": "refusal", "content": "No."},
            {"type": "tool_call", "id": "c", "name": "f", "arguments": {}}]}]})),
    );
}

#[test]
fn states() {
    let text = json!([{"type": "message", "content": [{"type": "output_text", "text": "t"}]}]);
    for (status, details, reason, word) in [
        ("completed", Value::Null, Some("stop"), "stop"),
        (
            "incomplete",
            json!({"reason": "max_output_tokens"}),
            Some("length"),
            "length",
        ),
        (
            "incomplete",
            json!({"reason": "content_filter"}),
            Some("content_filter"),
            "content_filter",
        ),
        ("cancelled", Value::Null, Some("error"), "error"),
        ("in_progress", Value::Null, None, "stop"),
    ] {
        let mut expected = json!({"response.id": "r", "output": [{"role": "assistant", "finish_reason": word,
            "parts": [{"type": "text", "content": "t"}]}]});
        if let Some(reason) = reason {
            expected["response.finish_reasons"] = json!([reason]);
        }
        let body = json!({"id": "r", "object": "response", "status": status, "incomplete_details": details, "output": text});
        chat("x").answers(body.clone(), expected.clone());
        if reason.is_some() {
            let event = json!({"type": format!("response.{status}"), "response": body});
            chat("x").streams(&[event], expected);
        }
    }
    chat("x").answers(
        json!({"id": "r", "object": "response", "status": "failed", "error": {"code": "server_error", "message": "m"}, "output": []}),
        json!({"response.id": "r", "response.finish_reasons": ["error"], "error": "server_error",
            "output": [{"role": "assistant", "finish_reason": "error", "parts": []}]}),
    );
}

fn created() -> Value {
    json!({"type": "response.created", "response": {"id": "r", "object": "response", "model": "m", "status": "in_progress",
        "service_tier": "auto", "output": [], "usage": null, "error": null}})
}

fn delta(kind: &str, index: u64, text: &str) -> Value {
    json!({"type": format!("response.{kind}.delta"), "output_index": index, "item_id": "i", "delta": text})
}

fn added(index: u64, item: Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": index, "item": item})
}

fn done(index: u64, item: Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": index, "item": item})
}

/// Some servers leave the output of the last event empty, since the events said it.
#[test]
fn a_last_event_without_the_output() {
    chat("openai").streams(
        &[
            created(),
            added(0, json!({"type": "reasoning", "summary": []})),
            json!({"type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 0}),
            delta("reasoning_summary_text", 0, "wh"),
            delta("reasoning_summary_text", 0, "y"),
            json!({"type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 1}),
            delta("reasoning_summary_text", 0, "not"),
            added(1, json!({"type": "message", "role": "assistant", "content": []})),
            delta("output_text", 1, "so"),
            added(2, json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": ""})),
            delta("function_call_arguments", 2, "{\"a\":"),
            delta("function_call_arguments", 2, "1}"),
            added(3, json!({"type": "custom_tool_call", "call_id": "d", "name": "code", "input": ""})),
            delta("custom_tool_call_input", 3, "print()"),
            added(4, json!({"type": "web_search_call", "id": "w", "status": "in_progress"})),
            done(4, json!({"type": "web_search_call", "id": "w", "status": "completed"})),
            // No smaller event had the arguments; of the others all of them did.
            done(2, json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"a\":1}"})),
            added(5, json!({"type": "function_call", "call_id": "e", "name": "g", "arguments": ""})),
            done(5, json!({"type": "function_call", "call_id": "e", "name": "g", "arguments": "{\"b\":2}"})),
            json!({"type": "response.completed", "response": {"id": "r", "object": "response", "model": "m",
                "status": "completed", "service_tier": "default", "output": [], "usage": usage()}}),
        ],
        counted(json!({"response.id": "r", "response.model": "m", "response.finish_reasons": ["tool_calls"],
            "openai.response.service_tier": "default", "output": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "why\nnot"}, {"type": "text", "content": "so"},
            {"type": "tool_call", "id": "c", "name": "f", "arguments": {"a": 1}},
            {"type": "tool_call", "id": "d", "name": "code", "arguments": "print()"},
            {"type": "server_tool_call", "id": "w", "name": "web_search",
                "server_tool_call": {"type": "web_search_call", "status": "completed"}},
            {"type": "tool_call", "id": "e", "name": "g", "arguments": {"b": 2}}]}]})),
    );
}

#[test]
fn the_last_event_counts() {
    chat("x").streams(
        &[
            created(),
            delta("output_text", 0, "dra"),
            delta("refusal", 0, "ft"),
            json!({"type": "response.incomplete", "response": {"id": "r", "object": "response", "model": "m", "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"}, "usage": usage(),
                "output": [{"type": "message", "content": [{"type": "output_text", "text": "final"}]}]}}),
        ],
        counted(json!({"response.id": "r", "response.model": "m", "response.finish_reasons": ["length"],
            "output": [{"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "final"}]}]})),
    );
}

#[test]
fn errors_in_a_stream() {
    let begun = || vec![created(), delta("output_text", 0, "t")];
    let recorded = |error: &str| {
        json!({"response.id": "r", "response.model": "m", "error": error, "output": [{"role": "assistant",
            "finish_reason": "stop", "parts": [{"type": "text", "content": "t"}]}]})
    };
    for (event, error) in [
        (
            json!({"type": "error", "code": "rate_limit_exceeded", "message": "m", "param": null}),
            "rate_limit_exceeded",
        ),
        (
            json!({"type": "error", "error": {"type": "too_many_requests", "code": "rate_limit_exceeded", "message": "m"}}),
            "rate_limit_exceeded",
        ),
        (
            json!({"type": "error", "error": {"type": "invalid_request_error", "code": null, "message": "m"}}),
            "invalid_request_error",
        ),
        (
            json!({"type": "error", "code": null, "message": "a sentence"}),
            "_OTHER",
        ),
    ] {
        let mut events = begun();
        events.push(event);
        chat("x").streams(&events, recorded(error));
    }
    let mut events = begun();
    events.push(json!({"type": "response.failed", "response": {"id": "r", "object": "response", "status": "failed", "model": "m",
        "error": {"code": "server_error", "message": "m"}, "output": [], "usage": null}}));
    let mut expected = recorded("server_error");
    expected["response.finish_reasons"] = json!(["error"]);
    expected["output"][0]["finish_reason"] = json!("error");
    chat("x").streams(&events, expected);
    // Alone, before anything else.
    chat("x").streams(
        &[json!({"type": "error", "error": {"type": "server_error", "message": "m"}})],
        json!({"error": "server_error"}),
    );
}
