//! Chunks that are passed by at a glance: without content they must be those that say nothing.

use serde_json::{Value, json};

use super::bad_input::{Dice, documents, spoil};
use crate::Accumulator;
use crate::diag::rounds;
use crate::extract::budget::Room;
use crate::extract::traits::Chunk;
use crate::extract::wire::probe::Probe;

/// A field of any document, wherever in it.
fn any_field(documents: &[Value], dice: &mut Dice) -> Option<(String, Value)> {
    let mut value = documents.get(dice.roll(documents.len()))?;
    loop {
        let (key, inner) = match value {
            Value::Object(fields) => fields.iter().nth(dice.roll(fields.len().max(1)))?,
            Value::Array(list) => {
                value = list.get(dice.roll(list.len().max(1)))?;
                continue;
            }
            _ => return None,
        };
        if dice.roll(2) == 0 {
            return Some((key.clone(), inner.clone()));
        }
        value = inner;
    }
}

/// Puts a field of another document somewhere in `value`.
fn add_field(value: &mut Value, (key, field): (String, Value), dice: &mut Dice) {
    match value {
        Value::Array(list) if !list.is_empty() => {
            let at = dice.roll(list.len());
            add_field(&mut list[at], (key, field), dice);
        }
        Value::Object(fields) => {
            let at = dice.roll(2 * fields.len().max(1));
            match fields.iter_mut().nth(at) {
                Some((_, inner)) if inner.is_object() || inner.is_array() => {
                    add_field(inner, (key, field), dice);
                }
                _ => {
                    fields.insert(key, field);
                }
            }
        }
        _ => {}
    }
}

/// What a glance passes by must be what a walk would not have noticed.
#[test]
fn quiet_chunks_change_nothing() {
    let mut dice = Dice(4);
    let mut quiet = 0;
    let documents = documents();
    for document in &documents {
        for _ in 0..rounds(600) {
            let mut value = document.clone();
            match dice.roll(3) {
                0 => spoil(&mut value, &mut dice),
                1 => value = json!({"type": "content_block_delta", "choices": [{"index": 0}]}),
                _ => {}
            }
            for _ in 0..dice.roll(3) {
                if let Some(field) = any_field(&documents, &mut dice) {
                    add_field(&mut value, field, &mut dice);
                }
            }
            let mut glanced = Accumulator::new(false, Room::default());
            Chunk::record_chunk(document, &mut glanced);
            glanced.text(0, "some");
            let mut walked = Accumulator::new(false, Room::default());
            Chunk::record_chunk(document, &mut walked);
            walked.text(0, "some");
            quiet += usize::from(crate::extract::wire::quiet::is_quiet(&value, &glanced));
            Chunk::record_chunk(&value, &mut glanced);
            crate::extract::wire::read::chunk(&value, None, &mut walked);
            let recorded = [glanced, walked].map(|stream| {
                // Of OpenAI, so that its own attributes are recorded too.
                let mut op = Probe::new("openai", false, false);
                stream.finish(&mut op.recorder());
                op
            });
            let [a, b] = &recorded;
            assert_eq!(a.facts(), b.facts(), "{value}");
            assert_eq!(a.error(), b.error(), "{value}");
        }
    }
    assert!(quiet > rounds(1000), "{quiet}");
}

/// What may come late in a stream whose chunks have said nothing else for long.
#[test]
fn late_facts_are_noticed_without_content() {
    let late = [
        (
            json!({"id": "i", "model": "m", "choices": [{"index": 0, "delta": {"content": "t"}}]}),
            json!({"id": "i", "model": "m", "choices": [], "service_tier": "default", "system_fingerprint": "fp"}),
        ),
        (
            json!({"type": "content-start", "index": 0, "delta": {"message": {"content": {"text": "t"}}}}),
            json!({"type": "content-delta", "index": 0, "delta": {"finish_reason": "COMPLETE", "message": {}}}),
        ),
        (
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "t"}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {}, "usage": {"output_tokens": 1}}),
        ),
        (
            json!({"model": "", "done": false, "message": {"content": "t"}}),
            json!({"model": "m", "done": false, "message": {"content": "t"}}),
        ),
    ];
    for (first, second) in late {
        let facts = [0, 1].map(|with| {
            let mut op = Probe::new("openai", false, false);
            let mut stream = Accumulator::new(false, Room::default());
            Chunk::record_chunk(&first, &mut stream);
            if with == 1 {
                Chunk::record_chunk(&second, &mut stream);
            }
            stream.finish(&mut op.recorder());
            op.facts()
        });
        assert!(facts[1].len() > facts[0].len(), "{second}: {facts:?}");
    }
}
