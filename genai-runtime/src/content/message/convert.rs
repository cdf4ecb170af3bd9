//! What may stand where messages, instructions, tools or documents are asked for: the types themselves, lists of them, plain text
//! and options; borrowed where they can be.

use std::borrow::Cow;
use std::rc::Rc;
use std::slice::from_ref;
use std::sync::Arc;

use super::{Document, InputMessage, OutputMessage, Part, ToolDefinition, user};

/// What can be recorded as the messages sent to a model: messages, text (a user's message), and lists, options, references, `Box`,
/// `Arc` and `Rc` of these.
///
/// For a type of one's own it is implemented once, for one element; a list of them has it, too.
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
///
/// #[genai::chat(provider = openai, input = turns, response = none)]
/// fn ask(turns: &[Turn]) {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as messages sent to a model",
    label = "no messages can be read from this type",
    note = "give a text, an `InputMessage` or a list of them, or implement `genai::message::ToInput` for the type"
)]
pub trait ToInput {
    /// The messages, borrowed if possible.
    fn to_input(&self) -> Cow<'_, [InputMessage]>;

    /// The same of a list of these.
    #[doc(hidden)]
    fn list_to_input(list: &[Self]) -> Cow<'_, [InputMessage]>
    where
        Self: Sized,
    {
        joined(list, |one| one.to_input())
    }
}

/// What can be recorded as the messages a model answered with: messages, text (an assistant's message), and lists, options,
/// references, `Box`, `Arc` and `Rc` of these.
///
/// ```
/// use std::borrow::Cow;
/// use genai::message::{OutputMessage, ToOutput};
///
/// struct Reply {
///     text: String,
/// }
///
/// impl ToOutput for Reply {
///     fn to_output(&self) -> Cow<'_, [OutputMessage]> {
///         Cow::Owned(vec![OutputMessage::text(&self.text, "stop")])
///     }
/// }
///
/// #[genai::chat(provider = openai, response(|r| output = r))]
/// fn ask() -> Reply {
///     Reply { text: "hello".to_owned() }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as messages a model answered with",
    label = "no messages can be read from this type",
    note = "give a text, an `OutputMessage` or a list of them, or implement `genai::message::ToOutput` for the type"
)]
pub trait ToOutput {
    /// The messages, borrowed if possible.
    fn to_output(&self) -> Cow<'_, [OutputMessage]>;

    /// The same of a list of these.
    #[doc(hidden)]
    fn list_to_output(list: &[Self]) -> Cow<'_, [OutputMessage]>
    where
        Self: Sized,
    {
        joined(list, |one| one.to_output())
    }
}

/// What can be recorded as system instructions: parts, text, and lists, options, references, `Box`, `Arc` and `Rc` of these.
///
/// ```
/// use std::borrow::Cow;
/// use genai::message::{Part, ToSystem};
///
/// struct Persona {
///     rules: String,
/// }
///
/// impl ToSystem for Persona {
///     fn to_system(&self) -> Cow<'_, [Part]> {
///         Cow::Owned(vec![Part::text(&self.rules)])
///     }
/// }
///
/// #[genai::chat(provider = openai, system = persona, response = none)]
/// fn ask(persona: &Persona) {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as system instructions",
    label = "no instructions can be read from this type",
    note = "give a text, a `Part` or a list of them, or implement `genai::message::ToSystem` for the type"
)]
pub trait ToSystem {
    /// The instructions, borrowed if possible.
    fn to_system(&self) -> Cow<'_, [Part]>;

    /// The same of a list of these.
    #[doc(hidden)]
    fn list_to_system(list: &[Self]) -> Cow<'_, [Part]>
    where
        Self: Sized,
    {
        joined(list, |one| one.to_system())
    }
}

/// What can be recorded as the tools a model may call: tool definitions, and lists, options, references, `Box`, `Arc` and `Rc` of these.
///
/// ```
/// use std::borrow::Cow;
/// use genai::message::{ToTools, ToolDefinition};
///
/// struct Search;
///
/// impl ToTools for Search {
///     fn to_tools(&self) -> Cow<'_, [ToolDefinition]> {
///         Cow::Owned(vec![ToolDefinition::function("search").description("Searches the manual.")])
///     }
/// }
///
/// #[genai::chat(provider = openai, tools = tool, response = none)]
/// fn ask(tool: &Search) {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as tools",
    label = "no tool definitions can be read from this type",
    note = "give a `ToolDefinition` or a list of them, or implement `genai::message::ToTools` for the type"
)]
pub trait ToTools {
    /// The tool definitions, borrowed if possible.
    fn to_tools(&self) -> Cow<'_, [ToolDefinition]>;

    /// The same of a list of these.
    #[doc(hidden)]
    fn list_to_tools(list: &[Self]) -> Cow<'_, [ToolDefinition]>
    where
        Self: Sized,
    {
        joined(list, |one| one.to_tools())
    }
}

/// What can be recorded as the documents a retrieval found: documents, and lists, options, references, `Box`, `Arc` and `Rc` of these.
///
/// ```
/// use std::borrow::Cow;
/// use genai::message::{Document, ToDocuments};
///
/// struct Hit {
///     id: String,
///     score: f64,
/// }
///
/// impl ToDocuments for Hit {
///     fn to_documents(&self) -> Cow<'_, [Document]> {
///         Cow::Owned(vec![Document::new(&self.id, self.score)])
///     }
/// }
///
/// #[genai::retrieval(response(|hits| documents = hits))]
/// fn find() -> Vec<Hit> {
///     Vec::new()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as documents of a retrieval",
    label = "no documents can be read from this type",
    note = "give a `Document` or a list of them, or implement `genai::message::ToDocuments` for the type"
)]
pub trait ToDocuments {
    /// The documents, borrowed if possible.
    fn to_documents(&self) -> Cow<'_, [Document]>;

    /// The same of a list of these.
    #[doc(hidden)]
    fn list_to_documents(list: &[Self]) -> Cow<'_, [Document]>
    where
        Self: Sized,
    {
        joined(list, |one| one.to_documents())
    }
}

/// What the elements of a list give, one after the other.
fn joined<'a, T, I: Clone>(list: &'a [T], of_one: fn(&'a T) -> Cow<'a, [I]>) -> Cow<'a, [I]> {
    match list {
        [] => Cow::Borrowed(&[]),
        [one] => of_one(one),
        _ => Cow::Owned(
            list.iter()
                .flat_map(|one| of_one(one).into_owned())
                .collect(),
        ),
    }
}

/// The implementations that all five traits have.
macro_rules! conversions {
    ($($trait:ident: $method:ident, $of_list:ident -> $item:ty;)*) => {$(
        impl $trait for $item {
            fn $method(&self) -> Cow<'_, [$item]> {
                Cow::Borrowed(from_ref(self))
            }

            fn $of_list(list: &[Self]) -> Cow<'_, [$item]> {
                Cow::Borrowed(list)
            }
        }

        impl<T: $trait> $trait for [T] {
            fn $method(&self) -> Cow<'_, [$item]> {
                T::$of_list(self)
            }
        }

        impl<T: $trait, const N: usize> $trait for [T; N] {
            fn $method(&self) -> Cow<'_, [$item]> {
                T::$of_list(self)
            }
        }

        impl<T: $trait> $trait for Vec<T> {
            fn $method(&self) -> Cow<'_, [$item]> {
                T::$of_list(self)
            }
        }

        impl<T: $trait + Clone> $trait for Cow<'_, [T]> {
            fn $method(&self) -> Cow<'_, [$item]> {
                T::$of_list(self)
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
    ToInput: to_input, list_to_input -> InputMessage;
    ToOutput: to_output, list_to_output -> OutputMessage;
    ToSystem: to_system, list_to_system -> Part;
    ToTools: to_tools, list_to_tools -> ToolDefinition;
    ToDocuments: to_documents, list_to_documents -> Document;
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Turn(Vec<&'static str>);

    impl ToInput for Turn {
        fn to_input(&self) -> Cow<'_, [InputMessage]> {
            Cow::Owned(self.0.iter().map(|text| user(*text)).collect())
        }
    }

    #[test]
    fn a_list_is_what_its_elements_are() {
        let all = |texts: &[&str]| texts.iter().map(|text| user(*text)).collect::<Vec<_>>();
        let turns = vec![Turn(vec!["a", "b"]), Turn(vec![]), Turn(vec!["c"])];
        assert_eq!(turns.to_input(), all(&["a", "b", "c"]));
        assert_eq!(turns[..].to_input(), all(&["a", "b", "c"]));
        let references: Vec<Option<&Turn>> = vec![turns.first(), None];
        assert_eq!(references.to_input(), all(&["a", "b"]));
        assert_eq!(Vec::<Turn>::new().to_input(), all(&[]));
        assert_eq!(["a", "", "b"].to_input(), all(&["a", "b"]));
        assert_eq!(*vec!["a".to_owned()].to_system(), [Part::text("a")]);
    }

    #[test]
    fn messages_are_borrowed() {
        let messages = vec![user("a"), user("b")];
        let reference = &messages;
        let lists: [Cow<'_, [InputMessage]>; 3] = [
            messages.to_input(),
            messages[..].to_input(),
            (&reference).to_input(),
        ];
        for list in lists {
            assert!(matches!(list, Cow::Borrowed(list) if list.as_ptr() == messages.as_ptr()));
        }
    }

    /// One element of a list gives what it lends, and none gives nothing.
    #[test]
    fn a_list_of_one_borrows_what_that_lends() {
        struct Held(Vec<InputMessage>);

        impl ToInput for Held {
            fn to_input(&self) -> Cow<'_, [InputMessage]> {
                Cow::Borrowed(&self.0)
            }
        }

        let mut held = vec![Held(vec![user("a"), user("b")])];
        let is_lent = |held: &[Held]| matches!(held.to_input(), Cow::Borrowed(_));
        assert!(is_lent(&held) && held.to_input().len() == 2);
        held.push(Held(vec![user("c")]));
        assert!(!is_lent(&held) && held.to_input().len() == 3);
        held.clear();
        assert!(is_lent(&held) && held.to_input().is_empty());
    }
}
