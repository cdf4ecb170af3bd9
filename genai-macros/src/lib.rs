//! The attribute macros of `genai-runtime`; use them through that crate.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod args;
mod attributes;
mod check;
#[rustfmt::skip]
mod client_types;
mod clients;
mod dependency;
mod depth;
mod derive;
mod diag;
mod entry;
mod expand;
mod ide;
mod ir;
mod item;
mod mcp;
mod methods;
mod order;
mod patterns;
mod plan;
mod registry;
mod shape;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

fn run(name: &str, attr: TokenStream, item: TokenStream) -> TokenStream {
    entry::run(name, attr.into(), item.into()).into()
}

#[doc = include_str!("docs/chat.md")]
#[doc = include_str!("docs/keys_chat.md")]
#[proc_macro_attribute]
pub fn chat(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("chat", attr, item)
}

#[doc = include_str!("docs/embeddings.md")]
#[doc = include_str!("docs/keys_embeddings.md")]
#[proc_macro_attribute]
pub fn embeddings(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("embeddings", attr, item)
}

#[doc = include_str!("docs/agent.md")]
#[doc = include_str!("docs/keys_agent.md")]
#[proc_macro_attribute]
pub fn agent(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("agent", attr, item)
}

#[doc = include_str!("docs/tool.md")]
#[doc = include_str!("docs/keys_tool.md")]
#[proc_macro_attribute]
pub fn tool(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("tool", attr, item)
}

#[doc = include_str!("docs/workflow.md")]
#[doc = include_str!("docs/keys_workflow.md")]
#[proc_macro_attribute]
pub fn workflow(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("workflow", attr, item)
}

#[doc = include_str!("docs/retrieval.md")]
#[doc = include_str!("docs/keys_retrieval.md")]
#[proc_macro_attribute]
pub fn retrieval(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("retrieval", attr, item)
}

#[doc = include_str!("docs/span.md")]
#[proc_macro_attribute]
pub fn span(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("span", attr, item)
}

#[doc = include_str!("docs/context.md")]
#[proc_macro_attribute]
pub fn context(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("context", attr, item)
}

#[doc = include_str!("docs/evaluation.md")]
#[proc_macro_attribute]
pub fn evaluation(attr: TokenStream, item: TokenStream) -> TokenStream {
    run("evaluation", attr, item)
}

#[doc = include_str!("docs/mcp.md")]
#[proc_macro_attribute]
pub fn mcp(attr: TokenStream, item: TokenStream) -> TokenStream {
    mcp::run(attr.into(), item.into()).into()
}

#[doc = include_str!("docs/request.md")]
#[proc_macro_derive(Request, attributes(genai))]
pub fn derive_request(input: TokenStream) -> TokenStream {
    derive::run(registry::Place::Entries, input.into()).into()
}

#[doc = include_str!("docs/response.md")]
#[proc_macro_derive(Response, attributes(genai))]
pub fn derive_response(input: TokenStream) -> TokenStream {
    derive::run(registry::Place::Response, input.into()).into()
}
