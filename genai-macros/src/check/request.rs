//! `request = arg`, `request = openai(arg)`, or several of them: an expression enters, what is read and how leaves.

use syn::{Expr, FnArg, Pat, Signature, Type};

use super::scope::Scope;
use super::{bare, formats, ident, options, types};
use crate::args::Raw;
use crate::clients::{self, Side};
use crate::diag::{At, Diag, text};
use crate::ir::{Asked, AskedFor, Read};

/// Reads what follows the word `request`.
pub(super) fn request(
    raw: Raw,
    sig: Option<&Signature>,
    scope: &Scope,
    diag: &mut Diag,
) -> Option<AskedFor> {
    let value = options::value(raw, "request = arg", diag)?;
    types::control_flow(&value, diag)?;
    match bare(&value) {
        Expr::Tuple(tuple) => {
            let parts = tuple.elems.iter();
            let parts = parts.map(|part| asked(part, sig, scope, diag));
            let parts: Option<Vec<Asked>> = parts.collect();
            Some(AskedFor::Parts(parts?, At::first(&value).start))
        }
        _ => Some(AskedFor::One(asked(&value, sig, scope, diag)?)),
    }
}

fn asked(value: &Expr, sig: Option<&Signature>, scope: &Scope, diag: &mut Diag) -> Option<Asked> {
    if let Expr::Call(call) = bare(value) {
        if let Some(name) = ident(&call.func) {
            let (word, span) = (name.to_string(), name.span());
            if let Some(format) = formats::find(&word, span) {
                let [value] = call.args.iter().collect::<Vec<_>>()[..] else {
                    diag.error(span, text::format_takes_one(&word));
                    return None;
                };
                let (value, read) = (value.clone(), Read::In(format));
                return Some(Asked { value, read });
            }
            if let (Some(meant), false) = (formats::meant(&word), scope.binds(&word)) {
                diag.error(At::from(span), text::format_slip(&word, meant, "(..)"));
                return None;
            }
        }
    }
    let read = match sig.and_then(|sig| argument(value, sig)) {
        Some(ty) if clients::is(ty, &[Side::Request]) => Read::ByName,
        _ => Read::ByType,
    };
    let value = value.clone();
    Some(Asked { value, read })
}

/// The written type of the argument that an expression is, or is a reference to.
fn argument<'a>(value: &Expr, sig: &'a Signature) -> Option<&'a Type> {
    let name = match bare(value) {
        Expr::Reference(reference) => ident(&reference.expr)?,
        other => ident(other)?,
    };
    sig.inputs.iter().find_map(|argument| match argument {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(pat) if pat.ident == *name => Some(&*argument.ty),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}
