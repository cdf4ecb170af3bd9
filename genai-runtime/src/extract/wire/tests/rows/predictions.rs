//! Vertex AI's `:predict`.

use serde_json::json;

use super::{chat, embeddings, with_usage};

#[test]
fn embeddings_count_for_each_text() {
    embeddings("gcp.vertex_ai").asks(
        json!({"instances": [{"content": "a", "task_type": "RETRIEVAL_QUERY"}, {"content": "b"}],
            "parameters": {"outputDimensionality": 256, "autoTruncate": true}}),
        json!({"embeddings.dimension.count": 256}),
    );
    let prediction = |tokens: u64| json!({"embeddings": {"values": [0.5, -0.25], "statistics": {"truncated": false, "token_count": tokens}}});
    embeddings("gcp.vertex_ai").answers(
        json!({"predictions": [prediction(6), prediction(4)], "metadata": {"billableCharacterCount": 11}}),
        with_usage(json!({}), &[("input_tokens", 10)]),
    );
}

/// Models of Model Garden have a request and an answer in OpenAI's format inside.
#[test]
fn the_format_of_openai_inside() {
    chat("gcp.vertex_ai").asks(
        json!({"instances": [{"@requestFormat": "chatCompletions", "messages": [{"role": "user", "content": "a"}], "max_tokens": 9,
            "temperature": 0.5, "stop": ["x"]}]}),
        json!({"request.max_tokens": 9, "request.temperature": 0.5, "request.stop_sequences": ["x"],
            "input": [{"role": "user", "parts": [{"type": "text", "content": "a"}]}]}),
    );
    let said = |text: &str, word: &str| json!({"role": "assistant", "finish_reason": word, "parts": [{"type": "text", "content": text}]});
    let answered = json!({"id": "i", "object": "chat.completion", "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "b"}, "finish_reason": "stop"},
        {"index": 1, "message": {"role": "assistant", "content": "c", "tool_calls": []}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}});
    for predictions in [answered.clone(), json!([answered])] {
        chat("gcp.vertex_ai").answers(
            json!({"predictions": predictions, "deployedModelId": "1", "model": "projects/1"}),
            with_usage(
                json!({"response.id": "i", "response.model": "m", "response.finish_reasons": ["stop", "length"],
                    "output": [said("b", "stop"), said("c", "length")]}),
                &[("input_tokens", 3), ("output_tokens", 4)],
            ),
        );
    }
}

#[test]
fn chats_and_prompts() {
    let metadata = json!({"tokenMetadata": {"inputTokenCount": {"totalTokens": 7, "totalBillableCharacters": 20},
        "outputTokenCount": {"totalTokens": 3, "totalBillableCharacters": 9}}});
    let counted = |more| with_usage(more, &[("input_tokens", 7), ("output_tokens", 3)]);
    let said = |role: &str, text: &str| json!({"role": role, "parts": [{"type": "text", "content": text}]});
    chat("gcp.vertex_ai").asks(
        json!({"instances": [{"context": "s", "examples": [{"input": {"content": "e"}, "output": {"content": "f"}}],
            "messages": [{"author": "user", "content": "a"}, {"author": "bot", "content": "b"}, {"author": "user", "content": "c"}]}],
            "parameters": {"temperature": 0.5, "maxOutputTokens": 9, "topP": 0.25, "topK": 3, "candidateCount": 2, "stopSequences": ["x"]}}),
        json!({"request.temperature": 0.5, "request.max_tokens": 9, "request.top_p": 0.25, "request.top_k": 3.0, "request.choice.count": 2,
            "request.stop_sequences": ["x"], "system": [{"type": "text", "content": "s"}],
            "input": [said("user", "e"), said("assistant", "f"), said("user", "a"), said("assistant", "b"), said("user", "c")]}),
    );
    chat("gcp.vertex_ai").answers(
        json!({"predictions": [{"candidates": [{"author": "1", "content": "d"}, {"author": "1", "content": "e"}],
            "safetyAttributes": [{"blocked": false}], "citationMetadata": [{"citations": []}]}], "metadata": metadata}),
        counted(json!({"output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "d"}]},
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "e"}]}]})),
    );
    chat("gcp.vertex_ai").asks(
        json!({"instances": [{"prompt": "a"}], "parameters": {"sampleCount": 2}}),
        json!({"request.choice.count": 2, "input": [said("user", "a")]}),
    );
    chat("gcp.vertex_ai").answers(
        json!({"predictions": [{"content": "b"}, "c", {"bytesBase64Encoded": "AA==", "mimeType": "image/png"}], "metadata": metadata}),
        counted(json!({"output": [
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "b"}]},
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "c"}]},
            {"role": "assistant", "finish_reason": "stop", "parts": [
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="}]}]})),
    );
}
