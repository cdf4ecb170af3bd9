//! The values content entries take: typed messages, or the text that stands for one.

use std::borrow::Cow;

use crate::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use crate::warn::{Once, contained};

macro_rules! content {
    ($(#[$doc:meta])* $name:ident, $method:ident, $item:ty) => {
        $(#[$doc])*
        pub trait $name {
            /// Calls `f` with the content, unless it is absent.
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>));
        }

        impl $name for [$item] {
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>)) {
                f(Cow::Borrowed(self));
            }
        }

        impl<const N: usize> $name for [$item; N] {
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>)) {
                f(Cow::Borrowed(self));
            }
        }

        impl $name for Vec<$item> {
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>)) {
                f(Cow::Borrowed(self));
            }
        }

        impl $name for $item {
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>)) {
                f(Cow::Borrowed(std::slice::from_ref(self)));
            }
        }

        impl<T: $name + ?Sized> $name for &T {
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>)) {
                (**self).$method(f);
            }
        }

        impl<T: $name> $name for Option<T> {
            fn $method(&self, f: &mut dyn FnMut(Cow<'_, [$item]>)) {
                if let Some(content) = self {
                    content.$method(f);
                }
            }
        }
    };
}

content! {
    /// The messages sent to a model.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no input",
        label = "expects messages, or the text of one",
        note = "`genai::message::user(text)` makes one; text alone is a user's"
    )]
    InputContent, input_content, InputMessage
}
content! {
    /// The messages a model answered with.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no output",
        label = "expects output messages, or the text of one"
    )]
    OutputContent, output_content, OutputMessage
}
content! {
    /// System instructions.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no system instruction",
        label = "expects text, or message parts"
    )]
    SystemContent, system_content, Part
}
content! {
    /// The tools a model may call.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no tool definition",
        label = "expects `genai::message::ToolDefinition`s"
    )]
    ToolsContent, tools_content, ToolDefinition
}
content! {
    /// The documents a retrieval found.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no document",
        label = "expects `genai::message::Document`s"
    )]
    DocumentsContent, documents_content, Document
}

fn text(content: &str) -> Part {
    Part::Text { content: content.to_owned() }
}

macro_rules! texts {
    ($($ty:ty),*) => {$(
        impl InputContent for $ty {
            fn input_content(&self, f: &mut dyn FnMut(Cow<'_, [InputMessage]>)) {
                let message = InputMessage { role: Cow::Borrowed("user"), parts: vec![text(self)], name: None };
                f(Cow::Owned(vec![message]));
            }
        }

        impl OutputContent for $ty {
            fn output_content(&self, f: &mut dyn FnMut(Cow<'_, [OutputMessage]>)) {
                let role = Cow::Borrowed("assistant");
                let message = OutputMessage { role, parts: vec![text(self)], finish_reason: None, name: None };
                f(Cow::Owned(vec![message]));
            }
        }

        impl SystemContent for $ty {
            fn system_content(&self, f: &mut dyn FnMut(Cow<'_, [Part]>)) {
                f(Cow::Owned(vec![text(self)]));
            }
        }
    )*};
}
texts!(str, String, Cow<'_, str>, Box<str>, std::sync::Arc<str>);

/// A tool's arguments or result; what does not serialise is missing.
pub(super) fn json<V: serde::Serialize + ?Sized>(value: &V) -> Option<serde_json::Value> {
    contained(Once::RequestPanicked, "an implementation of `serde::Serialize`", || serde_json::to_value(value).ok())?
}
