//! Requests, responses and chunks as the providers write them, made up.

use serde_json::{Value, json};

pub fn chat_request() -> Value {
    json!({
        "model": "m-1", "temperature": 0.5, "top_p": 0.25, "max_completion_tokens": 64, "stop": ["END"], "seed": 7,
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"}],
    })
}

pub fn old_chat_request() -> Value {
    json!({
        "model": "m-1", "temperature": 0.5, "top_p": 0.25, "max_tokens": 64, "stop": ["END"], "seed": 7,
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"}],
    })
}

/// As rig writes a request, and what the same is as OpenAI's.
pub fn rig_request() -> Value {
    json!({
        "model": "m-1", "temperature": 0.5, "max_tokens": 64, "documents": [], "tools": [],
        "chat_history": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    })
}

pub fn own_chat_request() -> Value {
    json!({
        "model": "m-1", "temperature": 0.5, "max_tokens": 64,
        "messages": [{"role": "user", "content": "Hello"}],
    })
}

pub fn chat_response() -> Value {
    json!({
        "id": "r-1", "object": "chat.completion", "created": 1, "model": "m-1-a", "system_fingerprint": "fp", "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
            "message": {"role": "assistant", "content": "Hi.", "refusal": null}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}},
    })
}

pub fn chat_chunks() -> Vec<Value> {
    let chunk = |choices: Value, usage: Value| {
        json!({"id": "r-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1-a", "system_fingerprint": "fp",
            "service_tier": "default", "choices": choices, "usage": usage})
    };
    vec![
        chunk(
            json!([{"index": 0, "delta": {"role": "assistant", "content": "H"}, "finish_reason": null}]),
            Value::Null,
        ),
        chunk(
            json!([{"index": 0, "delta": {"content": "i."}, "finish_reason": null}]),
            Value::Null,
        ),
        chunk(
            json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]),
            Value::Null,
        ),
        chunk(
            json!([]),
            json!({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}}),
        ),
    ]
}

pub fn embeddings_request() -> Value {
    json!({"model": "e-1", "input": ["one", "two"], "dimensions": 3, "encoding_format": "float"})
}

pub fn embeddings_response() -> Value {
    json!({
        "object": "list", "model": "e-1-a", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25, 0.125]}],
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    })
}

pub fn responses_request() -> Value {
    json!({"model": "m-1", "input": "Hello", "instructions": "Be short.", "temperature": 0.5, "top_p": 0.25, "max_output_tokens": 64})
}

pub fn responses_response() -> Value {
    json!({
        "id": "resp-1", "object": "response", "created_at": 1, "model": "m-1-a", "status": "completed",
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "parallel_tool_calls": true,
        "temperature": 1.0, "top_p": 1.0, "tool_choice": "auto", "tools": [], "truncation": "disabled", "text": {"format": {"type": "text"}},
        "previous_response_id": null, "reasoning": {"effort": null, "summary": null}, "max_output_tokens": null, "store": true,
        "service_tier": "default", "user": null,
        "output": [{"type": "message", "id": "msg-1", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi.", "annotations": [], "logprobs": []}]}],
        "usage": {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14,
            "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 2}},
    })
}

pub fn responses_events() -> Vec<Value> {
    let mut begun = responses_response();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    let item = json!({"type": "message", "id": "msg-1", "status": "in_progress", "role": "assistant", "content": []});
    vec![
        json!({"type": "response.created", "sequence_number": 0, "response": begun}),
        json!({"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item}),
        json!({"type": "response.output_text.delta", "sequence_number": 2, "item_id": "msg-1", "output_index": 0, "content_index": 0,
            "delta": "Hi.", "logprobs": []}),
        json!({"type": "response.completed", "sequence_number": 3, "response": responses_response()}),
    ]
}

pub fn ollama_request() -> Value {
    json!({"model": "m-1", "messages": [{"role": "user", "content": "Hello"}], "stream": false, "options": {"temperature": 0.5, "num_predict": 64}})
}

pub fn ollama_response() -> Value {
    json!({
        "model": "m-1-a", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": "Hi."}, "done": true,
        "done_reason": "stop", "total_duration": 9, "load_duration": 1, "prompt_eval_count": 9, "prompt_eval_duration": 1, "eval_count": 5,
        "eval_duration": 1,
    })
}

pub fn ollama_chunks() -> Vec<Value> {
    let mut last = ollama_response();
    last["message"]["content"] = json!("");
    let piece = |text: &str| json!({"model": "m-1-a", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": text}, "done": false});
    vec![piece("H"), piece("i."), last]
}

pub fn ollama_generated() -> Value {
    json!({
        "model": "m-1-a", "created_at": "2026-01-01T00:00:00Z", "response": "Hi.", "done": true, "done_reason": "stop", "context": [1],
        "total_duration": 9, "load_duration": 1, "prompt_eval_count": 9, "prompt_eval_duration": 1, "eval_count": 5, "eval_duration": 1,
    })
}

pub fn gemini_request() -> Value {
    json!({
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "systemInstruction": {"parts": [{"text": "Be short."}]},
        "generationConfig": {"temperature": 0.5, "topP": 0.25, "topK": 40, "maxOutputTokens": 64, "stopSequences": ["END"]},
    })
}

pub fn gemini_response() -> Value {
    json!({
        "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [{"text": "Hi."}]}}],
        "modelVersion": "m-1-a", "responseId": "r-1",
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 16, "thoughtsTokenCount": 2,
            "cachedContentTokenCount": 4},
    })
}

pub fn gemini_chunks() -> Vec<Value> {
    let mut first = gemini_response();
    first["candidates"] =
        json!([{"index": 0, "content": {"role": "model", "parts": [{"text": "H"}]}}]);
    first["usageMetadata"] = json!({"promptTokenCount": 9, "totalTokenCount": 9});
    let mut last = gemini_response();
    last["candidates"][0]["content"]["parts"][0]["text"] = json!("i.");
    vec![first, last]
}

pub fn interaction_request() -> Value {
    json!({"model": "m-1", "input": "Hello", "system_instruction": "Be short.", "generation_config": {"temperature": 0.5, "max_output_tokens": 64}})
}

pub fn interaction() -> Value {
    json!({
        "id": "i-1", "status": "completed", "model": "m-1-a", "object": "interaction", "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z", "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Hi."}]}],
        "usage": {"total_input_tokens": 9, "total_output_tokens": 5, "total_tokens": 14, "total_cached_tokens": 0, "total_thought_tokens": 0},
    })
}

pub fn messages_request() -> Value {
    json!({
        "model": "m-1", "max_tokens": 64, "temperature": 0.5, "top_p": 0.25, "top_k": 40, "stop_sequences": ["END"], "system": "Be short.",
        "stream": false, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    })
}

pub fn messages_response() -> Value {
    json!({
        "id": "r-1", "type": "message", "role": "assistant", "model": "m-1-a", "stop_reason": "end_turn", "stop_sequence": null,
        "content": [{"type": "text", "text": "Hi."}],
        "usage": {"input_tokens": 9, "output_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3},
    })
}

pub fn messages_events() -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "r-1", "type": "message", "role": "assistant", "model": "m-1-a", "content": [],
            "stop_reason": null, "stop_sequence": null,
            "usage": {"input_tokens": 9, "output_tokens": 1, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ]
}
