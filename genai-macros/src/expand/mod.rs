//! Writes an instrumented function: a [`Plan`] goes in, the item with its new body comes out.
//!
//! What the attribute makes stands in a variable of the function's frame, the body runs in one `async move` block or closure,
//! and straight lines before and after it say what is known. Names of ours are hygienic, statements of ours carry spans of the
//! attribute or, where a user's value can be of the wrong type, of that value.

mod arguments;
mod around;
mod body;
mod context;
mod ending;
mod evaluation;
mod operation;
mod spans;
mod start;
mod value;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

use crate::plan::{self, Arguments, Plan};
use crate::shape::Runs;
use around::{Around, Tail};

/// The instrumented function.
pub(crate) fn expand(plan: &Plan<'_>) -> TokenStream {
    let Plan {
        attrs,
        inner,
        vis,
        sig,
        warning,
        ..
    } = plan;
    let statements = statements(plan);
    let question = body::question(&spans::runtime(plan.krate), &plan.shape);
    let body = body::braces(&plan.body, quote!(#warning #question #statements));
    quote!(#(#attrs)* #inner #vis #sig #body)
}

/// A `return` before the function's value, for crates that want one (clippy's `implicit_return`).
fn returned(plan: &Plan<'_>) -> Option<TokenStream> {
    let has_value = plan.shape.output.is_some() && !plan.shape.is_never;
    // A body that stays in its place and returns by itself, since another attribute of ours wrote it: a second one is never reached.
    let returns = matches!(plan.shape.runs, Runs::Now) && is_returned(&plan.body);
    (has_value && !returns).then(|| quote!(return))
}

/// Whether the last statement of a body is a `return`.
fn is_returned(body: &Group) -> bool {
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let mut last =
        tokens.rsplit(|token| matches!(token, TokenTree::Punct(end) if end.as_char() == ';'));
    (last.next()).is_some_and(|tokens| {
        tokens
            .iter()
            .any(|token| matches!(token, TokenTree::Ident(word) if word == "return"))
    })
}

fn statements(plan: &Plan<'_>) -> TokenStream {
    let rt = &spans::runtime(plan.krate);
    let shape = &plan.shape;
    let inside = arguments::statements(&plan.arguments.inside);
    let body = body::captured(rt, shape, &plan.body, &inside);
    let around = match &plan.around {
        plan::Around::Operation { start, ending } => {
            operation::around(rt, start, ending, shape, &body)
        }
        plan::Around::Context(context) => context::around(rt, context, shape, &body),
        plan::Around::Evaluation(of) => evaluation::around(rt, of, shape, &body),
        plan::Around::ContextOfCall(context) => context::of_call(rt, context, &plan.body),
    };
    composed(
        &around,
        &plan.arguments,
        &shape.runs,
        returned(plan).as_ref(),
    )
}

/// The statements of the function, one after the other; `give` is what stands before its value.
fn composed(
    around: &Around,
    arguments: &Arguments,
    runs: &Runs,
    give: Option<&TokenStream>,
) -> TokenStream {
    let Around {
        slot,
        value,
        filled,
        run,
        output,
        tail,
        ..
    } = around;
    let first = arguments::statements(&arguments.first);
    let outside = arguments::statements(&arguments.outside);
    let back = arguments::statements(&arguments.back);
    let is_rebound = !outside.is_empty() || !back.is_empty();
    let mutability = around.is_changed.then(|| quote!(mut));
    let declared = quote!(let #mutability #slot);
    let tail = tail
        .as_ref()
        .map(|Tail { statements, value }| quote!(#statements #give #value));
    let code = match (runs, tail) {
        (Runs::Async, Some(tail)) if !is_rebound => {
            quote!(#declared = #value; #filled let #output = #run.await; #tail)
        }
        (Runs::Async, None) if !is_rebound => {
            quote!(#declared = #value; #filled #give #run.await)
        }
        // Arguments that are bound again in a block of its own give their places free before the body waits.
        (Runs::Async, Some(tail)) => {
            quote!(#declared; let #output = { #outside #slot = #value; #filled #back #run }.await; #tail)
        }
        (Runs::Async, None) if around.is_kept => {
            quote!(#declared; let #output = { #outside #slot = #value; #filled #back #run }; #give #output.await)
        }
        (Runs::Async, None) => {
            quote!(#give { #outside #declared = #value; #filled #back #run }.await)
        }
        (Runs::Now | Runs::Later(..), Some(tail)) => {
            quote!(#outside #declared = #value; #filled #back let #output = #run; #tail)
        }
        (Runs::Now | Runs::Later(..), None) => {
            quote!(#outside #declared = #value; #filled #back #give #run)
        }
    };
    quote!(#first #code)
}
