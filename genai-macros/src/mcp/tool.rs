//! A method with rmcp's `#[tool]`: it goes in, and comes out with a SERVER span around its body.
//!
//! What a request says beside its arguments is in rmcp's context alone, so the method has to have one among its arguments.

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{FnArg, Signature, Type};

use super::given::Given;
use super::wrapped::{Renamed, own, renamed};
use crate::diag::Diag;
use crate::item::{self, Function};
use crate::shape::{Runs, Shape, Wrap};

pub(super) fn expand(given: &Given, item: TokenStream, diag: &mut Diag) -> Option<TokenStream> {
    let function = match item::parse("mcp", item) {
        Ok(function) => function,
        Err(refused) => {
            diag.error(refused.at, refused.message);
            return None;
        }
    };
    let Function {
        attrs,
        vis,
        sig,
        body,
    } = &function;
    if sig.receiver().is_none() && given.entries.name.is_none() {
        diag.error(
            sig.ident.span(),
            "`#[genai::mcp]` goes on an `impl ServerHandler` block or on a method with `#[tool]`; this has no `self`. \
             Of a function without one say the tool's name: `name = \"..\"`",
        );
        return None;
    }
    let Some(at) = context(sig) else {
        diag.error(
            sig.ident.span(),
            "the trace of the caller is in rmcp's context of the request; add an argument `context: RequestContext<RoleServer>`, or put \
             `#[genai::mcp]` on the `impl ServerHandler` block",
        );
        return None;
    };
    if !diag.is_empty() {
        return None;
    }
    if given.has_attributes_to_expand(attrs) {
        let below = given.below();
        return Some(quote!(#(#attrs)* #below #vis #sig #body));
    }
    let shape = Shape::of(sig, false, None);
    if !Given::has_runtime(diag) {
        return None;
    }
    let Renamed {
        sig: renamed_sig,
        names,
        bound,
    } = renamed(sig);
    let context = names.get(at)?;
    let krate = &given.krate;
    let rt = quote!(#krate::__rt::mcp);
    let begun = {
        let name = name(given, &sig.ident, &rt);
        let transport = given.transport(&rt);
        quote!(#rt::tool(#name, #transport, &#context))
    };
    let (outer, body) = item::split(body);
    let slot = own("slot");
    let inside = wrapped(&rt, &shape, &begun, &quote!(#bound #body), &slot);
    let mut braces = Group::new(Delimiter::Brace, inside);
    braces.set_span(body.span());
    Some(quote!(#(#attrs)* #outer #vis #renamed_sig #braces))
}

/// Which argument, without `self`, is rmcp's context of the request.
fn context(sig: &Signature) -> Option<usize> {
    let typed = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let is_context = |ty: &Type| match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| last.ident == "RequestContext")
        }
        _ => false,
    };
    typed.into_iter().position(is_context)
}

/// The name under which the tool is served: rmcp's attribute makes a function that knows it.
fn name(given: &Given, ident: &Ident, rt: &TokenStream) -> TokenStream {
    if let Some(name) = &given.entries.name {
        return quote!(#name);
    }
    let tool = format_ident!("{ident}_tool_attr", span = ident.span());
    let known = own("NAME");
    quote!({
        static #known: #rt::OnceLock<#rt::String> = #rt::OnceLock::new();
        #known.get_or_init(|| Self::#tool().name.into_owned())
    })
}

/// The body in its span.
fn wrapped(
    rt: &TokenStream,
    shape: &Shape,
    begun: &TokenStream,
    body: &TokenStream,
    slot: &Ident,
) -> TokenStream {
    let output = match &shape.output {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    };
    let (op, given, result) = (own("op"), own("given"), own("result"));
    let ending = quote! {
        |#op, #given| {
            use #rt::probes::*;
            (&&&&&#rt::Ended(#given)).end(#op);
        }
    };
    match &shape.runs {
        Runs::Now => quote! {
            let mut #slot = #begun;
            let #result = #rt::once(&mut #slot, move || -> #output { #body });
            #rt::answered(#slot, &#result, #ending);
            #result
        },
        Runs::Async => quote! {
            let #slot = #begun;
            #rt::later(#slot, #rt::typed::<#output, _>(async move { #body }), #ending).await
        },
        Runs::Later(wrap, output) => {
            // Without its type the ending would be chosen before it is known.
            let output = match output {
                Some(ty) => quote!(#ty),
                None => quote!(_),
            };
            let later = quote!(#rt::later(#slot, #rt::typed::<#output, _>({ #body }), #ending));
            let later = match wrap {
                Wrap::Boxed => quote!(#rt::Box::pin(#later)),
                _ => later,
            };
            quote!(let #slot = #begun; #later)
        }
    }
}
