//! A call inside a scope with a conversation and three properties, beside one without: the difference is reading the context
//! and putting four attributes on the span.

use std::hint::black_box;

use genai::GenAiContext;

use super::call::{given, ours};
use crate::harness::{Variant, looped};
use crate::world::{fixture, now};

/// Opens a scope that lasts as long as the process.
fn open(properties: usize, has_conversation: bool) {
    let mut context = GenAiContext::new().conversation_id(has_conversation.then_some("c-17"));
    for key in ["user.id", "tenant", "feature"].iter().take(properties) {
        context = context.property(key, "value");
    }
    std::mem::forget(context.attach());
}

fn scoped(properties: usize, has_conversation: bool) -> crate::harness::Batch {
    given();
    let (client, req) = fixture();
    open(properties, has_conversation);
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
    // The read that is open to users: it also counts a reference.
    Variant::new("context", "context_read", || {
        open(3, true);
        looped(|| {
            black_box(genai::context().is_empty());
        })
    }),
];
