//! A function as written: attributes, visibility, signature; the body stays raw tokens, so that half-typed code passes.

use proc_macro2::Group;
use syn::{Attribute, Signature, Visibility};

/// A function whose body was not parsed.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The brace group of the body, with its own spans.
    pub(crate) body: Group,
}
