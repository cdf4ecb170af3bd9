//! Bedrock's InvokeModel, by model family.

use serde_json::{Value, json};

use super::{chat, embeddings};

fn input(text: &str) -> Value {
    json!([{"role": "user", "parts": [{"type": "text", "content": text}]}])
}

fn output(text: &str, word: &str) -> Value {
    json!([{"role": "assistant", "finish_reason": word, "parts": [{"type": "text", "content": text}]}])
}

/// The counters that Bedrock adds to the last event of every stream.
fn metrics() -> Value {
    json!({"inputTokenCount": 4, "outputTokenCount": 5, "invocationLatency": 1, "firstByteLatency": 1})
}

#[test]
fn titan() {
    chat("aws.bedrock").asks(
        json!({"inputText": "t", "textGenerationConfig": {"maxTokenCount": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["a"]}}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "request.stop_sequences": ["a"], "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"inputTextTokenCount": 4, "results": [{"tokenCount": 5, "outputText": "so", "completionReason": "FINISH"}]}),
        json!({"usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["FINISH"], "output": output("so", "stop")}),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"outputText": "s", "index": 0, "totalOutputTextTokenCount": null, "completionReason": null, "inputTextTokenCount": 4}),
            json!({"outputText": "o", "index": 0, "totalOutputTextTokenCount": 6, "completionReason": "LENGTH", "inputTextTokenCount": 4,
                "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"usage.input_tokens": 4, "usage.output_tokens": 6, "response.finish_reasons": ["LENGTH"], "output": output("so", "length")}),
    );
    embeddings("aws.bedrock").asks(
        json!({"inputText": "secret", "dimensions": 256, "normalize": true}),
        json!({"embeddings.dimension.count": 256}),
    );
    embeddings("aws.bedrock").answers(
        json!({"embedding": [0.5], "embeddingsByType": {"float": [0.5]}, "inputTextTokenCount": 4}),
        json!({"usage.input_tokens": 4}),
    );
}

#[test]
fn llama() {
    chat("aws.bedrock").asks(
        json!({"prompt": "t", "max_gen_len": 9, "temperature": 0.5, "top_p": 0.25}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"generation": "so", "prompt_token_count": 4, "generation_token_count": 5, "stop_reason": "length"}),
        json!({"usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["length"], "output": output("so", "length")}),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"generation": "s", "prompt_token_count": 4, "generation_token_count": 1, "stop_reason": null}),
            json!({"generation": "o", "prompt_token_count": null, "generation_token_count": 6, "stop_reason": "stop",
                "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"usage.input_tokens": 4, "usage.output_tokens": 6, "response.finish_reasons": ["stop"], "output": output("so", "stop")}),
    );
}

#[test]
fn mistral() {
    chat("aws.bedrock").asks(
        json!({"prompt": "t", "max_tokens": 9, "temperature": 0.5, "top_p": 0.25, "top_k": 3, "stop": ["a"]}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "request.top_k": 3.0,
            "request.stop_sequences": ["a"], "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"outputs": [{"text": "so", "stop_reason": "length"}]}),
        json!({"response.finish_reasons": ["length"], "output": output("so", "length")}),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"outputs": [{"text": "s", "stop_reason": null}]}),
            json!({"outputs": [{"text": "o", "stop_reason": "stop"}], "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["stop"], "output": output("so", "stop")}),
    );
    // Its chat.
    chat("aws.bedrock").asks(
        json!({"messages": [{"role": "user", "content": "t"}], "max_tokens": 9}),
        json!({"request.max_tokens": 9, "input": input("t")}),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "s"}, "stop_reason": null}]}),
            json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "o"}, "stop_reason": "stop"}],
                "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["stop"], "output": output("so", "stop")}),
    );
}

#[test]
fn cohere() {
    chat("aws.bedrock").asks(
        json!({"prompt": "t", "max_tokens": 9, "temperature": 0.5, "p": 0.25, "k": 3, "stop_sequences": ["a"], "num_generations": 2}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "request.top_k": 3.0,
            "request.stop_sequences": ["a"], "request.choice.count": 2, "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"id": "i", "prompt": "t", "generations": [{"id": "g", "text": "so", "finish_reason": "COMPLETE"}]}),
        json!({"response.id": "i", "response.finish_reasons": ["COMPLETE"], "output": output("so", "stop")}),
    );
    // Command R.
    chat("aws.bedrock").asks(
        json!({"message": "t", "chat_history": [{"role": "USER", "message": "h"}], "preamble": "s", "max_tokens": 9, "p": 0.25, "k": 3, "seed": 1}),
        json!({"request.max_tokens": 9, "request.top_p": 0.25, "request.top_k": 3.0, "request.seed": 1,
            "system": [{"type": "text", "content": "s"}],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "h"}]}, {"role": "user", "parts": [{"type": "text", "content": "t"}]}]}),
    );
    chat("aws.bedrock").answers(
        json!({"response_id": "i", "text": "so", "generation_id": "g", "chat_history": [], "finish_reason": "MAX_TOKENS"}),
        json!({"response.id": "i", "response.finish_reasons": ["MAX_TOKENS"], "output": output("so", "length")}),
    );
    for end in [
        json!({"event_type": "stream-end", "is_finished": true, "finish_reason": "COMPLETE",
            "response": {"response_id": "i", "text": "so", "finish_reason": "COMPLETE"}, "amazon-bedrock-invocationMetrics": metrics()}),
        json!({"is_finished": true, "finish_reason": "COMPLETE", "id": "i", "amazon-bedrock-invocationMetrics": metrics()}),
    ] {
        chat("aws.bedrock").streams(
            &[
                json!({"event_type": "text-generation", "is_finished": false, "text": "s"}),
                json!({"is_finished": false, "text": "o"}),
                end,
            ],
            json!({"response.id": "i", "usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["COMPLETE"],
                "output": output("so", "stop")}),
        );
    }
    embeddings("aws.bedrock").asks(
        json!({"texts": ["secret"], "input_type": "search_document", "embedding_types": ["float", "int8"], "output_dimension": 64}),
        json!({"request.encoding_formats": ["float", "int8"], "embeddings.dimension.count": 64}),
    );
    embeddings("aws.bedrock").answers(
        json!({"embeddings": [[0.5]], "id": "i", "response_type": "embeddings_floats", "texts": ["secret"]}),
        json!({}),
    );
}

#[test]
fn ai21() {
    chat("aws.bedrock").asks(
        json!({"prompt": "t", "maxTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["a"], "numResults": 2}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "request.stop_sequences": ["a"],
            "request.choice.count": 2, "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"id": 1234, "prompt": {"text": "t", "tokens": []}, "completions": [{"data": {"text": "so", "tokens": []},
            "finishReason": {"reason": "length", "length": 9}}]}),
        json!({"response.id": "1234", "response.finish_reasons": ["length"], "output": output("so", "length")}),
    );
    // Jamba speaks as OpenAI does.
    chat("aws.bedrock").streams(
        &[
            json!({"id": "i", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "so"}, "finish_reason": null}]}),
            json!({"id": "i", "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 8, "completion_tokens": 9}, "meta": {}, "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"response.id": "i", "usage.input_tokens": 8, "usage.output_tokens": 9, "response.finish_reasons": ["stop"],
            "output": output("so", "stop")}),
    );
}

#[test]
fn deepseek_and_imported_models() {
    chat("aws.bedrock").asks(
        json!({"prompt": "t", "max_tokens": 9, "temperature": 0.5, "top_p": 0.25, "stop": ["a"]}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "request.stop_sequences": ["a"], "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"choices": [{"text": "so", "stop_reason": "stop"}]}),
        json!({"response.finish_reasons": ["stop"], "output": output("so", "stop")}),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"choices": [{"text": "s", "stop_reason": null}]}),
            json!({"choices": [{"text": "o", "stop_reason": "length"}], "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["length"], "output": output("so", "length")}),
    );
    chat("aws.bedrock").answers(
        json!({"id": "", "object": "text_completion", "model": "m-1", "choices": [{"index": 0, "text": "so", "finish_reason": "length", "logprobs": null}],
            "usage": {"prompt_tokens": 4, "completion_tokens": 5}}),
        json!({"response.model": "m-1", "usage.input_tokens": 4, "usage.output_tokens": 5, "response.finish_reasons": ["length"],
            "output": output("so", "length")}),
    );
}

#[test]
fn claude() {
    chat("aws.bedrock").asks(
        json!({"prompt": "t", "max_tokens_to_sample": 9, "temperature": 0.5, "top_p": 0.25, "top_k": 3, "stop_sequences": ["a"]}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.top_p": 0.25, "request.top_k": 3.0,
            "request.stop_sequences": ["a"], "input": input("t")}),
    );
    chat("aws.bedrock").answers(
        json!({"type": "completion", "completion": "so", "stop_reason": "stop_sequence", "stop": "a"}),
        json!({"response.finish_reasons": ["stop_sequence"], "output": output("so", "stop")}),
    );
    chat("aws.bedrock").asks(
        json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "top_k": 3, "messages": [{"role": "user", "content": "t"}]}),
        json!({"request.max_tokens": 9, "request.top_k": 3.0, "input": input("t")}),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"type": "message_start", "message": {"id": "i", "type": "message", "role": "assistant", "model": "m-1", "content": [],
                "usage": {"input_tokens": 4, "output_tokens": 1}}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "so"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 6}}),
            json!({"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics()}),
        ],
        json!({"response.id": "i", "response.model": "m-1", "usage.input_tokens": 4, "usage.output_tokens": 6,
            "response.finish_reasons": ["end_turn"], "output": output("so", "stop")}),
    );
}

/// Each result has its own count, and the output is all of them.
#[test]
fn several_results_of_titan() {
    chat("aws.bedrock").answers(
        json!({"inputTextTokenCount": 4, "results": [{"tokenCount": 3, "outputText": "a", "completionReason": "FINISH"},
            {"tokenCount": 2, "outputText": "b", "completionReason": "LENGTH"}]}),
        super::with_usage(
            json!({"response.finish_reasons": ["FINISH", "LENGTH"], "output": [
                {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "a"}]},
                {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "b"}]}]}),
            &[("input_tokens", 4), ("output_tokens", 5)],
        ),
    );
}
