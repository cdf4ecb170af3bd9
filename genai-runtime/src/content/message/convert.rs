//! What may stand where messages, instructions, tools or documents are asked for: the types themselves, lists of them, plain text
//! and options; borrowed where they can be.

use std::borrow::Cow;
use std::rc::Rc;
use std::slice::from_ref;
use std::sync::Arc;

use super::{Document, InputMessage, OutputMessage, Part, ToolDefinition, user};

/// What can be recorded as the messages sent to a model: messages, lists of them, text (a user's message), and options, references, `Box`, `Arc` and `Rc` of these.
///
/// ```
/// use std::borrow::Cow;
/// use genai::message::{self, InputMessage, ToInput};
///
/// struct Turn {
///     question: String,
/// }
///
/// impl ToInput for Turn {
///     fn to_input(&self) -> Cow<'_, [InputMessage]> {
///         Cow::Owned(vec![message::user(&self.question)])
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as messages sent to a model",
    label = "no messages can be read from this type",
    note = "give a text, an `InputMessage` or a list of them, or implement `genai::message::ToInput` for the type"
)]
pub trait ToInput {
    /// The messages, borrowed if possible.
    fn to_input(&self) -> Cow<'_, [InputMessage]>;
}

/// What can be recorded as the messages a model answered with: messages, lists of them, text (an assistant's message), and options, references, `Box`, `Arc` and `Rc` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as messages a model answered with",
    label = "no messages can be read from this type",
    note = "give a text, an `OutputMessage` or a list of them, or implement `genai::message::ToOutput` for the type"
)]
pub trait ToOutput {
    /// The messages, borrowed if possible.
    fn to_output(&self) -> Cow<'_, [OutputMessage]>;
}

/// What can be recorded as system instructions: parts, lists of them, text, and options, references, `Box`, `Arc` and `Rc` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as system instructions",
    label = "no instructions can be read from this type",
    note = "give a text, a `Part` or a list of them, or implement `genai::message::ToSystem` for the type"
)]
pub trait ToSystem {
    /// The instructions, borrowed if possible.
    fn to_system(&self) -> Cow<'_, [Part]>;
}

/// What can be recorded as the tools a model may call: tool definitions, lists of them, and options, references, `Box`, `Arc` and `Rc` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as tools",
    label = "no tool definitions can be read from this type",
    note = "give a `ToolDefinition` or a list of them, or implement `genai::message::ToTools` for the type"
)]
pub trait ToTools {
    /// The tool definitions, borrowed if possible.
    fn to_tools(&self) -> Cow<'_, [ToolDefinition]>;
}

/// What can be recorded as the documents a retrieval found: documents, lists of them, and options, references, `Box`, `Arc` and `Rc` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as documents of a retrieval",
    label = "no documents can be read from this type",
    note = "give a `Document` or a list of them, or implement `genai::message::ToDocuments` for the type"
)]
pub trait ToDocuments {
    /// The documents, borrowed if possible.
    fn to_documents(&self) -> Cow<'_, [Document]>;
}

/// The implementations that all five traits have.
macro_rules! conversions {
    ($($trait:ident: $method:ident -> $item:ty;)*) => {$(
        impl $trait for $item {
            fn $method(&self) -> Cow<'_, [$item]> {
                Cow::Borrowed(from_ref(self))
            }
        }

        impl $trait for [$item] {
            fn $method(&self) -> Cow<'_, [$item]> {
                Cow::Borrowed(self)
            }
        }

        impl<const N: usize> $trait for [$item; N] {
            fn $method(&self) -> Cow<'_, [$item]> {
                Cow::Borrowed(self)
            }
        }

        impl $trait for Vec<$item> {
            fn $method(&self) -> Cow<'_, [$item]> {
                Cow::Borrowed(self)
            }
        }

        impl $trait for Cow<'_, [$item]> {
            fn $method(&self) -> Cow<'_, [$item]> {
                Cow::Borrowed(self)
            }
        }

        impl<T: $trait> $trait for Option<T> {
            fn $method(&self) -> Cow<'_, [$item]> {
                self.as_ref().map_or(Cow::Borrowed(&[]), $trait::$method)
            }
        }

        conversions!(@through $trait $method $item: &T, &mut T, Box<T>, Arc<T>, Rc<T>);
    )*};
    (@through $trait:ident $method:ident $item:ty: $($pointer:ty),*) => {$(
        impl<T: $trait + ?Sized> $trait for $pointer {
            fn $method(&self) -> Cow<'_, [$item]> {
                T::$method(self)
            }
        }
    )*};
}

conversions! {
    ToInput: to_input -> InputMessage;
    ToOutput: to_output -> OutputMessage;
    ToSystem: to_system -> Part;
    ToTools: to_tools -> ToolDefinition;
    ToDocuments: to_documents -> Document;
}

/// The implementations for text. An empty text is nothing.
macro_rules! texts {
    ($($trait:ident: $method:ident -> $item:ty = $make:expr;)*) => {$(
        impl $trait for str {
            fn $method(&self) -> Cow<'_, [$item]> {
                if self.is_empty() { Cow::Borrowed(&[]) } else { Cow::Owned(vec![$make(self)]) }
            }
        }

        impl $trait for String {
            fn $method(&self) -> Cow<'_, [$item]> {
                self.as_str().$method()
            }
        }

        impl $trait for Cow<'_, str> {
            fn $method(&self) -> Cow<'_, [$item]> {
                self.as_ref().$method()
            }
        }
    )*};
}

texts! {
    ToInput: to_input -> InputMessage = user;
    ToOutput: to_output -> OutputMessage = answer;
    ToSystem: to_system -> Part = Part::text;
}

fn answer(text: &str) -> OutputMessage {
    OutputMessage::new("assistant").part(Part::text(text))
}
