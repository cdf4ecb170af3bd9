//! Tools that the provider runs itself, in every format that has them: calls and results of the conventions, with the wire's
//! kind inside, and never a reason to stop.

use serde_json::{Value, json};

use super::chat;

fn call(id: Value, name: &str, inner: Value) -> Value {
    without_null(
        json!({"type": "server_tool_call", "id": id, "name": name, "server_tool_call": inner}),
    )
}

fn result(id: Value, inner: Value) -> Value {
    without_null(
        json!({"type": "server_tool_call_response", "id": id, "server_tool_call_response": inner}),
    )
}

fn without_null(mut part: Value) -> Value {
    if let Some(fields) = part.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    part
}

fn output(parts: Value, reason: &str) -> Value {
    json!({"response.finish_reasons": [reason], "output": [{"role": "assistant", "finish_reason": "stop", "parts": parts}]})
}

/// Without a reason on the wire none of them is a call of the user's tools.
#[test]
fn no_reason_to_stop() {
    chat("gcp.gemini").answers(
        json!({"candidates": [{"content": {"parts": [{"executableCode": {"code": "1"}}]}}]}),
        json!({"output": [{"role": "assistant", "finish_reason": "stop", "parts": [
            call(Value::Null, "code_execution", json!({"type": "executableCode", "code": "1"}))]}]}),
    );
    chat("openai").answers(
        json!({"id": "r", "object": "response", "status": "completed", "output": [{"type": "mcp_call", "id": "m", "name": "f"}]}),
        json!({"response.id": "r", "response.finish_reasons": ["stop"], "output": [{"role": "assistant", "finish_reason": "stop",
            "parts": [call(json!("m"), "f", json!({"type": "mcp_call"}))]}]}),
    );
}

fn anthropic_parts() -> Value {
    json!([
        call(
            json!("s"),
            "web_search",
            json!({"type": "server_tool_use", "input": {"query": "q"}})
        ),
        result(
            json!("s"),
            json!({"type": "web_search_tool_result", "content": [{"type": "web_search_result", "url": "u"}]})
        ),
        call(
            json!("m"),
            "echo",
            json!({"type": "mcp_tool_use", "server_name": "here", "input": {"say": "hi"}})
        ),
        result(
            json!("m"),
            json!({"type": "mcp_tool_result", "is_error": false, "content": [{"type": "text", "text": "hi"}]})
        ),
        {"type": "text", "content": "so"}
    ])
}

#[test]
fn anthropic_whole_and_streamed() {
    let blocks = json!([
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"type": "web_search_result", "url": "u"}]},
        {"type": "mcp_tool_use", "id": "m", "name": "echo", "server_name": "here", "input": {"say": "hi"}},
        {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": false, "content": [{"type": "text", "text": "hi"}]},
        {"type": "text", "text": "so"}
    ]);
    chat("anthropic").answers(
        json!({"type": "message", "content": blocks, "stop_reason": "end_turn"}),
        output(anthropic_parts(), "end_turn"),
    );
    // What the model once called goes back with the next request.
    chat("anthropic").asks(
        json!({"model": "m", "max_tokens": 9, "messages": [{"role": "assistant", "content": blocks}]}),
        json!({"request.model": "m", "request.max_tokens": 9, "input": [{"role": "assistant", "parts": anthropic_parts()}]}),
    );
    let mut events = Vec::new();
    for (index, mut block) in blocks.as_array().into_iter().flatten().cloned().enumerate() {
        let input = block.get_mut("input").map(std::mem::take);
        if input.is_some() {
            block["input"] = json!({});
        }
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        for piece in input
            .map(|input| input.to_string())
            .iter()
            .flat_map(|json| {
                let (head, tail) = json.split_at(json.len() / 2);
                ["", head, tail]
            })
        {
            events.push(json!({"type": "content_block_delta", "index": index,
                "delta": {"type": "input_json_delta", "partial_json": piece}}));
        }
    }
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}));
    chat("anthropic").streams(&events, output(anthropic_parts(), "end_turn"));
}

/// A result is a part of its own where the item has one; what the caller is to run stays what it is on the wire.
#[test]
fn items_of_responses() {
    let items = [
        json!({"type": "web_search_call", "id": "w", "status": "completed", "action": {"type": "search", "query": "q"}}),
        json!({"type": "file_search_call", "id": "f", "queries": ["q"], "results": [{"file_id": "x", "text": "t"}]}),
        json!({"type": "code_interpreter_call", "id": "c", "code": "1", "container_id": "k", "outputs": [{"type": "logs", "logs": "1"}]}),
        json!({"type": "image_generation_call", "id": "i", "result": "AA=="}),
        json!({"type": "mcp_call", "id": "m", "name": "echo", "server_label": "here", "arguments": "{\"say\":\"hi\"}", "output": "hi", "error": null}),
        json!({"type": "shell_call", "id": "x", "call_id": "s", "action": {"commands": ["ls"]}, "environment": {"type": "container_reference"}}),
        json!({"type": "shell_call_output", "id": "y", "call_id": "s", "output": [{"stdout": "a"}]}),
        json!({"type": "mcp_list_tools", "id": "l", "tools": []}),
        json!({"type": "local_shell_call", "id": "z", "call_id": "t", "action": {"type": "exec"}}),
        json!({"type": "tool_search_call", "id": "q", "execution": "client"}),
    ];
    let parts = json!([
        call(
            json!("w"),
            "web_search",
            json!({"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}})
        ),
        call(
            json!("f"),
            "file_search",
            json!({"type": "file_search_call", "queries": ["q"]})
        ),
        result(
            json!("f"),
            json!({"type": "file_search_call", "results": [{"file_id": "x", "text": "t"}]})
        ),
        call(
            json!("c"),
            "code_interpreter",
            json!({"type": "code_interpreter_call", "code": "1", "container_id": "k"})
        ),
        result(
            json!("c"),
            json!({"type": "code_interpreter_call", "outputs": [{"type": "logs", "logs": "1"}]})
        ),
        call(
            json!("i"),
            "image_generation",
            json!({"type": "image_generation_call"})
        ),
        result(
            json!("i"),
            json!({"type": "image_generation_call", "result": "AA=="})
        ),
        call(
            json!("m"),
            "echo",
            json!({"type": "mcp_call", "server_label": "here", "arguments": {"say": "hi"}})
        ),
        result(json!("m"), json!({"type": "mcp_call", "output": "hi"})),
        call(
            json!("s"),
            "shell",
            json!({"type": "shell_call", "action": {"commands": ["ls"]}, "environment": {"type": "container_reference"}})
        ),
        result(
            json!("s"),
            json!({"type": "shell_call_output", "output": [{"stdout": "a"}]})
        ),
        {"type": "mcp_list_tools", "id": "l", "tools": []},
        {"type": "local_shell_call", "id": "z", "call_id": "t", "action": {"type": "exec"}},
        {"type": "tool_search_call", "id": "q", "execution": "client"}
    ]);
    let expected = json!({"response.id": "r", "response.finish_reasons": ["stop"],
        "output": [{"role": "assistant", "finish_reason": "stop", "parts": parts}]});
    let body = json!({"id": "r", "object": "response", "status": "completed", "output": items});
    chat("openai").answers(body.clone(), expected.clone());
    let mut events: Vec<Value> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let begun = json!({"type": item["type"], "id": item["id"], "status": "in_progress", "results": null});
        for (kind, item) in [("added", &begun), ("done", item)] {
            let kind = format!("response.output_item.{kind}");
            events.push(json!({"type": kind, "output_index": index, "item": item}));
        }
    }
    let end = |output: Value| json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": output}});
    events.push(end(json!([])));
    chat("openai").streams(&events, expected.clone());
    events.pop();
    events.push(end(json!(items)));
    chat("openai").streams(&events, expected);
}

/// A stream that breaks off has what the deltas said of an item.
#[test]
fn deltas_of_items_of_responses() {
    let added = |index: u64, item: Value| json!({"type": "response.output_item.added", "output_index": index, "item": item});
    let delta = |kind: &str, index: u64, item: &str, text: &str| json!({"type": format!("response.{kind}.delta"), "output_index": index, "item_id": item, "delta": text});
    chat("openai").streams(
        &[
            added(0, json!({"type": "code_interpreter_call", "id": "c", "code": "", "outputs": null})),
            added(1, json!({"type": "mcp_call", "id": "m", "name": "echo", "arguments": ""})),
            delta("code_interpreter_call_code", 0, "c", "1+"),
            delta("mcp_call_arguments", 1, "m", "{\"say\":"),
            delta("code_interpreter_call_code", 0, "c", "1"),
            delta("mcp_call_arguments", 1, "m", "\"hi\"}"),
        ],
        json!({"output": [{"role": "assistant", "finish_reason": "stop", "parts": [
            call(json!("c"), "code_interpreter", json!({"type": "code_interpreter_call", "code": "1+1"})),
            call(json!("m"), "echo", json!({"type": "mcp_call", "arguments": {"say": "hi"}}))]}]}),
    );
}

#[test]
fn gemini_in_both_spellings() {
    for (camel, spelling) in [
        (
            true,
            [
                "executableCode",
                "codeExecutionResult",
                "toolCall",
                "toolResponse",
                "toolType",
            ],
        ),
        (
            false,
            [
                "executable_code",
                "code_execution_result",
                "tool_call",
                "tool_response",
                "tool_type",
            ],
        ),
    ] {
        let [code, ran, asked, answered, kind] = spelling;
        let parts = json!([{code: {"language": "PYTHON", "code": "1", "id": 7}}, {ran: {"outcome": "OUTCOME_OK", "output": "1", "id": 7}},
            {asked: {kind: "FILE_SEARCH", "args": {"q": 1}, "id": "t"}}, {answered: {kind: "FILE_SEARCH", "id": "t"}},
            {asked: {}}, {"text": "so"}]);
        let expected = json!([
            call(
                json!("7"),
                "code_execution",
                json!({"type": code, "language": "PYTHON", "code": "1"})
            ),
            result(
                json!("7"),
                json!({"type": ran, "outcome": "OUTCOME_OK", "output": "1"})
            ),
            call(
                json!("t"),
                "FILE_SEARCH",
                json!({"type": asked, kind: "FILE_SEARCH", "args": {"q": 1}})
            ),
            result(json!("t"), json!({"type": answered, kind: "FILE_SEARCH"})),
            call(Value::Null, asked, json!({"type": asked})),
            {"type": "text", "content": "so"}
        ]);
        let body = json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]});
        chat("gcp.gemini").answers(body.clone(), output(expected.clone(), "STOP"));
        chat("gcp.gemini").streams(&[body], output(expected.clone(), "STOP"));
        if camel {
            chat("gcp.gemini").asks(
                json!({"contents": [{"role": "model", "parts": parts}]}),
                json!({"input": [{"role": "assistant", "parts": expected}]}),
            );
        }
    }
}

/// Nova, by Converse and by InvokeModel, whole and streamed.
#[test]
fn nova() {
    let parts = json!([
        call(
            json!("u"),
            "nova_code_interpreter",
            json!({"type": "server_tool_use", "input": {"snippet": "1"}})
        ),
        result(
            json!("u"),
            json!({"type": "nova_code_interpreter_result", "status": "success", "content": [{"json": {"stdOut": "1"}}, {"text": "!"}]})
        ),
        {"type": "text", "content": "so"}
    ]);
    let blocks = json!([
        {"toolUse": {"toolUseId": "u", "name": "nova_code_interpreter", "type": "server_tool_use", "input": {"snippet": "1"}}},
        {"toolResult": {"toolUseId": "u", "type": "nova_code_interpreter_result", "status": "success",
            "content": [{"json": {"stdOut": "1"}}, {"text": "!"}]}},
        {"text": "so"}]);
    chat("aws.bedrock").answers(
        json!({"output": {"message": {"role": "assistant", "content": blocks}}, "stopReason": "end_turn"}),
        output(parts.clone(), "end_turn"),
    );
    chat("aws.bedrock").asks(
        json!({"inferenceConfig": {"maxTokens": 9}, "messages": [{"role": "assistant", "content": blocks}],
            "toolConfig": {"tools": [{"systemTool": {"name": "nova_code_interpreter"}}, {"cachePoint": {"type": "default"}}]}}),
        json!({"request.max_tokens": 9, "input": [{"role": "assistant", "parts": parts}],
            "tools": [{"type": "systemTool", "name": "nova_code_interpreter"}]}),
    );
    let events = [
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 0, "start":
                {"toolUse": {"toolUseId": "u", "name": "nova_code_interpreter", "type": "server_tool_use"}}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{\"snippet\""}}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"toolUse": {"input": ":\"1\"}"}}}),
        ),
        (
            "contentBlockStart",
            json!({"contentBlockIndex": 1, "start":
                {"toolResult": {"toolUseId": "u", "type": "nova_code_interpreter_result", "status": "success"}}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 1, "delta": {"toolResult": [{"json": {"stdOut": "1"}}]}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 1, "delta": {"toolResult": [{"text": "!"}]}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 2, "delta": {"text": "so"}}),
        ),
        ("messageStop", json!({"stopReason": "end_turn"})),
    ];
    let bare: Vec<Value> = events.iter().map(|(_, event)| event.clone()).collect();
    chat("aws.bedrock").streams(&bare, output(parts.clone(), "end_turn"));
    let named: Vec<Value> = events
        .iter()
        .map(|(name, event)| json!({*name: event}))
        .collect();
    chat("aws.bedrock").streams(&named, output(parts, "end_turn"));
}

/// Azure has a call and an item with its result for each tool of its own; results of the caller's tools are none of the provider's.
#[test]
fn items_with_the_results_of_calls() {
    chat("azure.ai.openai").answers(
        json!({"id": "r", "object": "response", "status": "completed", "output": [
            {"type": "bing_grounding_call", "id": "b", "call_id": "c", "arguments": "{\"q\":1}"},
            {"type": "bing_grounding_call_output", "id": "o", "call_id": "c", "output": "found"},
            {"type": "local_shell_call_output", "id": "l", "output": "x"}]}),
        json!({"response.id": "r", "response.finish_reasons": ["stop"], "output": [{"role": "assistant", "finish_reason": "stop",
            "parts": [
                call(json!("c"), "bing_grounding", json!({"type": "bing_grounding_call", "arguments": {"q": 1}})),
                result(json!("c"), json!({"type": "bing_grounding_call_output", "output": "found"})),
                {"type": "local_shell_call_output", "id": "l", "output": "x"}]}]}),
    );
}
