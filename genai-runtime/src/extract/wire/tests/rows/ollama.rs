//! Ollama's chat, generate and embed.

use serde_json::{Value, json};

use super::{chat, embeddings};

fn output(parts: Value, word: &str) -> Value {
    json!([{"role": "assistant", "finish_reason": word, "parts": parts}])
}

#[test]
fn every_parameter() {
    let tool = json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}});
    chat("ollama").asks(
        json!({"model": "m", "stream": false, "format": {"type": "object"}, "think": "low", "keep_alive": "5m", "tools": [tool],
            "options": {"temperature": 0.5, "top_p": 0.25, "top_k": 3, "seed": 7, "num_predict": 9, "stop": ["a"],
            "frequency_penalty": 0.5, "presence_penalty": 0.25, "num_ctx": 4096},
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "t", "images": ["AA=="]},
            {"role": "assistant", "content": "", "thinking": "why", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]},
            {"role": "tool", "tool_name": "f", "content": "42"}]}),
        json!({"request.model": "m", "output.type": "json", "request.temperature": 0.5, "request.top_p": 0.25, "request.top_k": 3.0,
            "request.seed": 7, "request.max_tokens": 9, "request.stop_sequences": ["a"], "request.frequency_penalty": 0.5,
            "request.presence_penalty": 0.25,
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}],
            "input": [{"role": "system", "parts": [{"type": "text", "content": "s"}]},
            {"role": "user", "parts": [{"type": "text", "content": "t"}, {"type": "blob", "modality": "image", "content": "AA=="}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "why"}, {"type": "tool_call", "name": "f", "arguments": {"x": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "response": "42"}]}]}),
    );
    // It streams unless it is asked not to; an empty format is none.
    chat("ollama").asks(
        json!({"model": "m", "messages": [], "format": "json"}),
        json!({"request.model": "m", "output.type": "json", "request.stream": true}),
    );
    chat("ollama").asks(
        json!({"model": "m", "messages": [], "format": "", "options": {}}),
        json!({"request.model": "m", "request.stream": true}),
    );
    chat("ollama").asks(
        json!({"model": "m", "prompt": "t", "system": "s", "images": ["AA=="], "options": {"num_predict": 9}}),
        json!({"request.model": "m", "request.stream": true, "request.max_tokens": 9, "system": [{"type": "text", "content": "s"}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "t"}, {"type": "blob", "modality": "image", "content": "AA=="}]}]}),
    );
    embeddings("ollama").asks(
        json!({"model": "m", "input": ["secret"], "dimensions": 64, "truncate": true}),
        json!({"request.model": "m", "embeddings.dimension.count": 64}),
    );
    embeddings("ollama").asks(
        json!({"model": "m", "prompt": "secret"}),
        json!({"request.model": "m"}),
    );
}

#[test]
fn answers() {
    let counters = json!({"total_duration": 1, "load_duration": 1, "prompt_eval_count": 4, "prompt_eval_duration": 1, "eval_count": 5, "eval_duration": 1});
    let with = |mut body: Value| {
        for (key, value) in counters.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        body
    };
    chat("ollama").answers(
        with(json!({"model": "m-1", "created_at": "now", "message": {"role": "assistant", "content": "so", "thinking": "why",
            "tool_calls": [{"function": {"name": "f", "arguments": {}}}, {"id": "c", "function": {"index": 1, "name": "g", "arguments": {"x": 1}}}]},
            "done": true, "done_reason": "stop"})),
        json!({"response.model": "m-1", "response.finish_reasons": ["stop"], "usage.input_tokens": 4, "usage.output_tokens": 5,
            "output": output(json!([{"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"},
            {"type": "tool_call", "name": "f", "arguments": {}}, {"type": "tool_call", "id": "c", "name": "g", "arguments": {"x": 1}}]), "stop")}),
    );
    chat("ollama").answers(
        with(json!({"model": "m-1", "response": "so", "thinking": "why", "done": true, "done_reason": "length", "context": [1, 2]})),
        json!({"response.model": "m-1", "response.finish_reasons": ["length"], "usage.input_tokens": 4, "usage.output_tokens": 5,
            "output": output(json!([{"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"}]), "length")}),
    );
    // An older server, whose prompt came from the cache.
    chat("ollama").answers(
        json!({"model": "m-1", "message": {"role": "assistant", "content": "so"}, "done": true, "eval_count": 5}),
        json!({"response.model": "m-1", "usage.output_tokens": 5, "output": output(json!([{"type": "text", "content": "so"}]), "stop")}),
    );
    embeddings("ollama").answers(
        json!({"model": "m-1", "embeddings": [[0.5]], "total_duration": 1, "load_duration": 1, "prompt_eval_count": 4}),
        json!({"response.model": "m-1", "usage.input_tokens": 4}),
    );
    embeddings("ollama").answers(json!({"embedding": [0.5]}), json!({}));
}

#[test]
fn streams() {
    let chunk = |message: Value| json!({"model": "m-1", "created_at": "now", "message": message, "done": false});
    chat("ollama").streams(
        &[
            chunk(json!({"role": "assistant", "content": "", "thinking": "wh"})),
            chunk(json!({"role": "assistant", "content": "", "thinking": "y"})),
            chunk(json!({"role": "assistant", "content": "s"})),
            chunk(json!({"role": "assistant", "content": "o"})),
            chunk(json!({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]})),
            chunk(json!({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "g", "arguments": {"x": 1}}}]})),
            json!({"model": "m-1", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
                "prompt_eval_count": 4, "eval_count": 5}),
        ],
        json!({"request.stream": true, "response.model": "m-1", "response.finish_reasons": ["stop"], "usage.input_tokens": 4,
            "usage.output_tokens": 5, "output": output(json!([{"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"},
            {"type": "tool_call", "name": "f", "arguments": {}}, {"type": "tool_call", "name": "g", "arguments": {"x": 1}}]), "stop")}),
    );
    chat("ollama").streams(
        &[
            chunk(json!({"role": "assistant", "content": "so"})),
            json!({"error": "the model broke down: secret"}),
        ],
        json!({"request.stream": true, "response.model": "m-1", "error": "_OTHER",
            "output": output(json!([{"type": "text", "content": "so"}]), "stop")}),
    );
}

#[test]
fn its_endpoint_for_the_format_of_openai_does_not_stream_by_default() {
    for request in [
        json!({"model": "m", "messages": [{"role": "user", "content": "t"}]}),
        json!({"model": "m", "prompt": "t"}),
        json!({"model": "m", "prompt": ["t"]}),
    ] {
        let input = json!([{"role": "user", "parts": [{"type": "text", "content": "t"}]}]);
        let expected = json!({"request.model": "m", "input": input});
        let with_type =
            json!({"request.model": "m", "input": input, "openai.api.type": "chat_completions"});
        chat("ollama").asks(request.clone(), expected.clone());
        let is_chat = request.get("messages").is_some();
        chat("openai").asks(request, if is_chat { with_type } else { expected });
    }
}
