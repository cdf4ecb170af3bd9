//! Requests and answers with so few fields that two formats could claim them.

use serde_json::{Value, json};

use super::{chat, embeddings};

fn says(role: &str, text: &str) -> Value {
    json!([{"role": role, "parts": [{"type": "text", "content": text}]}])
}

fn output(parts: Value, word: &str) -> Value {
    json!([{"role": "assistant", "finish_reason": word, "parts": parts}])
}

fn text(text: &str) -> Value {
    json!([{"type": "text", "content": text}])
}

#[test]
fn a_body_with_a_model_is_not_of_converse() {
    chat("aws.bedrock").asks(
        json!({"model": "openai.gpt-oss-20b", "messages": [{"role": "user", "content": "t"}]}),
        json!({"request.model": "openai.gpt-oss-20b", "input": says("user", "t")}),
    );
    chat("aws.bedrock").asks(
        json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "t"},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]}]}),
        json!({"request.model": "m", "input": [{"role": "user", "parts": [{"type": "text", "content": "t"},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AA=="}]}]}),
    );
    // Gateways take some of Converse's fields beside those of their own format.
    chat("aws.bedrock").asks(
        json!({"model": "m", "messages": [{"role": "user", "content": "t"}], "guardrailConfig": {"guardrailIdentifier": "g"}}),
        json!({"request.model": "m", "input": says("user", "t")}),
    );
    chat("aws.bedrock").asks(
        json!({"model": "m", "prompt": "t", "max_tokens": 3}),
        json!({"request.model": "m", "request.max_tokens": 3, "input": says("user", "t")}),
    );
    chat("aws.bedrock").asks(
        json!({"model": "m", "input": "t"}),
        json!({"request.model": "m", "input": says("user", "t")}),
    );
}

#[test]
fn converse_is_known_by_its_blocks() {
    for more in [
        json!({}),
        json!({"serviceTier": {"type": "default"}}),
        json!({"requestMetadata": {"a": "b"}}),
    ] {
        let mut request = json!({"messages": [{"role": "user", "content": [{"text": "t"}]}], "system": [{"text": "s"}]});
        for (key, value) in more.as_object().into_iter().flatten() {
            request[key] = value.clone();
        }
        chat("aws.bedrock").asks(
            request,
            json!({"input": says("user", "t"), "system": text("s")}),
        );
    }
    // OpenAI's format behind InvokeModel has the model in the URL too.
    chat("aws.bedrock").asks(
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "t"}]}], "max_completion_tokens": 3}),
        json!({"request.max_tokens": 3, "input": says("user", "t")}),
    );
    chat("aws.bedrock").asks(
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "t"}]}]}),
        json!({"input": says("user", "t")}),
    );
}

#[test]
fn a_stored_prompt_needs_neither_model_nor_input() {
    for request in [
        json!({"prompt": {"id": "pmpt_1"}}),
        json!({"prompt": {"id": "pmpt_1", "version": "2", "variables": {"city": "Rome"}}, "stream": false}),
        json!({"previous_response_id": "resp_1"}),
    ] {
        chat("openai").asks(request, json!({"openai.api.type": "responses"}));
    }
    chat("openai").asks(
        json!({"prompt": {"id": "pmpt_1"}, "input": "t"}),
        json!({"openai.api.type": "responses", "input": says("user", "t")}),
    );
    // A prompt that is a text is one of completions, at whoever has the model in the URL too.
    chat("azure.ai.openai").loses(&["aws.bedrock"]).asks(
        json!({"prompt": "t", "n": 2, "frequency_penalty": 0.5}),
        json!({"request.choice.count": 2, "request.frequency_penalty": 0.5, "input": says("user", "t")}),
    );
}

#[test]
fn the_same_messages_at_two_apis() {
    // Anthropic's API takes both formats, and what is inside decides.
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    chat("anthropic").asks(
        json!({"model": "m", "max_tokens": 3, "messages": [{"role": "system", "content": "s"},
            {"role": "assistant", "content": null, "tool_calls": [call]}, {"role": "tool", "tool_call_id": "c", "content": "42"}]}),
        json!({"request.model": "m", "request.max_tokens": 3, "input": [
            {"role": "system", "parts": [{"type": "text", "content": "s"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "42"}]}]}),
    );
    chat("anthropic").asks(
        json!({"model": "m", "messages": [{"role": "user", "content": "t"}], "max_tokens": 3,
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}, {"type": "custom", "custom": {"name": "g"}}]}),
        json!({"request.model": "m", "request.max_tokens": 3, "input": says("user", "t"),
            "tools": [{"type": "function", "name": "f", "parameters": {}}, {"type": "custom", "name": "g"}]}),
    );
    chat("anthropic").asks(
        json!({"model": "m", "max_tokens": 3, "messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "https://a/b.png"}}]}]}),
        json!({"request.model": "m", "request.max_tokens": 3,
            "input": [{"role": "user", "parts": [{"type": "uri", "modality": "image", "uri": "https://a/b.png"}]}]}),
    );
    // Its own format.
    chat("anthropic").asks(
        json!({"model": "m", "max_tokens": 3, "output_format": {"type": "json_schema", "schema": {}},
            "messages": [{"role": "user", "content": "t"}]}),
        json!({"request.model": "m", "request.max_tokens": 3, "output.type": "json", "input": says("user", "t")}),
    );
    chat("cohere").asks(
        json!({"model": "m", "messages": [{"role": "user", "content": "t"}], "stop_sequences": ["a"], "p": 0.5}),
        json!({"request.model": "m", "request.top_p": 0.5, "request.stop_sequences": ["a"], "input": says("user", "t")}),
    );
}

#[test]
fn embeddings_of_several_media() {
    for (request, dimensions) in [
        (
            json!({"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": "GENERIC_INDEX",
            "embeddingDimension": 256, "text": {"truncationMode": "NONE", "value": "secret"}}}),
            256,
        ),
        (
            json!({"taskType": "SEGMENTED_EMBEDDING", "segmentedEmbeddingParams": {"embeddingDimension": 1024,
            "text": {"value": "secret", "segmentationConfig": {"maxLengthChars": 800}}}}),
            1024,
        ),
        (
            json!({"inputImage": "AA==", "inputText": "secret", "embeddingConfig": {"outputEmbeddingLength": 384}}),
            384,
        ),
        (
            json!({"inputImage": "AA==", "embeddingConfig": {"outputEmbeddingLength": 384}}),
            384,
        ),
    ] {
        embeddings("aws.bedrock").asks(request, json!({"embeddings.dimension.count": dimensions}));
    }
    embeddings("aws.bedrock").answers(
        json!({"embeddings": [{"embeddingType": "TEXT", "embedding": [0.5]}]}),
        json!({}),
    );
}

#[test]
fn a_text_beside_the_delta_or_the_message() {
    let piece = |delta: Value, text: Value, finish: Value| json!({"id": "i", "choices": [{"delta": delta, "finish_reason": finish, "index": 0, "text": text}]});
    let call =
        json!([{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{\"a\":1}"}}]);
    chat("together_ai").streams(
        &[
            piece(json!({"role": "assistant", "content": "", "reasoning": "Hm."}), json!(""), Value::Null),
            piece(json!({"content": "so"}), json!("so"), Value::Null),
            piece(json!({"content": "", "tool_calls": call}), json!(""), Value::Null),
            piece(json!({"content": ""}), json!(""), json!("tool_calls")),
        ],
        json!({"response.id": "i", "response.finish_reasons": ["tool_calls"], "output": output(json!([
            {"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "so"},
            {"type": "tool_call", "id": "c", "name": "f", "arguments": {"a": 1}}]), "tool_call")}),
    );
    // A completion has nothing else, or a null.
    chat("together_ai").streams(
        &[piece(Value::Null, json!("s"), Value::Null), json!({"choices": [{"text": "o", "finish_reason": "eos"}]})],
        json!({"response.id": "i", "response.finish_reasons": ["eos"], "output": output(text("so"), "stop")}),
    );
    chat("together_ai").answers(
        json!({"choices": [{"message": {"content": "so"}, "text": "so", "finish_reason": "stop"}]}),
        json!({"response.finish_reasons": ["stop"], "output": output(text("so"), "stop")}),
    );
}

#[test]
fn a_content_that_is_a_value() {
    for (content, shown) in [
        (json!({"title": "Apples"}), "{\"title\":\"Apples\"}"),
        (
            json!({"type": "fruit", "name": "Apples"}),
            "{\"name\":\"Apples\",\"type\":\"fruit\"}",
        ),
        (json!({"text": 1}), "{\"text\":1}"),
        (json!({}), "{}"),
        (
            json!([{"title": "Apples"}, {"title": "Pears"}]),
            "[{\"title\":\"Apples\"},{\"title\":\"Pears\"}]",
        ),
        (json!([1, 2]), "[1,2]"),
        (json!(7), "7"),
        (json!(false), "false"),
    ] {
        let shown: Value = serde_json::from_str(shown).expect("JSON");
        let shown = output(text(&shown.to_string()), "stop");
        let expected = json!({"response.finish_reasons": ["stop"], "output": shown});
        let choice = |key: &str| json!({"choices": [{"index": 0, key: {"role": "assistant", "content": content}, "finish_reason": "stop"}]});
        chat("openai").answers(choice("message"), expected.clone());
        chat("openai").streams(&[choice("delta")], expected.clone());
        chat("ollama").answers(
            json!({"message": {"role": "assistant", "content": content}, "done": true, "done_reason": "stop"}),
            expected.clone(),
        );
        chat("ollama").answers(
            json!({"response": content, "done": true, "done_reason": "stop"}),
            expected,
        );
    }
    // The text of a block likewise, in every format that has blocks.
    let value = json!({"answer": [4, 2]});
    let shown = text("{\"answer\":[4,2]}");
    let block = json!({"type": "text", "text": value});
    let expected = |reason: &str, word: &str| json!({"response.finish_reasons": [reason], "output": output(shown.clone(), word)});
    chat("openai").answers(
        json!({"choices": [{"message": {"content": [block]}, "finish_reason": "stop"}]}),
        expected("stop", "stop"),
    );
    chat("anthropic").answers(
        json!({"type": "message", "content": [block], "stop_reason": "end_turn"}),
        expected("end_turn", "stop"),
    );
    chat("anthropic").streams(
        &[
            json!({"type": "content_block_start", "index": 0, "content_block": block}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
        ],
        expected("end_turn", "stop"),
    );
    chat("gcp.gemini").answers(
        json!({"candidates": [{"content": {"parts": [{"text": value}]}, "finishReason": "STOP"}]}),
        expected("STOP", "stop"),
    );
    chat("gcp.gemini").answers(
        json!({"object": "interaction", "status": "completed", "outputs": [block]}),
        expected("stop", "stop"),
    );
    chat("aws.bedrock").answers(
        json!({"output": {"message": {"content": [{"text": value}]}}, "stopReason": "end_turn"}),
        expected("end_turn", "stop"),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"contentBlockIndex": 0, "delta": {"text": value}}),
            json!({"stopReason": "end_turn"}),
        ],
        expected("end_turn", "stop"),
    );
    for content in [value.clone(), json!([block])] {
        chat("cohere").answers(
            json!({"id": "i", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": content}}),
            json!({"response.id": "i", "response.finish_reasons": ["COMPLETE"], "output": output(shown.clone(), "stop")}),
        );
    }
    // One block without a list around it is a block.
    chat("openai").answers(
        json!({"choices": [{"message": {"content": {"type": "text", "text": "so"}}, "finish_reason": "stop"}]}),
        json!({"response.finish_reasons": ["stop"], "output": output(text("so"), "stop")}),
    );
    chat("openai").asks(
        json!({"model": "m", "messages": [{"role": "user", "content": {"a": 1}}]}),
        json!({"request.model": "m", "openai.api.type": "chat_completions", "input": says("user", "{\"a\":1}")}),
    );
}
