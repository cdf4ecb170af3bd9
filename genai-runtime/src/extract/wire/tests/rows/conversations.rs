//! Mistral's conversations.

use serde_json::{Value, json};

use super::{chat, with_usage};

fn usage() -> Value {
    json!({"prompt_tokens": 188, "completion_tokens": 55, "total_tokens": 7355, "connector_tokens": 7112, "connectors": {"web_search": 1}})
}

/// What tools have answered is input.
fn counted(more: Value) -> Value {
    with_usage(more, &[("input_tokens", 7300), ("output_tokens", 55)])
}

#[test]
fn every_parameter() {
    chat("mistral_ai").asks(
        json!({"model": "m", "stream": true, "store": false, "instructions": "s", "inputs": "t", "handoff_execution": "client",
            "completion_args": {"temperature": 0.5, "top_p": 0.25, "max_tokens": 9, "random_seed": 7, "stop": ["a"], "presence_penalty": 0.5,
                "frequency_penalty": 0.25, "response_format": {"type": "json_object"}, "tool_choice": "auto"},
            "tools": [{"type": "web_search"}, {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]}),
        json!({"request.model": "m", "request.stream": true, "request.temperature": 0.5, "request.top_p": 0.25, "request.max_tokens": 9,
            "request.seed": 7, "request.stop_sequences": ["a"], "request.presence_penalty": 0.5, "request.frequency_penalty": 0.25,
            "output.type": "json", "system": [{"type": "text", "content": "s"}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "t"}]}],
            "tools": [{"type": "web_search", "name": "web_search"}, {"type": "function", "name": "f", "parameters": {"type": "object"}}]}),
    );
    // One that goes on says no more than this.
    chat("mistral_ai").asks(
        json!({"inputs": [
            {"role": "user", "content": "t"},
            {"type": "message.input", "role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "https://e.org/a.png"}]},
            {"type": "message.output", "content": "b", "id": "msg_1"},
            {"type": "function.call", "tool_call_id": "c", "name": "f", "arguments": "{\"x\": 1}", "id": "fc_1"},
            {"type": "tool.execution", "id": "te_1", "name": "web_search", "arguments": "{}"},
            {"type": "function.result", "tool_call_id": "c", "result": "7"}], "stream": false}),
        json!({"input": [
            {"role": "user", "parts": [{"type": "text", "content": "t"}]},
            {"role": "user", "parts": [{"type": "text", "content": "a"}, {"type": "uri", "modality": "image", "uri": "https://e.org/a.png"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "b"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]},
            {"role": "assistant", "parts": [{"type": "server_tool_call", "id": "te_1", "name": "web_search",
                "server_tool_call": {"type": "tool.execution", "arguments": {}}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "7"}]}]}),
    );
}

/// The parts that both a whole response and a stream have.
fn parts() -> Value {
    json!([
        {"type": "server_tool_call", "id": "te_1", "name": "web_search", "server_tool_call": {"type": "tool.execution", "arguments": {"q": 1}}},
        {"type": "server_tool_call_response", "id": "te_1",
            "server_tool_call_response": {"type": "tool.execution", "info": {"n": 1}}},
        {"type": "reasoning", "content": "why"}, {"type": "text", "content": "It is "},
        {"type": "tool_reference", "tool": "web_search", "title": "T", "url": "https://e.org"}, {"type": "text", "content": "so."},
        {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}])
}

#[test]
fn a_whole_response() {
    let outputs = json!([
        {"object": "entry", "type": "tool.execution", "id": "te_1", "name": "web_search", "arguments": "{\"q\": 1}", "info": {"n": 1}},
        {"object": "entry", "type": "message.output", "id": "msg_1", "model": "m-1", "role": "assistant", "agent_id": null, "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "why"}]}, {"type": "text", "text": "It is "},
            {"type": "tool_reference", "tool": "web_search", "title": "T", "url": "https://e.org"}, {"type": "text", "text": "so."}]},
        {"object": "entry", "type": "function.call", "id": "fc_1", "tool_call_id": "c", "name": "f", "arguments": "{\"x\": 1}"}]);
    for object in [json!("conversation.response"), Value::Null] {
        chat("mistral_ai").answers(
            json!({"object": object, "conversation_id": "conv_1", "outputs": outputs, "usage": usage()}),
            counted(json!({"conversation.id": "conv_1", "response.model": "m-1", "output": [
                {"role": "assistant", "finish_reason": "tool_call", "parts": parts()}]})),
        );
    }
}

#[test]
fn a_stream() {
    let message = |content: Value| {
        json!({"type": "message.output.delta", "output_index": 1, "id": "msg_1", "content_index": 0, "model": "m-1",
        "agent_id": null, "role": "assistant", "content": content})
    };
    let call = |arguments: &str| {
        json!({"type": "function.call.delta", "output_index": 2, "id": "fc_1", "model": "m-1", "name": "f",
        "tool_call_id": "c", "arguments": arguments})
    };
    let events = [
        json!({"type": "conversation.response.started", "conversation_id": "conv_1"}),
        json!({"type": "tool.execution.started", "output_index": 0, "id": "te_1", "name": "web_search", "arguments": "{\"q\""}),
        json!({"type": "tool.execution.delta", "output_index": 0, "id": "te_1", "name": "web_search", "arguments": ": 1}"}),
        json!({"type": "tool.execution.done", "output_index": 0, "id": "te_1", "name": "web_search", "info": {"n": 1}}),
        message(json!({"type": "thinking", "thinking": [{"type": "text", "text": "why"}]})),
        message(json!("It ")),
        message(json!({"type": "text", "text": "is "})),
        message(
            json!({"type": "tool_reference", "tool": "web_search", "title": "T", "url": "https://e.org"}),
        ),
        message(json!("so.")),
        call("{\"x\""),
        call(": 1}"),
        json!({"type": "conversation.response.done", "usage": usage()}),
    ];
    chat("mistral_ai").streams(
        &events,
        counted(json!({"conversation.id": "conv_1", "response.model": "m-1", "output": [{"role": "assistant", "finish_reason": "tool_call", "parts": parts()}]})),
    );
    // Another agent goes on, and the stream fails.
    chat("mistral_ai").streams(
        &[
            json!({"type": "agent.handoff.started", "output_index": 0, "id": "ah_1", "previous_agent_id": "a", "previous_agent_name": "A"}),
            json!({"type": "agent.handoff.done", "output_index": 0, "id": "ah_1", "next_agent_id": "b", "next_agent_name": "B"}),
            message(json!("Hi")),
            json!({"type": "conversation.response.error", "message": "m", "code": 3051}),
        ],
        json!({"response.model": "m-1", "error": "3051", "output": [{"role": "assistant", "finish_reason": "stop", "parts": [
            {"type": "agent.handoff", "id": "ah_1", "previous_agent_name": "A", "next_agent_name": "B"}, {"type": "text", "content": "Hi"}]}]}),
    );
}

/// The chat completions answer with all messages where the provider ran tools in between.
#[test]
fn messages_of_a_choice() {
    let call = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}});
    chat("mistral_ai").answers(
        json!({"id": "i", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "messages": [
            {"role": "assistant", "content": "", "tool_calls": [call("a", "web_search"), call("b", "mine")]},
            {"role": "tool", "tool_call_id": "a", "name": "web_search", "content": "found"},
            {"role": "assistant", "content": "So."}]}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
        with_usage(json!({"response.id": "i", "response.model": "m", "response.finish_reasons": ["stop"], "output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [
                {"type": "server_tool_call", "id": "a", "name": "web_search", "server_tool_call": {"type": "function", "arguments": {}}},
                {"type": "tool_call", "id": "b", "name": "mine", "arguments": {}},
                {"type": "server_tool_call_response", "id": "a",
                    "server_tool_call_response": {"type": "tool", "name": "web_search", "content": "found"}},
                {"type": "text", "content": "So."}]}]}), &[("input_tokens", 3), ("output_tokens", 4)]),
    );
}
