//! What belongs together: calls and blocks whose numbers are used again, missing or wrong, and fragments of blocks that nobody
//! models.

use serde_json::{Value, json};

use super::chat;

fn output(parts: Value, reason: &str, word: &str) -> Value {
    json!({"response.finish_reasons": [reason], "output": [{"role": "assistant", "finish_reason": word, "parts": parts}]})
}

fn call(id: &str, name: &str, arguments: Value) -> Value {
    json!({"type": "tool_call", "id": id, "name": name, "arguments": arguments})
}

/// A stream of chat completions with these lists of calls, and the calls it amounts to.
fn completions(deltas: &[Value], expected: Value) {
    let delta = |calls: &Value| json!({"choices": [{"index": 0, "delta": {"tool_calls": calls}}]});
    let mut chunks: Vec<Value> = deltas.iter().map(delta).collect();
    chunks.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}));
    chat("x").streams(&chunks, output(expected, "tool_calls", "tool_call"));
}

fn piece(index: Value, id: Value, name: Value, arguments: &str) -> Value {
    json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

#[test]
fn a_number_that_is_used_again() {
    let null = Value::Null;
    // Whole calls, some of the same tool.
    completions(
        &[
            json!([piece(json!(0), json!("a"), json!("f"), "{\"x\":1}")]),
            json!([piece(json!(0), json!("b"), json!("f"), "{\"x\":2}")]),
            json!([piece(json!(0), json!("c"), json!("g"), "")]),
        ],
        json!([
            call("a", "f", json!({"x": 1})),
            call("b", "f", json!({"x": 2})),
            call("c", "g", json!(""))
        ]),
    );
    // In pieces, and back to the first by its id.
    completions(
        &[
            json!([piece(json!(0), json!("a"), json!("f"), "{\"x\"")]),
            json!([piece(json!(0), json!("b"), json!("g"), "{\"y\"")]),
            json!([piece(json!(0), null.clone(), null.clone(), ":2}")]),
            json!([piece(json!(0), json!("a"), null.clone(), ":1}")]),
        ],
        json!([
            call("a", "f", json!({"x": 1})),
            call("b", "g", json!({"y": 2}))
        ]),
    );
    // In one list, of a delta and of a whole message, where ids are missing too.
    let list = json!([
        piece(json!(0), null.clone(), json!("f"), "{\"x\":1}"),
        piece(json!(0), null.clone(), json!("g"), "{}"),
        piece(json!(0), null.clone(), json!("g"), "{}")
    ]);
    let three = json!([{"type": "tool_call", "name": "f", "arguments": {"x": 1}},
        {"type": "tool_call", "name": "g", "arguments": {}}, {"type": "tool_call", "name": "g", "arguments": {}}]);
    completions(std::slice::from_ref(&list), three.clone());
    chat("x").answers(
        json!({"choices": [{"index": 0, "message": {"role": "assistant", "tool_calls": list}, "finish_reason": "tool_calls"}]}),
        output(three, "tool_calls", "tool_call"),
    );
}

/// Servers that make up an id for each fragment, or repeat the name in each.
#[test]
fn an_id_or_a_name_that_changes_nothing() {
    for (id, name) in [
        (json!("b"), Value::Null),
        (json!("a"), json!("f")),
        (Value::Null, json!("f")),
        (json!("b"), json!("f")),
        (json!(""), json!("")),
    ] {
        for index in [json!(0), Value::Null] {
            let first = piece(index.clone(), json!("a"), json!("f"), "{\"x\"");
            let next = piece(index.clone(), id.clone(), name.clone(), ":1}");
            completions(
                &[json!([first]), json!([next])],
                json!([call("a", "f", json!({"x": 1}))]),
            );
        }
    }
}

/// Choices of one list are as many choices, though they have the same number or none; deltas go on with their choice.
#[test]
fn choices_with_one_number() {
    let said = |text: &str, word: &str| json!({"role": "assistant", "finish_reason": word, "parts": [{"type": "text", "content": text}]});
    for index in [json!(0), Value::Null] {
        let message = |text: &str, finish: &str| json!({"index": index, "message": {"content": text}, "finish_reason": finish});
        let two = json!([said("a", "stop"), said("b", "length")]);
        chat("x").answers(
            json!({"choices": [message("a", "stop"), message("b", "length")]}),
            json!({"response.finish_reasons": ["stop", "length"], "output": two}),
        );
        let completion = |text: &str, finish: &str| json!({"index": index, "text": text, "finish_reason": finish});
        chat("x").answers(
            json!({"choices": [completion("a", "stop"), completion("b", "length")]}),
            json!({"response.finish_reasons": ["stop", "length"], "output": two}),
        );
        let candidate = |text: &str, finish: &str| json!({"index": index, "content": {"parts": [{"text": text}]}, "finishReason": finish});
        chat("gcp.gemini").answers(
            json!({"candidates": [candidate("a", "STOP"), candidate("b", "MAX_TOKENS")]}),
            json!({"response.finish_reasons": ["STOP", "MAX_TOKENS"], "output": two}),
        );
        let generation = |text: &str, finish: &str| json!({"index": index, "text": text, "finish_reason": finish});
        chat("aws.bedrock").answers(
            json!({"generations": [generation("a", "COMPLETE"), generation("b", "MAX_TOKENS")]}),
            json!({"response.finish_reasons": ["COMPLETE", "MAX_TOKENS"], "output": two}),
        );
    }
    let delta = |text: &str, finish: Value| json!({"index": 0, "delta": {"content": text}, "finish_reason": finish});
    chat("x").streams(
        &[
            json!({"choices": [delta("a", Value::Null), delta("b", Value::Null)]}),
            json!({"choices": [delta("c", Value::Null), delta("d", json!("stop"))]}),
        ],
        json!({"response.finish_reasons": ["stop"], "output": [said("abcd", "stop")]}),
    );
}

#[test]
fn an_empty_name_is_no_call() {
    let empty = json!({"index": 0, "id": "", "type": "function", "function": {"name": "", "arguments": ""}});
    let chunk = |delta: Value| json!({"choices": [{"index": 0, "delta": delta}]});
    chat("x").streams(
        &[
            chunk(json!({"role": "assistant", "tool_calls": [empty]})),
            chunk(json!({"content": "so", "function_call": {"name": "", "arguments": ""}})),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        ],
        output(json!([{"type": "text", "content": "so"}]), "stop", "stop"),
    );
    chat("x").answers(
        json!({"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "so",
            "tool_calls": [{"id": "a", "function": {"name": "", "arguments": "{}"}}], "function_call": {"name": "", "arguments": ""}}}]}),
        output(json!([{"type": "text", "content": "so"}]), "stop", "stop"),
    );
    let text = json!([{"type": "text", "content": "so"}]);
    chat("anthropic").answers(
        json!({"type": "message", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "so"}, {"type": "tool_use", "id": "a", "name": "", "input": {}}]}),
        output(text.clone(), "end_turn", "stop"),
    );
    chat("aws.bedrock").answers(
        json!({"output": {"message": {"content": [{"text": "so"}, {"toolUse": {"toolUseId": "a", "name": ""}}]}}, "stopReason": "end_turn"}),
        output(text.clone(), "end_turn", "stop"),
    );
    chat("gcp.gemini").answers(
        json!({"candidates": [{"content": {"parts": [{"text": "so"}, {"functionCall": {}}, {"functionCall": {"name": ""}}]}, "finishReason": "STOP"}]}),
        output(text.clone(), "STOP", "stop"),
    );
    chat("ollama").answers(
        json!({"model": "m", "message": {"content": "so", "tool_calls": [{"function": {"name": "", "arguments": {}}}]}, "done": true,
            "done_reason": "stop"}),
        json!({"response.model": "m", "response.finish_reasons": ["stop"],
            "output": [{"role": "assistant", "finish_reason": "stop", "parts": text}]}),
    );
}

/// Anthropic: a block that begins is a new one; without numbers a delta goes to the one that began last.
#[test]
fn blocks_that_begin_again() {
    let start = |index: &Value, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta = |index: &Value, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let stop = |index: &Value| json!({"type": "content_block_stop", "index": index});
    for index in [json!(0), Value::Null] {
        chat("anthropic").streams(
            &[
                start(&index, json!({"type": "thinking", "thinking": "wh"})),
                delta(&index, json!({"type": "thinking_delta", "thinking": "y"})),
                stop(&index),
                start(&index, json!({"type": "tool_use", "id": "a", "name": "f", "input": {}})),
                delta(&index, json!({"type": "input_json_delta", "partial_json": "{\"x\":1}"})),
                stop(&index),
                start(&index, json!({"type": "tool_use", "id": "a", "name": "f", "input": {}})),
                stop(&index),
                start(&index, json!({"type": "text", "text": ""})),
                delta(&index, json!({"type": "text_delta", "text": "so"})),
                json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}),
            ],
            output(
                json!([{"type": "reasoning", "content": "why"}, call("a", "f", json!({"x": 1})), call("a", "f", json!({})),
                    {"type": "text", "content": "so"}]),
                "tool_use",
                "tool_call",
            ),
        );
    }
}

/// Deltas of blocks that nobody models are more of the fields of the same names.
#[test]
fn deltas_go_to_their_block() {
    let start = |index: u64, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta = |index: u64, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    chat("anthropic").streams(
        &[
            start(0, json!({"type": "compaction", "content": null})),
            start(1, json!({"type": "hologram", "rays": [1], "meta": {"a": "x"}, "input": {}})),
            delta(0, json!({"type": "compaction_delta", "content": "to be "})),
            delta(1, json!({"type": "hologram_delta", "rays": [2], "meta": {"a": "y", "b": 1}, "input": null})),
            delta(0, json!({"type": "compaction_delta", "content": "short"})),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
        ],
        output(
            json!([{"type": "compaction", "content": "to be short"},
                {"type": "hologram", "rays": [1, 2], "meta": {"a": "xy", "b": 1}, "input": {}}]),
            "end_turn",
            "stop",
        ),
    );
}

/// Converse: blocks without numbers, and with the same.
#[test]
fn blocks_of_converse() {
    for index in [json!(0), Value::Null] {
        let event = |key: &str, value: Value| json!({"contentBlockIndex": index, key: value});
        chat("aws.bedrock").streams(
            &[
                event("delta", json!({"text": "so"})),
                event("start", json!({"toolUse": {"toolUseId": "a", "name": "f"}})),
                event("delta", json!({"toolUse": {"input": "{\"x\""}})),
                event("delta", json!({"toolUse": {"input": ":1}"}})),
                json!({"contentBlockIndex": index}),
                event("start", json!({"toolUse": {"toolUseId": 7, "name": "f"}})),
                event("delta", json!({"toolUse": {"input": "{\"x\":2}"}})),
                json!({"stopReason": "tool_use"}),
            ],
            output(
                json!([{"type": "text", "content": "so"}, call("a", "f", json!({"x": 1})), call("7", "f", json!({"x": 2}))]),
                "tool_use",
                "tool_call",
            ),
        );
    }
}

/// Responses: an item's number is used again, or its deltas name another item than the event that began it.
#[test]
fn items_of_responses() {
    let added = |id: &str, item: &str, name: &str| {
        json!({"type": "response.output_item.added", "output_index": 0,
            "item": {"type": "function_call", "id": item, "call_id": id, "name": name, "arguments": ""}})
    };
    let delta = |item: Value, text: &str| json!({"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": item, "delta": text});
    let done = |id: &str, item: &str, name: &str, all: &str| {
        json!({"type": "response.output_item.done", "output_index": 0,
            "item": {"type": "function_call", "id": item, "call_id": id, "name": name, "arguments": all}})
    };
    let end = json!({"type": "response.completed", "response": {"id": "r", "object": "response", "status": "completed", "output": []}});
    let expected = json!({"response.id": "r", "response.finish_reasons": ["tool_calls"], "output": [{"role": "assistant",
        "finish_reason": "tool_call", "parts": [call("a", "f", json!({"x": 1})), call("b", "f", json!({"y": 2}))]}]});
    chat("openai").streams(
        &[
            added("a", "i", "f"),
            added("b", "j", "f"),
            delta(json!("i"), "{\"x\":1}"),
            delta(json!("j"), "{\"y\":2}"),
            done("a", "i", "f", "{\"x\":1}"),
            done("b", "j", "f", "{\"y\":2}"),
            end.clone(),
        ],
        expected.clone(),
    );
    chat("openai").streams(
        &[
            added("a", "i", "f"),
            delta(json!("other"), "{\"x\":1}"),
            added("b", "j", "f"),
            delta(Value::Null, "{\"y\":2}"),
            end.clone(),
        ],
        expected.clone(),
    );
    // Nothing but the ends of the items.
    chat("openai").streams(
        &[
            done("a", "i", "f", "{\"x\":1}"),
            done("b", "j", "f", "{\"y\":2}"),
            end,
        ],
        expected,
    );
}

/// Gemini: a call in pieces, with the path of each, between other parts.
#[test]
fn a_call_in_pieces() {
    let parts = |parts: Value, reason: Value| json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason}]});
    let piece = |path: &str, kind: &str, value: Value, goes_on: bool| json!({"functionCall": {"partialArgs": [{"jsonPath": path, kind: value, "willContinue": goes_on}], "willContinue": true}});
    let expected = output(
        json!([call("c", "f", json!({"order": {"to": "Boston", "items": [1, 2], "gift": true}})),
            {"type": "tool_call", "name": "g"}, {"type": "text", "content": "so"},
            {"type": "tool_call", "name": "f", "arguments": {"x": "y"}}]),
        "STOP",
        "stop",
    );
    chat("gcp.gemini").streams(
        &[
            parts(json!([{"functionCall": {"id": "c", "name": "f", "willContinue": true}}]), Value::Null),
            parts(json!([piece("$.order.to", "stringValue", json!("Bos"), true)]), Value::Null),
            parts(
                json!([piece("$.order.to", "stringValue", json!("ton"), false), piece("$.order.items[0]", "numberValue", json!(1), false)]),
                Value::Null,
            ),
            parts(json!([piece("$.order.items[1]", "numberValue", json!(2), false)]), Value::Null),
            parts(json!([piece("$['order']['gift']", "boolValue", json!(true), false)]), Value::Null),
            parts(json!([{"functionCall": {}}, {"functionCall": {"name": "g"}}, {"text": "so"}]), Value::Null),
            parts(
                json!([{"function_call": {"name": "f", "will_continue": true, "partial_args": [{"json_path": "$.x", "string_value": "y"}]}},
                    {"functionCall": {}}]),
                json!("STOP"),
            ),
        ],
        expected,
    );
}

/// Cohere: Command streams several generations, each chunk with the number of its own; version 2 numbers blocks and calls.
#[test]
fn generations_and_blocks_of_cohere() {
    chat("aws.bedrock").streams(
        &[
            json!({"index": 1, "is_finished": false, "text": "two"}),
            json!({"index": 0, "is_finished": false, "text": "o"}),
            json!({"index": 0, "is_finished": false, "text": "ne"}),
            json!({"index": 0, "is_finished": true, "finish_reason": "COMPLETE"}),
            json!({"index": 1, "is_finished": true, "finish_reason": "MAX_TOKENS"}),
        ],
        json!({"response.finish_reasons": ["COMPLETE", "MAX_TOKENS"], "output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "one"}]},
            {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "two"}]}]}),
    );
    chat("aws.bedrock").answers(
        json!({"generations": [{"index": 1, "text": "two", "finish_reason": "MAX_TOKENS"}, {"index": 0, "text": "one",
            "finish_reason": "COMPLETE"}]}),
        json!({"response.finish_reasons": ["COMPLETE", "MAX_TOKENS"], "output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "one"}]},
            {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "two"}]}]}),
    );
    let start = |id: &str, name: &str| {
        json!({"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls":
            {"id": id, "type": "function", "function": {"name": name, "arguments": ""}}}}})
    };
    let more = |text: &str| json!({"type": "tool-call-delta", "index": 0, "delta": {"message": {"tool_calls": {"function": {"arguments": text}}}}});
    chat("cohere").streams(
        &[
            start("a", "f"),
            more("{\"x\""),
            more(":1}"),
            start("b", "f"),
            more("{\"x\":2}"),
            json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}}),
        ],
        output(
            json!([
                call("a", "f", json!({"x": 1})),
                call("b", "f", json!({"x": 2}))
            ]),
            "TOOL_CALL",
            "tool_call",
        ),
    );
}

/// Ids that are numbers, of a response, of calls and of answers.
#[test]
fn ids_that_are_numbers() {
    chat("x").answers(
        json!({"id": 12, "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "tool_calls": [{"id": 18_446_744_073_709_551_615_u64, "function": {"name": "f", "arguments": "{}"}}]}}]}),
        json!({"response.id": "12", "response.finish_reasons": ["tool_calls"], "output": [{"role": "assistant", "finish_reason": "tool_call",
            "parts": [call("18446744073709551615", "f", json!({}))]}]}),
    );
    chat("x").streams(
        &[
            json!({"id": 12, "choices": [{"index": 0, "delta": {"tool_calls": [piece(json!(0), json!(1), json!("f"), "{}")]}}]}),
            json!({"id": 13, "choices": [{"index": 0, "delta": {"tool_calls": [piece(json!(0), json!(2), json!("g"), "{}")]},
                "finish_reason": "tool_calls"}]}),
        ],
        json!({"response.id": "12", "response.finish_reasons": ["tool_calls"], "output": [{"role": "assistant", "finish_reason": "tool_call",
            "parts": [call("1", "f", json!({})), call("2", "g", json!({}))]}]}),
    );
    chat("x").asks(
        json!({"model": "m", "messages": [{"role": "tool", "tool_call_id": 1, "content": "ok"}]}),
        json!({"request.model": "m", "input": [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "ok"}]}]}),
    );
}
