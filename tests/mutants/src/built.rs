//! Attributes go in; whether what has them is built where it is tried, and is no test, comes out.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

/// The attributes of an expression that is a statement.
pub fn attributes_of(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Block(expr) => &expr.attrs,
        Expr::Call(expr) => &expr.attrs,
        Expr::If(expr) => &expr.attrs,
        Expr::Match(expr) => &expr.attrs,
        Expr::MethodCall(expr) => &expr.attrs,
        Expr::Return(expr) => &expr.attrs,
        _ => &[],
    }
}

/// Whether what has these attributes is there in the build that is tried, and is no test.
pub fn is_built(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| match &attribute.meta {
        Meta::List(list) if attribute.path().is_ident("cfg") => list
            .parse_args::<Meta>()
            .is_ok_and(|condition| holds(&condition)),
        _ => !attribute.path().is_ident("test"),
    })
}

/// Whether a condition of `cfg` holds in the build that is tried: on Unix, with every feature but those that only packages use which
/// are not built with it. What is there for tests alone is not changed, what is there without them is.
fn holds(condition: &Meta) -> bool {
    const OFF: [&str; 4] = ["rmcp-3", "upload-azure", "upload-gcs", "upload-s3"];
    match condition {
        Meta::Path(name) => name.is_ident("unix"),
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => {
                let text = text.value();
                (pair.path.is_ident("feature") && !OFF.contains(&text.as_str()))
                    || (pair.path.is_ident("target_os") && text == "linux")
            }
            _ => false,
        },
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let Ok(parts) = parts else { return false };
            if list.path.is_ident("not") {
                !parts.iter().all(holds)
            } else if list.path.is_ident("any") {
                parts.iter().any(holds)
            } else {
                parts.iter().all(holds)
            }
        }
    }
}
