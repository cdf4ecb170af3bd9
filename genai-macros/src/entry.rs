//! Expands one attribute: its tokens and those of the item enter; the expansion leaves, or, after a mistake, the errors and the unchanged
//! item.

use proc_macro2::{Span, TokenStream};

use crate::args;
use crate::check;
use crate::dependency;
use crate::depth;
use crate::diag::{self, Diag};
use crate::expand;
use crate::ide;
use crate::ir::{Instrument, What};
use crate::item;
use crate::order;
use crate::plan::Plan;
use crate::registry::Operation;

/// Expands the attribute `name` with the arguments `attr` on `item`.
pub(crate) fn run(name: &str, attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = Diag::default();
    if ide::is_editor() {
        instrument(name, attr.clone(), item.clone(), &mut diag);
        return ide::expand(name, attr, item, diag.into_tokens());
    }
    match instrument(name, attr.clone(), item.clone(), &mut diag) {
        Some(instrument) if diag.is_empty() => {
            if let Some(tokens) = order::below(&instrument, &attr) {
                return tokens;
            }
            let plan = Plan::new(&instrument, &mut diag);
            if diag.is_empty() {
                return expand::expand(&plan);
            }
        }
        _ => {}
    }
    let mut tokens = diag.into_tokens();
    tokens.extend(item);
    tokens
}

/// Reads and checks; the result is of use only if nothing was reported.
pub(crate) fn instrument(
    name: &str,
    attr: TokenStream,
    item: TokenStream,
    diag: &mut Diag,
) -> Option<Instrument> {
    let function = match item::parse(name, item) {
        Ok(function) => Some(function),
        Err(refused) => {
            diag.error(refused.at, refused.message);
            None
        }
    };
    if let Some(span) = depth::too_deep(attr.clone()) {
        diag.error(span, diag::text::TOO_DEEP);
        return None;
    }
    let raw = args::entries(attr, Span::call_site(), diag);
    let sig = function.as_ref().map(|f| &f.sig);
    let (what, krate) = match Operation::find(name) {
        Some(operation) => {
            let (call, krate) = check::operation(operation, raw, sig, diag);
            (Some(What::Operation(Box::new(call))), krate)
        }
        None if name == "evaluation" => {
            let (evaluation, krate) = check::evaluation(raw, sig, diag);
            (evaluation.map(|e| What::Evaluation(Box::new(e))), krate)
        }
        None => {
            let (context, krate) = check::context(raw, diag);
            (Some(What::Context(context)), krate)
        }
    };
    let function = function?;
    let krate = match krate.map_or_else(dependency::path, Ok) {
        Ok(krate) => krate,
        Err(message) => {
            diag.error(Span::call_site(), message);
            return None;
        }
    };
    check::signature::function(name, &function, &krate, diag);
    let mut warning = None;
    let what = what?;
    if let What::Operation(call) = &what {
        check::signature::stream(call, &function, diag);
        warning = check::signature::stream_warning(call, &function, &krate);
    }
    Some(Instrument {
        item: function,
        krate,
        what,
        warning,
    })
}
