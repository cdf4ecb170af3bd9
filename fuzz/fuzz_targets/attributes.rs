//! Any tokens as attribute and item: no panic, and what comes out parses. `cargo +nightly fuzz run attributes`
//!
//! A procedural macro cannot be linked, so its modules are compiled in here.
#![no_main]
#![allow(dead_code)]

#[path = "../../genai-macros/src/args/mod.rs"]
mod args;
#[path = "../../genai-macros/src/check/mod.rs"]
mod check;
#[path = "../../genai-macros/src/derive/mod.rs"]
mod derive;
#[path = "../../genai-macros/src/diag/mod.rs"]
mod diag;
#[path = "../../genai-macros/src/entry.rs"]
mod entry;
#[path = "../../genai-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../genai-macros/src/ir.rs"]
mod ir;
#[path = "../../genai-macros/src/item.rs"]
mod item;
#[path = "../../genai-macros/src/registry/mod.rs"]
mod registry;
#[path = "../../genai-macros/src/shape.rs"]
mod shape;

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

const OPERATIONS: [&str; 8] =
    ["chat", "embeddings", "agent", "tool", "workflow", "retrieval", "context", "span"];
const FUNCTION: &str = "async fn ask(client: &Client, req: Req, text: String) -> Result<Reply, Error> { client.create(req).await }";

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let operation = OPERATIONS[usize::from(*kind) % OPERATIONS.len()];
    // Half of the inputs are attributes of a function, half bring an item of their own.
    let (attr, item) = match text.split_once('\u{1}') {
        Some((attr, item)) => (attr, item),
        None => (text, FUNCTION),
    };
    let (Ok(attr), Ok(item)) = (attr.parse::<TokenStream>(), item.parse::<TokenStream>()) else {
        return;
    };
    let out = entry::run(operation, attr, item.clone());
    if syn::parse2::<syn::Item>(item).is_ok() {
        syn::parse2::<syn::File>(out).expect("what comes out of an item is items");
    }
});
