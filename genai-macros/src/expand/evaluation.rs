//! `#[genai::evaluation]` around the body: no span and no context, but a look at the result, from which the event is made.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};

use super::around::{Around, Tail};
use super::body::{Made, wrapped};
use super::spans::name;
use super::value;
use crate::ir::{Evaluation, Verdict};
use crate::shape::{Runs, Shape, erased};

/// The evaluation around `body`, which captured the arguments.
pub(super) fn around(
    rt: &TokenStream,
    evaluation: &Evaluation,
    shape: &Shape,
    body: &TokenStream,
) -> Around {
    let (slot, output, future) = (name("evaluation"), name("output"), name("future"));
    let tail = tail(rt, evaluation, &slot, &output);
    let (function, tail, output) = match &shape.runs {
        Runs::Later(wrap, result) => {
            let result = result.as_deref().map(erased);
            let typed = result.as_ref().map(|ty| quote!(: #ty));
            let arrow = result.as_ref().map(|ty| quote!(-> #ty));
            let end = quote!(move |#slot, #output #typed| #arrow { #tail });
            let later = quote!(#rt::judging_later(#slot, #future, #end));
            let later = wrapped(rt, *wrap, later, shape.output_span, Made::Future);
            ("judging_made", Some(later.into()), future)
        }
        Runs::Async => ("judging", (!shape.is_never).then_some(tail), output),
        Runs::Now => ("judging_now", (!shape.is_never).then_some(tail), output),
    };
    let function = Ident::new(function, Span::call_site());
    Around {
        value: quote!(#rt::evaluation()),
        filled: filled(rt, evaluation, &slot),
        run: quote!(#rt::#function(&mut #slot, #body)),
        is_changed: true,
        is_kept: true,
        slot,
        output,
        tail,
    }
}

/// The entries, evaluated only if something listens.
fn filled(rt: &TokenStream, evaluation: &Evaluation, slot: &Ident) -> TokenStream {
    let set = |method, expr| value::setting(slot, method, expr);
    let (name, of) = (set("name", &evaluation.name), set("of", &evaluation.of));
    let switches = evaluation.switches.iter().map(|switch| {
        let method = Ident::new(switch, slot.span());
        quote!(#slot.#method();)
    });
    let llm = evaluation.llm.as_ref().map(|name| set("llm", name));
    let identifier = evaluation.identifier.as_ref();
    let identifier = identifier.map(|id| set("identifier", id));
    let attributes = evaluation.attributes.iter();
    let attributes = attributes.map(|named| value::named(slot, "add_attribute", named));
    quote! {
        if let #rt::Some(#slot) = &mut #slot {
            #name #of #(#switches)* #llm #identifier #(#attributes)*
        }
    }
}

/// What follows the body.
fn tail(rt: &TokenStream, evaluation: &Evaluation, slot: &Ident, output: &Ident) -> Tail {
    let (result, success, failure) = (name("result"), name("value"), name("error"));
    let set = |method, expr| value::setting(slot, method, expr);
    let judged = |is_content: bool| {
        let judged = evaluation.judged.iter();
        let judged = judged.filter(move |j| (j.verdict == Verdict::Explanation) == is_content);
        judged.map(move |judged| {
            let method = match judged.verdict {
                Verdict::Score => "score",
                Verdict::Label => "label",
                Verdict::Explanation => "explanation",
            };
            set(method, &judged.value)
        })
    };
    let (plain, mut content) = (judged(false), judged(true).peekable());
    let content =
        (content.peek().is_some()).then(|| quote!(if #slot.wants_content() { #(#content)* }));
    let pattern = &evaluation.pattern;
    let error = evaluation.error.as_ref().map(|(pattern, class)| {
        let class = set("error_type", class);
        quote!(if let #rt::Some(#failure) = #result.err() { let #pattern = #failure; #class })
    });
    let statements = quote! {
        if let #rt::Some(mut #slot) = #slot {
            use #rt::probes::*;
            let #result = #slot.returned(&#output);
            if let #rt::Some(#success) = #result.ok() { let #pattern = #success; #(#plain)* #content }
            #error
            #slot.end((&&&#result).error_class());
        }
    };
    Tail {
        statements,
        value: output.to_token_stream(),
    }
}
