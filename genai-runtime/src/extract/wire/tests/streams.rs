//! Streams that no recording has: errors in the middle, ends without a reason, wild numbers, the order of fields.

use serde_json::{Value, json};

use crate::content::message::{OutputMessage, Part};
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::Room;
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::wire::probe::Probe;
use crate::extract::wire::{ByteAccumulator, Wire};

fn ended(stream: Accumulator) -> Probe {
    let mut op = Probe::new("", false, stream.wants_content());
    stream.finish(&mut op.recorder());
    op
}

fn run(chunks: &[Value], content: bool) -> Probe {
    let mut stream = Accumulator::new(content, Room::default());
    for chunk in chunks {
        Chunk::record_chunk(chunk, &mut stream);
    }
    ended(stream)
}

fn fact(op: &Probe, key: &str) -> Option<String> {
    op.facts()
        .iter()
        .find(|(k, _)| *k == key)
        .map(|(_, value)| value.to_string())
}

fn texts(message: &OutputMessage) -> Vec<String> {
    let of_part = |part: &Part| match part {
        Part::Text { content } => format!("text {content}"),
        Part::Reasoning { content } => format!("reasoning {content}"),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            let arguments = arguments.clone().unwrap_or_default();
            format!("call {} {name} {arguments}", id.clone().unwrap_or_default())
        }
        Part::Other { kind, .. } => kind.to_string(),
        _ => "another".to_owned(),
    };
    message.parts.iter().map(of_part).collect()
}

#[test]
fn parallel_calls_are_put_together_by_their_numbers() {
    let call = |index: u64, id: Option<&str>, name: Option<&str>, arguments: &str| {
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [
            {"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]}}]})
    };
    let op = run(
        &[
            call(0, Some("a"), Some("f"), "{\"x\":"),
            call(1, Some("b"), Some("g"), ""),
            call(0, None, None, "1}"),
            call(1, None, None, "{\"y\""),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        ],
        true,
    );
    assert_eq!(
        texts(&op.output()[0]),
        ["call a f {\"x\":1}", "call b g \"{\\\"y\\\"\""]
    );
    assert_eq!(
        fact(&op, "gen_ai.response.finish_reasons").as_deref(),
        Some("[\"tool_calls\"]")
    );
}

#[test]
fn wild_numbers_are_left_out() {
    for index in [
        json!(4_294_967_296_u64),
        json!(-1),
        json!(u64::MAX),
        json!(128),
        json!("0"),
        json!(1e300),
    ] {
        let op = run(
            &[
                json!({"choices": [{"index": index, "delta": {"content": "no"}, "finish_reason": "no"}]}),
                json!({"choices": [{"index": 0, "delta": {"content": "yes", "tool_calls": [
                    {"index": index, "function": {"name": "no", "arguments": "{}"}}]}}]}),
                json!({"choices": [], "usage": {"prompt_tokens": -3, "completion_tokens": u64::MAX}}),
                json!({"choices": [], "usage": {"prompt_tokens": 7.0, "completion_tokens": "9"}}),
            ],
            true,
        );
        let said: Vec<_> = op.output().iter().map(texts).collect();
        // 128 is no choice, but a tool call may have this number.
        let expected: Vec<Vec<&str>> = if index == 128 {
            vec![vec!["text yes", "call  no {}"]]
        } else {
            vec![vec!["text yes"]]
        };
        assert_eq!(said, expected, "{index}");
        assert_eq!(fact(&op, "gen_ai.response.finish_reasons"), None);
        assert_eq!(fact(&op, "gen_ai.usage.input_tokens").as_deref(), Some("7"));
        assert_eq!(fact(&op, "gen_ai.usage.output_tokens"), None);
    }
}

#[test]
fn a_thousand_choices_are_capped() {
    let choices: Vec<Value> = (0..1000)
        .map(|i| json!({"index": i, "message": {}, "finish_reason": "stop"}))
        .collect();
    let mut op = Probe::new("", false, true);
    Response::record_response(&json!({"choices": choices}), &mut op.recorder());
    assert_eq!(op.output().len(), 128);
}

#[test]
fn the_last_usage_counts_and_is_never_added_up() {
    let usage =
        |n: u64| json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": n}});
    let op = run(&[usage(1), usage(2), usage(3)], false);
    assert_eq!(
        fact(&op, "gen_ai.usage.output_tokens").as_deref(),
        Some("3")
    );
    assert_eq!(fact(&op, "gen_ai.usage.input_tokens").as_deref(), Some("5"));
    assert_eq!(fact(&op, "gen_ai.usage.cache_read.input_tokens"), None);
}

#[test]
fn errors_in_the_stream_fail_it_with_their_type() {
    let start =
        json!({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3}}});
    let error =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let op = run(&[start, error], false);
    assert_eq!(op.error(), Some("overloaded_error"));
    assert_eq!(fact(&op, "gen_ai.usage.input_tokens").as_deref(), Some("3"));

    let op = run(
        &[json!({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"})],
        false,
    );
    assert_eq!(op.error(), Some("rate_limit_exceeded"));
    let created =
        json!({"type": "response.created", "response": {"id": "r", "status": "in_progress"}});
    let error = json!({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"});
    assert_eq!(
        run(&[created, error], false).error(),
        Some("rate_limit_exceeded")
    );

    let chunk = json!({"choices": [{"index": 0, "delta": {"content": "a"}}]});
    let error = json!({"error": {"message": "the prompt was: secret", "code": 502}});
    assert_eq!(run(&[chunk, error], false).error(), Some("502"));
}

#[test]
fn a_message_is_never_the_type_of_an_error() {
    let op = run(
        &[json!({"error": {"code": "a sentence with the prompt in it", "type": ""}})],
        false,
    );
    assert_eq!(op.error(), Some("_OTHER"));
    assert_eq!(
        Wire::error_type(500, &json!({"error": "the prompt was: secret"})),
        "500"
    );
    assert_eq!(
        Wire::error_type(400, &json!({"error": {"code": 404, "status": "NOT_FOUND"}})),
        "NOT_FOUND"
    );
    assert_eq!(
        Wire::error_type(400, &json!({"__type": "com.amazon#ThrottlingException"})),
        "ThrottlingException"
    );
    assert_eq!(Wire::error_type(401, &json!([1, 2])), "401");
}

#[test]
fn a_stream_of_the_responses_api_without_its_end_keeps_what_came() {
    let op = run(
        &[
            json!({"type": "response.created", "response": {"id": "r", "model": "m", "status": "in_progress", "output": []}}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Hel"}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "lo"}),
            json!({"type": "response.output_item.added", "output_index": 1,
                "item": {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{\"a\":2}"}),
        ],
        true,
    );
    assert_eq!(texts(&op.output()[0]), ["text Hello", "call c f {\"a\":2}"]);
    assert_eq!(fact(&op, "gen_ai.response.finish_reasons"), None);
    assert_eq!(fact(&op, "gen_ai.response.id").as_deref(), Some("r"));
}

#[test]
fn the_order_of_fields_means_nothing() {
    let events = [
        r#"{"index":1,"type":"content_block_start","content_block":{"type":"tool_use","name":"f","id":"i","input":{}}}"#,
        r#"{"delta":{"partial_json":"{\"k\":1}","type":"input_json_delta"},"type":"content_block_delta","index":1}"#,
        r#"{"usage":{"output_tokens":4},"delta":{"stop_reason":"tool_use"},"type":"message_delta"}"#,
    ];
    let mut bytes = ByteAccumulator::new(true);
    for event in events {
        bytes.feed(format!("data: {event}\n\n").as_bytes());
    }
    let op = ended(bytes.end());
    assert_eq!(texts(&op.output()[0]), ["call i f {\"k\":1}"]);

    for body in [
        r#"{"thinking":"why","response":"so","done":true,"done_reason":"stop"}"#,
        r#"{"done":true,"response":"so","thinking":"why","done_reason":"stop"}"#,
    ] {
        let mut bytes = ByteAccumulator::new(true);
        bytes.feed(body.as_bytes());
        assert_eq!(
            texts(&ended(bytes.end()).output()[0]),
            ["reasoning why", "text so"]
        );
    }
}

#[test]
fn what_says_nothing_is_no_output() {
    let heard = |chunks: &[Value]| {
        let mut stream = Accumulator::new(false, Room::default());
        let one = |chunk: &Value| {
            Chunk::record_chunk(chunk, &mut stream);
            stream.take_output()
        };
        chunks.iter().map(one).collect::<Vec<bool>>()
    };
    let openai = heard(&[
        json!({"choices": [], "prompt_filter_results": []}),
        json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": "Hi"}}]}),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
    ]);
    assert_eq!(openai, [false, false, true, true]);
    let anthropic = heard(&[
        json!({"type": "message_start", "message": {"id": "m", "content": []}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
    ]);
    assert_eq!(anthropic, [false, false, false, true]);
    let responses = heard(&[
        json!({"type": "response.created", "response": {"id": "r", "object": "response", "status": "in_progress"}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "web_search_call", "id": "w"}}),
        json!({"type": "response.output_text.delta", "output_index": 1, "delta": "Hi"}),
    ]);
    assert_eq!(responses, [false, false, true]);
    assert_eq!(heard(&[json!({"a": "client's own"})]), [true]);
}

#[test]
fn a_users_own_chunks_record_the_same() {
    let mut stream = Accumulator::new(true, Room::default());
    stream.id("");
    stream.id("one");
    stream.id("two");
    stream.model("m");
    stream.text(0, "a");
    stream.text(0, "b");
    stream.refusal(1, "no");
    stream.tool_call(0, 3, Some("c"), Some("f"), "{");
    stream.tool_call(0, 3, None, None, "}");
    stream.tool_call(0, 5000, None, Some("beyond"), "");
    stream.input_tokens(2);
    stream.input_tokens(-1);
    stream.finish_reason(1, "refusal");
    stream.error("");
    stream.error("later");
    assert_eq!(stream.error_type(), Some("_OTHER"));
    let op = ended(stream);
    assert_eq!(fact(&op, "gen_ai.response.id").as_deref(), Some("one"));
    assert_eq!(fact(&op, "gen_ai.usage.input_tokens").as_deref(), Some("2"));
    assert_eq!(texts(&op.output()[0]), ["text ab", "call c f {}"]);
    assert_eq!(texts(&op.output()[1]), ["refusal"]);
}

#[test]
fn content_is_not_kept_unless_wanted() {
    let mut stream = Accumulator::new(false, Room::default());
    for _ in 0..1000 {
        let chunk = json!({"choices": [{"index": 0, "delta": {"content": "secret", "tool_calls": [
            {"index": 0, "function": {"name": "f", "arguments": "secret"}}]}}]});
        Chunk::record_chunk(&chunk, &mut stream);
    }
    assert_eq!(stream.kept(), 0);
    assert!(!format!("{stream:?}").contains("secret"));
    assert!(ended(stream).output().is_empty());
}

#[test]
fn ollama_streams_unless_asked_not_to() {
    let asks = |request: Value| {
        let mut op = Probe::new("ollama", false, false);
        Request::record_request(&request, &mut op.recorder());
        fact(&op, "gen_ai.request.stream")
    };
    assert_eq!(
        asks(json!({"model": "m", "messages": [], "options": {}})).as_deref(),
        Some("true")
    );
    assert_eq!(
        asks(json!({"model": "m", "prompt": "p", "keep_alive": 0})).as_deref(),
        Some("true")
    );
    for open in [
        json!({"model": "m", "messages": []}),
        json!({"model": "m", "prompt": "p"}),
    ] {
        assert_eq!(asks(open), None, "of either API: the answer will say");
    }
    assert_eq!(
        asks(json!({"model": "m", "prompt": "p", "stream": false})),
        None
    );
    assert_eq!(asks(json!({"model": "m", "input": ["text"]})), None);
    assert_eq!(
        asks(json!({"model": "m", "messages": [], "temperature": 1})),
        None,
        "the API compatible with OpenAI's"
    );
    let answered = |lines: &[Value]| {
        let mut op = Probe::new("ollama", false, false);
        Request::record_request(&json!({"model": "m", "messages": []}), &mut op.recorder());
        let mut stream = Accumulator::new(false, Room::default());
        lines
            .iter()
            .for_each(|line| Chunk::record_chunk(line, &mut stream));
        stream.finish(&mut op.recorder());
        fact(&op, "gen_ai.request.stream")
    };
    let piece = json!({"model": "m", "message": {"content": "a"}, "done": false});
    let last = json!({"model": "m", "message": {"content": ""}, "done": true, "eval_count": 1});
    assert_eq!(answered(&[piece, last.clone()]).as_deref(), Some("true"));
    assert_eq!(answered(&[last]), None, "whole");
    let whole = json!({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]});
    assert_eq!(answered(&[whole]), None);
}
