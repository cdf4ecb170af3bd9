//! A call inside a scope with a conversation and three properties, beside one without: the difference is reading the context
//! and putting four attributes on the span.

use std::hint::black_box;

use genai::GenAiContext;

use super::call::{given, ours};
use crate::harness::{Variant, looped};
use crate::world::{fixture, now};

fn scoped(properties: usize, has_conversation: bool) -> crate::harness::Batch {
    given();
    let (client, req) = fixture();
    let mut context = GenAiContext::new().conversation_id(has_conversation.then_some("c-17"));
    for key in ["user.id", "tenant", "feature"].iter().take(properties) {
        context = context.property(key, "value");
    }
    // The scope lasts as long as the process.
    std::mem::forget(context.attach());
    looped(move || {
        black_box(now(ours(black_box(&client), &req)).is_ok());
    })
}

pub(super) static VARIANTS: &[Variant] = &[
    Variant::new("context", "context_none", || {
        given();
        let (client, req) = fixture();
        looped(move || {
            black_box(now(ours(black_box(&client), &req)).is_ok());
        })
    }),
    // An open scope that holds nothing: what finding it costs.
    Variant::new("context", "context_empty_scope", || scoped(0, false)),
    Variant::new("context", "context_4", || scoped(3, true)),
];
