//! Any tokens as attribute and item: no panic, no hang, and what comes out is the function or errors beside the item.
//!
//! `cargo +nightly fuzz run -O -s none attributes -- -max_len=512 -timeout=10`. Most inputs are read as the choices of a
//! generator, so that every one of them is tokens; the rest are texts. A procedural macro cannot be linked, so its modules are
//! compiled in here.
#![no_main]
#![allow(dead_code)]

#[path = "../../genai-macros/src/args/mod.rs"]
mod args;
#[path = "../../genai-macros/src/attributes.rs"]
mod attributes;
#[path = "../../genai-macros/src/check/mod.rs"]
mod check;
#[path = "../../genai-macros/src/client_types.rs"]
#[rustfmt::skip]
mod client_types;
#[path = "../../genai-macros/src/clients.rs"]
mod clients;
#[path = "../../genai-macros/src/dependency.rs"]
mod dependency;
#[path = "../../genai-macros/src/depth.rs"]
mod depth;
#[path = "../../genai-macros/src/derive/mod.rs"]
mod derive;
#[path = "../../genai-macros/src/diag/mod.rs"]
mod diag;
#[path = "../../genai-macros/src/entry.rs"]
mod entry;
#[path = "../../genai-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../genai-macros/src/tests/generator/mod.rs"]
mod generator;
#[path = "../../genai-macros/src/ide.rs"]
mod ide;
#[path = "../../genai-macros/src/ir.rs"]
mod ir;
#[path = "../../genai-macros/src/item.rs"]
mod item;
#[path = "../../genai-macros/src/mcp/mod.rs"]
mod mcp;
#[path = "../../genai-macros/src/methods.rs"]
mod methods;
#[path = "../../genai-macros/src/order.rs"]
mod order;
#[path = "../../genai-macros/src/patterns.rs"]
mod patterns;
#[path = "../../genai-macros/src/plan/mod.rs"]
mod plan;
#[path = "../../genai-macros/src/registry/mod.rs"]
mod registry;
#[path = "../../genai-macros/src/shape.rs"]
mod shape;

use generator::{Case, Choices};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let written = match data {
        // An operation has a number below 32; a text begins with one of these.
        [name @ 128..=255, text @ ..] => {
            std::str::from_utf8(text).ok().and_then(|text| Case::read(*name, text))
        }
        _ => None,
    };
    let case = written.unwrap_or_else(|| Case::generate(&mut Choices(&mut data.iter().copied())));
    case.check();
});
