//! Answers that come twice, in pieces and then whole, with little room: the whole one has the room of the pieces again.

use serde_json::{Value, json};

use crate::content::message::Part;
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::Room;
use crate::extract::traits::Chunk;
use crate::extract::wire::ByteAccumulator;
use crate::extract::wire::probe::Probe;

const ROOM: usize = 40_000;

fn room() -> Room {
    Room {
        bytes: ROOM,
        ..Room::default()
    }
}

/// The texts, with a bar between parts.
fn said(stream: Accumulator) -> String {
    let mut op = Probe::new("", false, true);
    stream.finish(&mut op.recorder());
    let parts = op.output().iter().flat_map(|message| &message.parts);
    parts
        .map(|part| match part {
            Part::Text { content } => content.as_str(),
            // That something was left out.
            _ => "",
        })
        .collect::<Vec<_>>()
        .join("|")
}

/// As values, and as the bytes of a body.
fn both(chunks: &[Value]) -> [String; 2] {
    let mut values = Accumulator::new(true, room());
    for chunk in chunks {
        Chunk::record_chunk(chunk, &mut values);
    }
    let mut bytes = ByteAccumulator::of(Accumulator::new(true, room()), 1 << 20);
    for chunk in chunks {
        bytes.feed(format!("data: {chunk}\n\n").as_bytes());
    }
    [said(values), said(bytes.end())]
}

fn responses(text: &str) -> Vec<Value> {
    let message = json!({"type": "message", "role": "assistant", "id": "msg_1",
        "content": [{"type": "output_text", "text": text, "annotations": []}]});
    let mut events = vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "object": "response",
            "model": "m", "output": []}}),
        json!({"type": "response.output_item.added", "output_index": 0,
            "item": {"type": "message", "role": "assistant", "id": "msg_1", "content": []}}),
    ];
    for piece in text.as_bytes().chunks(1_000) {
        let piece = String::from_utf8_lossy(piece);
        events.push(
            json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0,
            "content_index": 0, "delta": piece}),
        );
    }
    events.push(
        json!({"type": "response.completed", "response": {"id": "resp_1", "object": "response",
        "model": "m", "status": "completed", "output": [message]}}),
    );
    events
}

fn interactions(text: &str) -> Vec<Value> {
    let mut events = vec![
        json!({"event_type": "interaction.start", "interaction": {"id": "i_1", "object": "interaction",
            "model": "m", "status": "in_progress"}}),
        json!({"event_type": "step.start", "index": 0, "step": {"type": "model_output"}}),
    ];
    for piece in text.as_bytes().chunks(1_000) {
        let piece = String::from_utf8_lossy(piece);
        events.push(json!({"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": piece}}));
    }
    events.push(
        json!({"event_type": "interaction.complete", "interaction": {"id": "i_1", "object": "interaction",
        "model": "m", "status": "completed",
        "steps": [{"type": "model_output", "content": [{"type": "text", "text": text}]}]}}),
    );
    events
}

/// Perplexity: every chunk has the message so far beside its delta; the last one's delta is empty.
fn perplexity(text: &str) -> Vec<Value> {
    let mut chunks = Vec::new();
    let mut so_far = String::new();
    for piece in text.as_bytes().chunks(1_000) {
        let piece = String::from_utf8_lossy(piece);
        so_far.push_str(&piece);
        chunks.push(
            json!({"id": "p", "model": "m", "object": "chat.completion.chunk", "choices": [{"index": 0,
            "delta": {"role": "assistant", "content": piece},
            "message": {"role": "assistant", "content": so_far}}]}),
        );
    }
    chunks.push(
        json!({"id": "p", "model": "m", "object": "chat.completion.chunk", "choices": [{"index": 0,
        "delta": {"role": "assistant", "content": ""}, "finish_reason": "stop",
        "message": {"role": "assistant", "content": text}}]}),
    );
    chunks
}

#[test]
fn an_answer_that_fits_stays_whole() {
    for length in [10_000, ROOM / 2 + 5_000, ROOM - 2_000] {
        let text = "a".repeat(length);
        for format in [responses, interactions, perplexity] {
            for said in both(&format(&text)) {
                assert!(said == text, "{length}: {} bytes", said.len());
            }
        }
    }
}

#[test]
fn one_that_does_not_keeps_its_beginning() {
    let text = "a".repeat(3 * ROOM);
    for format in [responses, interactions, perplexity] {
        for said in both(&format(&text)) {
            let kept = said.bytes().take_while(|byte| *byte == b'a').count();
            assert!((ROOM - 1_500..=ROOM).contains(&kept), "{kept} bytes");
        }
    }
}

/// A block that is done takes the place of the one that was begun: not the room of two.
#[test]
fn a_block_that_is_done_is_counted_once() {
    let search = |n: u64, text: &str| {
        json!({"type": "web_search_call", "id": format!("ws_{n}"), "status": "completed",
            "action": {"type": "search", "query": text}})
    };
    let text = "q".repeat(15_000);
    let mut events = vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "object": "response",
        "model": "m", "output": []}}),
    ];
    for n in 0..2 {
        for kind in ["added", "done"] {
            events.push(
                json!({"type": format!("response.output_item.{kind}"), "output_index": n,
                "item": search(n, &text)}),
            );
        }
    }
    let mut stream = Accumulator::new(true, room());
    for event in &events {
        Chunk::record_chunk(event, &mut stream);
    }
    let mut op = Probe::new("", false, true);
    stream.finish(&mut op.recorder());
    let calls = op.output().iter().flat_map(|message| &message.parts);
    assert_eq!(calls.count(), 2);
}
