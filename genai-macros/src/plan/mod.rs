//! Decides what a function is expanded to, before anything is printed: an [`Instrument`] enters, plain data leaves.
//!
//! Operations and contexts have the same plan: a value is made before the body (from entries that read the arguments), the
//! body runs inside it, and something may follow.

mod arguments;
mod bindings;
mod ending;
mod names;
mod restore;
mod start;
mod step;

use std::collections::HashSet;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::{Attribute, Expr, Path, Signature, Visibility};

pub(crate) use arguments::Arguments;
pub(crate) use ending::{ByType, Ending, Response};
pub(crate) use start::{Setting, Start};
pub(crate) use step::{Does, Step};

use crate::diag::{Diag, text};
use crate::ir::{Context, Evaluation, Instrument, What};
use crate::item::split;
use crate::order;
use crate::shape::{Runs, Shape};
use arguments::{Used, capture};
use names::{names, names_of};

/// An instrumented function.
pub(crate) struct Plan<'a> {
    /// The path of the runtime crate.
    pub(crate) krate: &'a Path,
    pub(crate) attrs: Vec<Attribute>,
    /// The inner attributes of the body, as outer ones.
    pub(crate) inner: TokenStream,
    pub(crate) vis: &'a Visibility,
    /// The signature, whose patterns fit what is done with the arguments.
    pub(crate) sig: Signature,
    /// The body without its inner attributes.
    pub(crate) body: Group,
    /// A statement that makes the compiler warn.
    pub(crate) warning: Option<&'a TokenStream>,
    pub(crate) shape: Shape,
    /// How the arguments get into the body.
    pub(crate) arguments: Arguments,
    pub(crate) around: Around<'a>,
}

/// What is made around the body.
pub(crate) enum Around<'a> {
    Operation {
        start: Start<'a>,
        ending: Ending<'a>,
    },
    Context(&'a Context),
    Evaluation(&'a Evaluation),
    /// A context that ends with the call: the body stays in the function's frame, and the arguments where they are.
    ContextOfCall(&'a Context),
}

impl<'a> Plan<'a> {
    /// Decides; what only the body shows to be wrong is reported.
    pub(crate) fn new(instrument: &'a Instrument, diag: &mut Diag) -> Self {
        let Instrument { item, krate, .. } = instrument;
        let (inner, body) = split(&item.body);
        let mut sig = item.sig.clone();
        let mut attrs = item.attrs.clone();
        let (shape, around, before, after);
        match &instrument.what {
            What::Operation(call) => {
                shape = Shape::of(&sig, call.stream.is_some(), call.returns);
                order::give_shape(&mut attrs, krate, call, &shape);
                around = Around::Operation {
                    start: Start::new(call, matches!(shape.runs, Runs::Later(..))),
                    ending: Ending::new(call, &shape),
                };
                before = names_of(start::expressions(call));
                after = names_of(ending::expressions(call));
            }
            What::Context(context) => {
                shape = Shape::of_context(&sig, context.returns);
                around = match (&shape.runs, &shape.stream) {
                    (Runs::Now, None) => Around::ContextOfCall(context),
                    _ => Around::Context(context),
                };
                before = names_of(expressions(context));
                after = HashSet::new();
            }
            What::Evaluation(evaluation) => {
                shape = Shape::of(&sig, false, evaluation.returns);
                around = Around::Evaluation(evaluation);
                before = names_of(evaluation.before());
                after = names_of(evaluation.after());
            }
        }
        let used = Used {
            body: names(&body.stream()),
            before,
            after,
        };
        let arguments = match around {
            Around::ContextOfCall(_) => Arguments::default(),
            _ => capture(&mut sig, &used, matches!(shape.runs, Runs::Async)),
        };
        if matches!(around, Around::Operation { .. }) && is_expanded(&used.body, &body) {
            diag.error(Span::call_site(), text::under_another_name());
        }
        Self {
            krate,
            attrs,
            inner,
            vis: &item.vis,
            sig,
            body,
            warning: instrument.warning.as_ref(),
            shape,
            arguments,
            around,
        }
    }
}

/// Every expression of the user's in a context.
fn expressions(context: &Context) -> impl Iterator<Item = &Expr> {
    let properties = context.properties.iter().map(|named| &named.value);
    context.conversation_id.iter().chain(properties)
}

/// Whether another attribute of ours has been expanded on this body: one that stands above under a name that is not its own.
fn is_expanded(names: &HashSet<String>, body: &Group) -> bool {
    names.contains("__rt") && {
        let mut pending = vec![body.stream()];
        let mut found = false;
        while let Some(tokens) = pending.pop() {
            let words: Vec<TokenTree> = tokens.into_iter().collect();
            found |= words.windows(4).any(|words| match words {
                [TokenTree::Ident(module), .., TokenTree::Ident(function)] => {
                    let function = function.to_string();
                    module == "__rt" && STARTS.iter().any(|start| function.starts_with(start))
                }
                _ => false,
            });
            pending.extend(words.into_iter().filter_map(|word| match word {
                TokenTree::Group(group) => Some(group.stream()),
                _ => None,
            }));
        }
        found
    }
}

/// How the functions of the runtime's are called by which an expansion begins.
const STARTS: [&str; 3] = ["context", "begin", "start"];
