//! Output that is no text: sound, images, details of reasoning, cited text. It is a part of the message, and the first of it
//! ends the time to the first chunk, with content and without.

use serde_json::{Value, json};

use super::chat;
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::Room;
use crate::extract::traits::Chunk;
use crate::extract::wire::{ByteAccumulator, Wire};

fn output(parts: Value, reason: &str, word: &str) -> Value {
    json!({"response.finish_reasons": [reason], "output": [{"role": "assistant", "finish_reason": word, "parts": parts}]})
}

fn stopped(parts: Value) -> Value {
    output(parts, "stop", "stop")
}

fn chunk(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

fn end() -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
}

fn message(message: Value) -> Value {
    json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
}

/// The first chunk that is output, however the chunks come.
fn first(chunks: &[Value]) -> Option<usize> {
    let mut found = Vec::new();
    for content in [true, false] {
        let mut value = Accumulator::new(content, Room::default());
        let mut typed = Accumulator::new(content, Room::default());
        let mut bytes = ByteAccumulator::new(content);
        let is_output = |chunk: &Value| {
            Chunk::record_chunk(chunk, &mut value);
            Chunk::record_chunk(&Wire::detect(chunk), &mut typed);
            let ways = [
                value.take_output(),
                typed.take_output(),
                bytes.feed(format!("data: {chunk}\n\n").as_bytes()),
            ];
            assert!(ways == [true; 3] || ways == [false; 3], "{chunk}: {ways:?}");
            ways == [true; 3]
        };
        found.push(chunks.iter().position(is_output));
    }
    assert_eq!(found.first(), found.last());
    found.pop().flatten()
}

#[test]
fn the_first_output_of_any_kind() {
    let role = chunk(json!({"role": "assistant", "content": ""}));
    for delta in [
        json!({"audio": {"id": "a", "data": "AA=="}}),
        json!({"audio": {"transcript": "so"}}),
        json!({"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]}),
        json!({"reasoning_details": [{"type": "reasoning.text", "text": "why"}]}),
        json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}),
        json!({"hologram": {"rays": 1}}),
        json!({"content": [{"type": "hologram", "rays": 1}]}),
        json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}]}),
    ] {
        let chunks = [role.clone(), chunk(delta.clone()), end()];
        assert_eq!(first(&chunks), Some(1), "{delta}");
    }
    for delta in [
        json!({"annotations": [], "audio": {}, "images": [], "tool_calls": [], "hologram": {}}),
        json!({"reasoning": "", "reasoning_details": [], "function_call": null, "refusal": null}),
        json!({"tool_calls": [{"index": 0, "id": "", "function": {"name": "", "arguments": ""}}]}),
        json!({"audio": {"data": "", "transcript": ""}, "function_call": {"name": "", "arguments": ""}}),
    ] {
        let chunks = [role.clone(), chunk(delta.clone()), end()];
        assert_eq!(first(&chunks), Some(2), "{delta}");
    }
    let event = |event: Value| {
        [
            json!({"type": "response.created", "response": {"id": "r"}}),
            event,
        ]
    };
    for (kind, field, value) in [
        ("response.audio.delta", "delta", json!("AA==")),
        ("response.audio.transcript.delta", "delta", json!("so")),
        (
            "response.image_generation_call.partial_image",
            "partial_image_b64",
            json!("AA=="),
        ),
        (
            "response.code_interpreter_call_code.delta",
            "delta",
            json!("1"),
        ),
        ("response.hologram.delta", "delta", json!({"rays": 1})),
    ] {
        let chunks = event(json!({"type": kind, "output_index": 0, "item_id": "i", field: value}));
        assert_eq!(first(&chunks), Some(1), "{kind}");
    }
    let searching = event(
        json!({"type": "response.web_search_call.searching", "output_index": 0, "item_id": "w"}),
    );
    assert_eq!(first(&searching), None);
    for delta in [
        json!({"citation": {"title": "t"}}),
        json!({"image": {"source": {"bytes": "AA=="}}}),
        json!({"hologram": {"rays": 1}}),
        json!({"toolResult": [{"text": "a"}]}),
    ] {
        let chunks = [
            json!({"messageStart": {"role": "assistant"}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": delta}}),
        ];
        assert_eq!(first(&chunks), Some(1), "{delta}");
    }
    for delta in [
        json!({"type": "compaction_delta", "content": "x"}),
        json!({"type": "hologram_delta", "rays": 1}),
    ] {
        let chunks = [
            json!({"type": "message_start", "message": {"id": "m", "content": []}}),
            json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        ];
        assert_eq!(first(&chunks), Some(1), "{delta}");
    }
}

#[test]
fn sound() {
    let said = json!([{"type": "blob", "modality": "audio", "content": "AAAABBBB"}, {"type": "text", "content": "Hello!"}]);
    chat("openai").answers(
        message(json!({"role": "assistant", "content": null,
            "audio": {"id": "a", "data": "AAAABBBB", "expires_at": 2, "transcript": "Hello!"}})),
        stopped(said.clone()),
    );
    chat("openai").streams(
        &[
            chunk(json!({"role": "assistant", "audio": {"id": "a", "data": "AAAA"}})),
            chunk(json!({"audio": {"transcript": "Hel"}})),
            chunk(json!({"audio": {"data": "BBBB", "transcript": "lo!"}})),
            chunk(json!({"audio": {"expires_at": 2}})),
            end(),
        ],
        stopped(said.clone()),
    );
    // What was said goes back under its id.
    chat("openai").asks(
        json!({"model": "m", "messages": [{"role": "assistant", "audio": {"id": "a"}}], "n": 1}),
        json!({"request.model": "m", "openai.api.type": "chat_completions",
            "input": [{"role": "assistant", "parts": [{"type": "file", "modality": "audio", "file_id": "a"}]}]}),
    );
    let delta = |kind: &str, text: &str| json!({"type": format!("response.{kind}.delta"), "output_index": 0, "item_id": "i", "delta": text});
    chat("openai").streams(
        &[
            delta("output_audio", "AAAA"),
            delta("output_audio_transcript", "Hel"),
            delta("audio", "BBBB"),
            delta("audio.transcript", "lo!"),
            json!({"type": "response.completed", "response": {"status": "completed", "output": []}}),
        ],
        stopped(said.clone()),
    );
    chat("openai").answers(
        json!({"object": "response", "status": "completed", "output": [{"type": "message", "content": [
            {"type": "output_audio", "data": "AAAABBBB", "transcript": "Hello!"}]}]}),
        stopped(said),
    );
}

#[test]
fn images() {
    let images = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}, {"image_url": "https://a.b/c.png"},
        {"b64_json": "BB=="}, "CC==", {"type": "hologram"}, 7]);
    let seen = json!([{"type": "text", "content": "Here."}, {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
        {"type": "uri", "modality": "image", "uri": "https://a.b/c.png"}, {"type": "blob", "modality": "image", "content": "BB=="},
        {"type": "blob", "modality": "image", "content": "CC=="}]);
    chat("openrouter").answers(
        message(json!({"content": "Here.", "images": images})),
        stopped(seen.clone()),
    );
    chat("openrouter").streams(
        &[
            chunk(json!({"content": "Here."})),
            chunk(json!({"images": images})),
            end(),
        ],
        stopped(seen),
    );
    let image =
        json!([{"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"}]);
    chat("aws.bedrock").streams(
        &[
            json!({"contentBlockStart": {"contentBlockIndex": 0, "start": {"image": {"format": "png"}}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"image": {"source": {"bytes": "AA"}}}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"image": {"source": {"bytes": "AA"}}}}}),
            json!({"messageStop": {"stopReason": "end_turn"}}),
        ],
        output(image, "end_turn", "stop"),
    );
}

/// Details of the reasoning say again what lies beside them as plain text; where nothing does, they are all there is.
#[test]
fn reasoning() {
    let detail = |text: &str| json!([{"type": "reasoning.text", "index": 0, "text": text}]);
    let expected = stopped(
        json!([{"type": "reasoning", "content": "why"}, {"type": "text", "content": "so"}]),
    );
    for plain in ["reasoning", "reasoning_content"] {
        chat("openrouter").answers(
            message(json!({plain: "why", "content": "so", "reasoning_details": detail("why")})),
            expected.clone(),
        );
        chat("openrouter").streams(
            &[
                chunk(json!({plain: "wh", "reasoning_details": detail("wh")})),
                chunk(json!({plain: "y", "reasoning_details": detail("y")})),
                chunk(json!({"reasoning_details": [{"type": "reasoning.text", "text": "why", "signature": "s"}]})),
                chunk(json!({"content": "so"})),
                end(),
            ],
            expected.clone(),
        );
    }
    let details = json!([{"type": "reasoning.summary", "summary": "wh"}, {"type": "reasoning.encrypted", "data": "x"},
        {"type": "reasoning.text", "text": "y"}]);
    chat("openrouter").answers(
        message(json!({"content": "so", "reasoning_details": details})),
        expected.clone(),
    );
    chat("openrouter").streams(
        &[
            chunk(json!({"content": "", "reasoning_details": detail("wh")})),
            chunk(json!({"reasoning_details": detail("y")})),
            chunk(json!({"content": "so"})),
            end(),
        ],
        expected.clone(),
    );
    for block in [
        json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}]}),
        json!({"type": "reasoning", "content": [{"type": "text", "text": "why"}]}),
        json!({"type": "reasoning", "text": "why"}),
        json!({"type": "thinking", "thinking": [{"type": "text", "text": "why"}]}),
    ] {
        let content = json!([block, {"type": "text", "text": "so"}]);
        chat("x").answers(message(json!({"content": content})), expected.clone());
        chat("x").streams(
            &[chunk(json!({"content": content})), end()],
            expected.clone(),
        );
    }
}

/// Text with its sources is text; the sources alone were not said.
#[test]
fn citations_of_converse() {
    let cited = json!({"content": [{"text": "It is "}, {"text": "so."}], "citations": [{"title": "t", "location": {"web": {"url": "u"}}}]});
    chat("aws.bedrock").answers(
        json!({"output": {"message": {"content": [{"text": "Well. "}, {"citationsContent": cited},
            {"citationsContent": {"citations": [{"title": "t"}]}}]}}, "stopReason": "end_turn"}),
        output(
            json!([{"type": "text", "content": "Well. "}, {"type": "text", "content": "It is so."}]),
            "end_turn",
            "stop",
        ),
    );
    chat("aws.bedrock").streams(
        &[
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "It is "}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"citation": {"title": "t"}}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "so."}}}),
            json!({"messageStop": {"stopReason": "end_turn"}}),
        ],
        output(json!([{"type": "text", "content": "It is so."}]), "end_turn", "stop"),
    );
    chat("aws.bedrock").asks(
        json!({"inferenceConfig": {"maxTokens": 9}, "outputConfig": {"textFormat": {"type": "json_schema",
            "structure": {"jsonSchema": {"name": "x", "schema": "{}"}}}}}),
        json!({"request.max_tokens": 9, "output.type": "json"}),
    );
}
