//! Chat completions, completions and embeddings, with their dialects.

use serde_json::{Value, json};

use super::{chat, embeddings};

#[test]
fn every_parameter_of_a_chat() {
    chat("openai").asks(
        json!({"model": "gpt-5", "temperature": 0.5, "top_p": 1, "frequency_penalty": 0.25, "presence_penalty": -0.5,
            "max_tokens": 5, "max_completion_tokens": 6, "n": 2, "seed": 7, "stop": "END", "stream": true,
            "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}},
            "reasoning_effort": "low", "service_tier": "flex", "top_logprobs": 3, "logprobs": true, "user": "u",
            "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi", "name": "ann"}],
            "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}]}),
        json!({"request.model": "gpt-5", "request.temperature": 0.5, "request.top_p": 1.0,
            "request.frequency_penalty": 0.25, "request.presence_penalty": -0.5, "request.max_tokens": 6,
            "request.choice.count": 2, "request.seed": 7, "request.stop_sequences": ["END"], "request.stream": true,
            "output.type": "json", "openai.request.service_tier": "flex", "openai.api.type": "chat_completions",
            "input": [{"role": "developer", "parts": [{"type": "text", "content": "Be brief."}]},
                {"role": "user", "parts": [{"type": "text", "content": "Hi"}], "name": "ann"}],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}]}),
    );
}

#[test]
fn what_is_not_said_of_a_chat() {
    chat("openai").asks(
        json!({"model": "m", "messages": [], "n": 1, "stream": false, "stop": [], "response_format": {"type": "text"},
            "max_completion_tokens": null, "max_tokens": 3, "temperature": null, "service_tier": null, "tools": []}),
        json!({"request.model": "m", "request.max_tokens": 3, "output.type": "text",
            "openai.api.type": "chat_completions"}),
    );
    // Keys of OpenAI's own are for OpenAI and Azure.
    chat("groq").asks(
        json!({"model": "m", "messages": [], "service_tier": "on_demand", "top_k": 40, "stop": ["a", "b"]}),
        json!({"request.model": "m", "request.top_k": 40.0, "request.stop_sequences": ["a", "b"]}),
    );
    chat("mistral_ai").asks(
        json!({"model": "m", "messages": [], "random_seed": 3, "tool_choice": "any", "safe_prompt": false}),
        json!({"request.model": "m", "request.seed": 3}),
    );
}

#[test]
fn functions_and_custom_tools() {
    chat("openai").asks(
        json!({"model": "m", "messages": [], "functions": [{"name": "f", "parameters": {}}], "tools": [
            {"type": "custom", "custom": {"name": "code", "description": "runs"}}, {"type": "web_search"}]}),
        json!({"request.model": "m", "openai.api.type": "chat_completions", "tools": [
            {"type": "function", "name": "f", "parameters": {}}, {"type": "custom", "name": "code"},
            {"type": "web_search", "name": "web_search"}]}),
    );
}

fn usage() -> Value {
    json!({"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 0}})
}

#[test]
fn everything_of_an_answer() {
    chat("openai").answers(
        json!({"id": "c-1", "object": "chat.completion", "created": 1, "model": "gpt-5-1", "choices": [
            {"index": 1, "finish_reason": "length", "message": {"role": "assistant", "content": "two"}},
            {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "refusal": null,
                "reasoning_content": "why", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
                {"id": "b", "type": "custom", "custom": {"name": "code", "input": "print(1)"}}]}}],
            "usage": usage(), "service_tier": "default", "system_fingerprint": "fp"}),
        json!({"response.id": "c-1", "response.model": "gpt-5-1", "response.finish_reasons": ["tool_calls", "length"],
            "usage.input_tokens": 10, "usage.output_tokens": 7, "usage.cache_read.input_tokens": 4,
            "usage.cache_creation.input_tokens": 2, "usage.reasoning.output_tokens": 3,
            "openai.response.service_tier": "default", "openai.response.system_fingerprint": "fp",
            "output": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
                {"type": "reasoning", "content": "why"},
                {"type": "tool_call", "id": "a", "name": "f", "arguments": {"x": 1}},
                {"type": "tool_call", "id": "b", "name": "code", "arguments": "print(1)"}]},
                {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "two"}]}]}),
    );
    chat("openai").answers(
        json!({"id": "i", "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": null, "refusal": "No."}}]}),
        json!({"response.id": "i", "response.finish_reasons": ["stop"], "output": [{"role": "assistant",
            "finish_reason": "stop", "parts": [{"type": "refusal", "content": "No."}]}]}),
    );
    chat("openai").answers(
        json!({"choices": [{"index": 0, "finish_reason": "function_call", "message": {"content": null,
            "function_call": {"name": "f", "arguments": "{\"x\":"}}}]}),
        json!({"response.finish_reasons": ["function_call"], "output": [{"role": "assistant",
            "finish_reason": "tool_call", "parts": [{"type": "tool_call", "name": "f", "arguments": "{\"x\":"}]}]}),
    );
}

fn piece(index: u64, delta: Value) -> Value {
    json!({"id": "s", "model": "m", "choices": [{"index": index, "delta": delta, "finish_reason": null}]})
}

#[test]
fn choices_and_calls_interleaved() {
    let call = |at: u64, id: Value, name: Value, text: &str| json!({"tool_calls": [{"index": at, "id": id, "function": {"name": name, "arguments": text}}]});
    chat("openai").streams(
        &[
            json!({"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
            piece(1, json!({"role": "assistant", "content": ""})),
            piece(0, json!({"role": "assistant", "content": "A"})),
            piece(1, json!({"content": "B"})),
            piece(0, call(1, json!("y"), json!("g"), "{\"b\":")),
            piece(0, call(0, json!("x"), json!("f"), "")),
            piece(0, call(1, Value::Null, Value::Null, "2}")),
            piece(0, call(0, json!(""), json!(""), "{\"a\":1}")),
            json!({"id": "s", "model": "m", "choices": [{"index": 1, "delta": {"refusal": "no"}, "finish_reason": "stop"}]}),
            json!({"id": "s", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
            json!({"id": "s", "model": "m", "choices": [], "usage": usage(), "service_tier": "flex"}),
        ],
        json!({"response.id": "s", "response.model": "m", "response.finish_reasons": ["tool_calls", "stop"],
            "usage.input_tokens": 10, "usage.output_tokens": 7, "usage.cache_read.input_tokens": 4,
            "usage.cache_creation.input_tokens": 2, "usage.reasoning.output_tokens": 3,
            "openai.response.service_tier": "flex",
            "output": [{"role": "assistant", "finish_reason": "tool_call", "parts": [{"type": "text", "content": "A"},
                {"type": "tool_call", "id": "y", "name": "g", "arguments": {"b": 2}},
                {"type": "tool_call", "id": "x", "name": "f", "arguments": {"a": 1}}]},
                {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "B"},
                {"type": "refusal", "content": "no"}]}]}),
    );
}

#[test]
fn calls_without_numbers_are_set_apart_by_their_ids() {
    let call = |id: &str, text: &str| {
        piece(
            0,
            json!({"tool_calls": [{"id": id, "function": {"name": id, "arguments": text}}]}),
        )
    };
    chat("openai_compatible").streams(
        &[
            call("f", "{}"),
            call("g", "{\"a\":"),
            piece(
                0,
                json!({"tool_calls": [{"id": null, "function": {"name": null, "arguments": "1"}}]}),
            ),
            piece(
                0,
                json!({"tool_calls": [{"id": "", "function": {"name": "", "arguments": "}"}}]}),
            ),
            call("h", "{}"),
        ],
        json!({"response.id": "s", "response.model": "m", "output": [{"role": "assistant",
            "finish_reason": "tool_call", "parts": [
            {"type": "tool_call", "id": "f", "name": "f", "arguments": {}},
            {"type": "tool_call", "id": "g", "name": "g", "arguments": {"a": 1}},
            {"type": "tool_call", "id": "h", "name": "h", "arguments": {}}]}]}),
    );
}

#[test]
fn custom_calls_in_a_stream() {
    let call = |custom: Value| {
        piece(
            0,
            json!({"tool_calls": [{"index": 0, "id": "c", "type": "custom", "custom": custom}]}),
        )
    };
    chat("openai").streams(
        &[call(json!({"name": "code", "input": "pri"})), call(json!({"input": "nt"}))],
        json!({"response.id": "s", "response.model": "m", "output": [{"role": "assistant", "finish_reason": "tool_call",
            "parts": [{"type": "tool_call", "id": "c", "name": "code", "arguments": "print"}]}]}),
    );
}

#[test]
fn dialects_of_reasoning() {
    let text = |kind: &str, content: &str| json!({"type": kind, "content": content});
    let output =
        |parts: Value| json!([{"role": "assistant", "finish_reason": "stop", "parts": parts}]);
    let said = json!([text("reasoning", "why"), text("text", "so")]);
    for message in [
        json!({"reasoning_content": "why", "content": "so"}),
        json!({"content": "so", "reasoning": "why"}),
        json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "why"}]}, {"type": "text", "text": "so"}]}),
        json!({"reasoning": "why", "reasoning_details": [{"type": "reasoning.text", "text": "why"}], "content": "so"}),
    ] {
        chat("x").answers(
            json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}),
            json!({"response.finish_reasons": ["stop"], "output": output(said.clone())}),
        );
        chat("x").streams(
            &[json!({"choices": [{"index": 0, "delta": message, "finish_reason": "stop"}]})],
            json!({"response.finish_reasons": ["stop"], "output": output(said.clone())}),
        );
    }
}

#[test]
fn dialects_of_usage_and_reasons() {
    let counted = |provider: &str, usage: Value, expected: Value| {
        chat(provider).answers(json!({"choices": [], "usage": usage}), expected.clone());
        chat(provider).streams(
            &[
                json!({"choices": []}),
                json!({"choices": [], "usage": usage}),
            ],
            expected,
        );
    };
    let both = |more: Value| {
        let mut all = json!({"usage.input_tokens": 9, "usage.output_tokens": 5});
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    };
    counted(
        "deepseek",
        json!({"prompt_tokens": 9, "completion_tokens": 5, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 1}),
        both(json!({"usage.cache_read.input_tokens": 8})),
    );
    counted(
        "mistral_ai",
        json!({"prompt_tokens": 9, "completion_tokens": 5, "num_cached_tokens": 0, "prompt_tokens_details": null}),
        both(json!({"usage.cache_read.input_tokens": 0})),
    );
    counted(
        "together_ai",
        json!({"prompt_tokens": 9, "completion_tokens": 5, "cached_tokens": 3}),
        both(json!({"usage.cache_read.input_tokens": 3})),
    );
    counted(
        "github_copilot",
        json!({"prompt_tokens": 9, "completion_tokens": 5, "reasoning_tokens": 2}),
        both(json!({"usage.reasoning.output_tokens": 2})),
    );
    counted(
        "doubleword",
        json!({"prompt_tokens": 9, "completion_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1}),
        both(json!({})),
    );
    counted(
        "openrouter",
        json!({"prompt_tokens": 9, "completion_tokens": 5, "cost": 0.1, "is_byok": false, "prompt_tokens_details":
            {"cached_tokens": 0, "cache_write_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}),
        both(
            json!({"usage.cache_read.input_tokens": 0, "usage.cache_creation.input_tokens": 0,
            "usage.reasoning.output_tokens": 0}),
        ),
    );
    chat("groq").streams(
        &[json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "x_groq": {"id": "r",
            "usage": {"prompt_tokens": 9, "completion_tokens": 5, "queue_time": 0.1}}})],
        both(json!({"response.finish_reasons": ["stop"], "output": [{"role": "assistant", "finish_reason": "stop",
            "parts": []}]})),
    );
    for (raw, word) in [
        ("eos", "stop"),
        ("insufficient_system_resource", "error"),
        ("model_length", "length"),
        ("error", "error"),
        ("content_filter", "content_filter"),
    ] {
        chat("x").answers(
            json!({"choices": [{"index": 0, "finish_reason": raw, "native_finish_reason": "no"}]}),
            json!({"response.finish_reasons": [raw], "output": [{"role": "assistant", "finish_reason": word,
                "parts": []}]}),
        );
        chat("x").streams(
            &[json!({"choices": [{"index": 0, "delta": {"content": "t"}, "finish_reason": raw}]})],
            json!({"response.finish_reasons": [raw], "output": [{"role": "assistant", "finish_reason": word,
                "parts": [{"type": "text", "content": "t"}]}]}),
        );
    }
}

#[test]
fn errors_behind_a_success() {
    chat("azure.ai.openai").answers(
        json!({"error": {"message": "filtered", "type": null, "param": "prompt", "code": "content_filter", "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
        json!({"error": "content_filter"}),
    );
    chat("openrouter").answers(
        json!({"error": {"message": "no credits", "code": 402}, "user_id": "u"}),
        json!({"error": "402"}),
    );
    chat("openrouter").streams(
        &[json!({"id": "g", "model": "m", "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error",
            "error": {"code": 502, "message": "down"}}]})],
        json!({"response.id": "g", "response.model": "m", "error": "502", "response.finish_reasons": ["error"],
            "output": [{"role": "assistant", "finish_reason": "error", "parts": []}]}),
    );
    chat("groq").streams(
        &[
            json!({"choices": [], "x_groq": {"error": "over capacity"}}),
            json!({"error": {"type": "t", "code": null}}),
        ],
        json!({"error": "_OTHER"}),
    );
}

#[test]
fn completions() {
    chat("openai").asks(
        json!({"model": "m", "prompt": ["a", "b"], "max_tokens": 3, "echo": true, "logprobs": 1, "best_of": 2}),
        json!({"request.model": "m", "request.max_tokens": 3, "input": [
            {"role": "user", "parts": [{"type": "text", "content": "a"}]},
            {"role": "user", "parts": [{"type": "text", "content": "b"}]}]}),
    );
    chat("openai").answers(
        json!({"id": "i", "object": "text_completion", "model": "m", "choices": [
            {"text": "x", "index": 0, "logprobs": null, "finish_reason": "stop"},
            {"text": "y", "index": 1, "logprobs": null, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
        json!({"response.id": "i", "response.model": "m", "response.finish_reasons": ["stop", "length"],
            "usage.input_tokens": 1, "usage.output_tokens": 2, "output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "x"}]},
            {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "y"}]}]}),
    );
    let chunk = |text: &str, reason: Value| json!({"id": "i", "object": "text_completion", "model": "m", "choices": [{"text": text, "index": 0, "finish_reason": reason}]});
    chat("openai").streams(
        &[chunk("x", Value::Null), chunk("y", Value::Null), chunk("", json!("stop"))],
        json!({"response.id": "i", "response.model": "m", "response.finish_reasons": ["stop"], "output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "xy"}]}]}),
    );
}

#[test]
fn vectors() {
    embeddings("openai").asks(
        json!({"model": "m", "input": ["a secret"], "dimensions": 256, "encoding_format": "base64", "user": "u"}),
        json!({"request.model": "m", "embeddings.dimension.count": 256, "request.encoding_formats": ["base64"]}),
    );
    embeddings("mistral_ai").asks(
        json!({"model": "m", "input": "a", "output_dimension": 64, "output_dtype": "int8"}),
        json!({"request.model": "m", "embeddings.dimension.count": 64, "request.encoding_formats": ["int8"]}),
    );
    for data in [json!([0.5, 1]), json!("AAAA")] {
        embeddings("mistral_ai").answers(
            json!({"id": "i", "object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": data}],
                "usage": {"prompt_tokens": 4, "total_tokens": 4, "completion_tokens": 0}}),
            json!({"response.model": "m", "usage.input_tokens": 4}),
        );
    }
}
