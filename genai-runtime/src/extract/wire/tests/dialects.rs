//! Dialects and formats that are set apart by their fields, and what is peculiar to them.

use serde_json::{Value, json};

use crate::content::message::Part;
use crate::extract::traits::{Request, Response};
use crate::extract::wire::ByteAccumulator;
use crate::extract::wire::probe::Probe;

fn op(provider: &str) -> Probe {
    Probe::new(provider, false, true)
}

fn asked(provider: &str, request: Value) -> Probe {
    let mut op = op(provider);
    Request::record_request(&request, &mut op.recorder());
    op
}

fn answered(provider: &str, response: Value) -> Probe {
    let mut op = op(provider);
    Response::record_response(&response, &mut op.recorder());
    op
}

fn streamed(provider: &str, bytes: &[u8]) -> Probe {
    let mut op = op(provider);
    let mut stream = ByteAccumulator::new(true);
    stream.feed(bytes);
    stream.end().finish(&mut op.recorder());
    op
}

fn fact(op: &Probe, key: &str) -> Option<String> {
    let key = format!("gen_ai.{key}");
    op.facts()
        .iter()
        .find(|(k, _)| *k == key)
        .map(|(_, value)| value.to_string())
}

fn said(op: &Probe) -> String {
    let text = |part: &Part| match part {
        Part::Text { content } | Part::Reasoning { content } => content.clone(),
        Part::ToolCall {
            name, arguments, ..
        } => format!("{name}({})", arguments.clone().unwrap_or_default()),
        Part::Other { kind, .. } => format!("<{kind}>"),
        _ => "?".to_owned(),
    };
    op.output()
        .iter()
        .flat_map(|message| &message.parts)
        .map(text)
        .collect::<Vec<_>>()
        .join("|")
}

#[test]
fn keys_of_openai_are_for_openai() {
    let request = || json!({"model": "m", "messages": [], "service_tier": "flex"});
    let response =
        || json!({"choices": [], "service_tier": "default", "system_fingerprint": "f", "id": "i"});
    let has = |op: &Probe| {
        op.facts()
            .iter()
            .filter(|(key, _)| key.starts_with("openai."))
            .count()
    };
    assert_eq!(has(&asked("openai", request())), 2);
    assert_eq!(has(&asked("groq", request())), 0);
    assert_eq!(has(&answered("azure.ai.openai", response())), 2);
    assert_eq!(has(&answered("deepseek", response())), 0);
}

#[test]
fn counters_beside_the_details_count_where_those_are_missing() {
    let usage = |usage: Value| answered("x", json!({"choices": [], "usage": usage}));
    let beside = usage(json!({"prompt_tokens": 9, "cached_tokens": 4, "reasoning_tokens": 2}));
    assert_eq!(
        fact(&beside, "usage.cache_read.input_tokens").as_deref(),
        Some("4")
    );
    assert_eq!(
        fact(&beside, "usage.reasoning.output_tokens").as_deref(),
        Some("2")
    );
    let both = usage(
        json!({"prompt_cache_hit_tokens": 8, "prompt_tokens_details": {"cached_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 1}, "reasoning_tokens": 7, "prompt_tokens": 9}),
    );
    assert_eq!(
        fact(&both, "usage.cache_read.input_tokens").as_deref(),
        Some("5")
    );
    assert_eq!(
        fact(&both, "usage.reasoning.output_tokens").as_deref(),
        Some("1")
    );
    // doubleword repeats its cache counters with the meaning of OpenAI's: they are in the total already.
    let repeated = usage(
        json!({"prompt_tokens": 9, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3}),
    );
    assert_eq!(fact(&repeated, "usage.input_tokens").as_deref(), Some("9"));
}

#[test]
fn limits_under_two_names() {
    let asks = |request: Value| fact(&asked("openai", request), "request.max_tokens");
    let both = json!({"model": "m", "messages": [], "max_tokens": 5, "max_completion_tokens": 6});
    assert_eq!(asks(both).as_deref(), Some("6"));
    assert_eq!(
        asks(json!({"model": "m", "messages": [], "max_tokens": 5})).as_deref(),
        Some("5")
    );
}

#[test]
fn anthropic_and_converse_count_the_cache_apart() {
    let body = json!({"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn", "usage":
        {"input_tokens": 1, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 100, "output_tokens": 3}});
    assert_eq!(
        fact(&answered("anthropic", body), "usage.input_tokens").as_deref(),
        Some("111")
    );
    let body = json!({"stopReason": "end_turn", "output": {}, "usage":
        {"inputTokens": 1, "cacheReadInputTokens": 10, "cacheWriteInputTokens": 100, "outputTokens": 3}});
    assert_eq!(
        fact(&answered("aws.bedrock", body), "usage.input_tokens").as_deref(),
        Some("111")
    );
}

#[test]
fn own_counters_win_over_those_of_bedrock() {
    let metrics = json!({"inputTokenCount": 1, "outputTokenCount": 98});
    let both = json!({"generation": "t", "prompt_token_count": 2, "generation_token_count": 130, "stop_reason": "stop",
        "amazon-bedrock-invocationMetrics": metrics});
    assert_eq!(
        fact(&answered("aws.bedrock", both), "usage.output_tokens").as_deref(),
        Some("130")
    );
    let only = json!({"outputs": [{"text": "t", "stop_reason": "length"}], "amazon-bedrock-invocationMetrics": metrics});
    let only = answered("aws.bedrock", only);
    assert_eq!(fact(&only, "usage.output_tokens").as_deref(), Some("98"));
    assert_eq!(
        fact(&only, "response.finish_reasons").as_deref(),
        Some("[\"length\"]")
    );
    let chat =
        json!({"choices": [{"index": 0, "message": {"content": "t"}, "stop_reason": "stop"}]});
    assert_eq!(
        fact(&answered("aws.bedrock", chat), "response.finish_reasons").as_deref(),
        Some("[\"stop\"]")
    );
}

#[test]
fn gemini_comes_as_an_array_too_and_with_numbers() {
    let op = streamed(
        "gcp.vertex_ai",
        br#"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":3}},
            {"candidates":[{"content":{"parts":[{"text":"b"},{"hologram":{}}]},"finishReason":2}],"responseId":"r",
             "usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":5}}]"#,
    );
    assert_eq!(said(&op), "ab|<hologram>");
    assert_eq!(fact(&op, "usage.output_tokens").as_deref(), Some("7"));
    assert_eq!(
        fact(&op, "response.finish_reasons").as_deref(),
        Some("[\"MAX_TOKENS\"]")
    );
    let blocked = answered(
        "gcp.gemini",
        json!({"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r"}),
    );
    assert_eq!(fact(&blocked, "response.finish_reasons"), None);
    assert_eq!(fact(&blocked, "response.id").as_deref(), Some("r"));
}

#[test]
fn the_first_version_of_cohere() {
    let op = asked(
        "cohere",
        json!({"chat_history": [{"role": "CHATBOT", "message": "h"}], "message": "now", "preamble": "s", "p": 0.5, "k": 2,
            "tools": [{"name": "f", "parameter_definitions": {"a": {}}}]}),
    );
    let roles: Vec<_> = op
        .input()
        .iter()
        .map(|message| message.role.as_ref())
        .collect();
    assert_eq!(roles, ["assistant", "user"]);
    assert_eq!((op.system().len(), op.tools().len()), (1, 1));
    assert_eq!(fact(&op, "request.top_k").as_deref(), Some("2"));
    let stream = br#"{"is_finished":false,"event_type":"stream-start","generation_id":"g"}
{"is_finished":false,"event_type":"text-generation","text":"Hel"}
{"is_finished":false,"event_type":"text-generation","text":"lo"}
{"is_finished":false,"event_type":"tool-calls-generation","tool_calls":[{"name":"f","parameters":{"a":1}}]}
{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"response_id":"r","text":"Hello",
"tool_calls":[{"name":"f","parameters":{"a":1}}],"generation_id":"g","meta":{"billed_units":{"input_tokens":2.0},
"tokens":{"input_tokens":70,"output_tokens":5},"cached_tokens":60}}}"#;
    let op = streamed("cohere", stream);
    assert_eq!(said(&op), "Hello|f({\"a\":1})");
    assert_eq!(fact(&op, "response.id").as_deref(), Some("r"));
    assert_eq!(fact(&op, "usage.input_tokens").as_deref(), Some("2"));
    assert_eq!(fact(&op, "usage.output_tokens").as_deref(), Some("5"));
    assert_eq!(
        fact(&op, "usage.cache_read.input_tokens"),
        None,
        "counted in another unit than what is billed"
    );
}

#[test]
fn arguments_stay_what_they_were() {
    let call = |arguments: Value| {
        let calls = json!([{"id": "c", "function": {"name": "f", "arguments": arguments}}]);
        let op = answered(
            "x",
            json!({"choices": [{"message": {"tool_calls": calls}}]}),
        );
        match op.output().iter().flat_map(|message| &message.parts).next() {
            Some(Part::ToolCall { arguments, .. }) => arguments.clone(),
            _ => Some(json!("no call")),
        }
    };
    assert_eq!(call(json!("{\"a\":[1]}")), Some(json!({"a": [1]})));
    assert_eq!(call(json!("[1]")), Some(json!([1])));
    assert_eq!(call(json!("null")), None);
    assert_eq!(call(Value::Null), None);
    assert_eq!(call(json!("{\"a\":")), Some(json!("{\"a\":")));
    assert_eq!(call(json!("")), Some(json!("")));
    assert_eq!(call(json!("7")), Some(json!("7")));
    assert_eq!(call(json!({"a": 1})), Some(json!({"a": 1})));
}

#[test]
fn perplexity_repeats_the_message_beside_the_delta() {
    let op = streamed(
        "perplexity",
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"po\"},\"message\":{\"content\":\"po\"}}]}\n\n\
          data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ng\"},\"message\":{\"content\":\"pong\"}}]}\n\n\
          data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"message\":{\"content\":\"pong\"},\"finish_reason\":\"stop\"}]}\n\n",
    );
    assert_eq!(said(&op), "pong");
}

#[test]
fn the_exceptions_of_a_stream_fail_it() {
    let event = json!({"throttlingException": {"message": "slow down"}}).to_string();
    let first = json!({"messageStart": {"role": "assistant"}}).to_string();
    let op = streamed("aws.bedrock", format!("{first}\n{event}").as_bytes());
    assert_eq!(op.error(), Some("ThrottlingException"));
}
