//! What is done with the arguments, written out.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use crate::plan::{Does, Step};

/// The statements of these steps.
pub(super) fn statements(steps: &[Step]) -> TokenStream {
    steps.iter().map(statement).collect()
}

fn statement(step: &Step) -> TokenStream {
    let cfg = &step.cfg;
    match &step.does {
        Does::Rebind {
            name,
            mutability,
            is_said_unused,
        } => {
            let quiet = is_said_unused.then(|| {
                quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)])
            });
            quote!(#(#cfg)* #quiet let #mutability #name = #name;)
        }
        Does::TakeApart { whole, pattern } => quote!(#(#cfg)* let #pattern = #whole;),
        Does::PutBack { whole, parts } => {
            let parts = parts.iter().map(|part| {
                let (place, name) = (&part.place, &part.name);
                quote!(#whole #(.#place)* = #name;)
            });
            if cfg.is_empty() {
                quote!(#(#parts)*)
            } else {
                quote!(#(#cfg)* { #(#parts)* })
            }
        }
        Does::Use { name } => quote!(#(#cfg)* let _ = &#name;),
        Does::Capture { names, receiver } => {
            let names = names.iter().map(|name| name.to_token_stream());
            let names = names.chain(receiver.map(|receiver| receiver.to_token_stream()));
            quote!(let _ = (#(&#names,)*);)
        }
    }
}
