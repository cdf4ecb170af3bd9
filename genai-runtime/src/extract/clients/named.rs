//! Clients of any version, without a feature: a type goes in, the format it serialises to comes out, by the type's name.
//!
//! The macros ask only where the written type has the name of a client's; what is asked here is whether it is that client's. The
//! standard library promises nothing about the text of a name. Where it does not look as expected nothing is recorded, and one
//! line is logged.

use std::any::type_name;

use super::client_types::CLIENT_TYPES;
use crate::diag::warn::{self, Once};
use crate::extract::wire::WireFormat;

/// The format that values of `T` serialise to, if the type is a known client's; else one line says that nothing is read.
pub(crate) fn format_of<T: ?Sized>() -> Option<WireFormat> {
    let name = type_name::<T>();
    let found = find(name);
    if found.is_none() {
        warn::once(Once::NotAClients, || {
            format!(
                "`{name}` has the name of a client's type, but is none that is known, so nothing of it is recorded; \
                 say what it serialises to: `response = openai`, `request = openai(..)`"
            )
        });
    }
    found
}

/// The format of the type with this full name.
fn find(name: &str) -> Option<WireFormat> {
    let path = without_wrappers(name);
    let path = path.split(['<', '>', ',']).next()?;
    let (package, rest) = path.split_once("::")?;
    let (_, _, _, format) = CLIENT_TYPES.iter().find(|(client, ty, ..)| {
        is_of(package, client) && {
            let (module, last) = ty.rsplit_once("::").unwrap_or(("", ty));
            let mut segments = rest.rsplit("::");
            segments.next() == Some(last) && (module.is_empty() || segments.any(|s| s == module))
        }
    })?;
    WireFormat::of_word(format)
}

/// Whether a crate is the client, or a fork of it that goes by its name and a suffix.
fn is_of(package: &str, client: &str) -> bool {
    package
        .strip_prefix(client)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// The name of a type inside of references, boxes and options, all of which serialise as what they hold.
fn without_wrappers(mut name: &str) -> &str {
    const WRAPPERS: [&str; 4] = [
        "alloc::boxed::Box<",
        "alloc::sync::Arc<",
        "alloc::rc::Rc<",
        "core::option::Option<",
    ];
    loop {
        name = name.trim_start_matches(['&', ' ']);
        name = name.strip_prefix("mut ").unwrap_or(name);
        match WRAPPERS.iter().find_map(|w| name.strip_prefix(w)) {
            Some(inner) => name = inner,
            None => return name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_crate_and_its_name() {
        for (name, format) in [
            (
                "async_openai::types::chat::chat_::CreateChatCompletionResponse",
                WireFormat::OpenAi,
            ),
            (
                "async_openai::types::chat::CreateChatCompletionRequest",
                WireFormat::OpenAi,
            ),
            (
                "async_openai::types::responses::response::Response",
                WireFormat::OpenAiResponses,
            ),
            (
                "async_openai_wasm::types::CreateEmbeddingResponse",
                WireFormat::OpenAi,
            ),
            (
                "&&mut alloc::boxed::Box<core::option::Option<ollama_rs::generation::chat::ChatMessageResponse>>",
                WireFormat::Ollama,
            ),
            (
                "ollama_rs::generation::completion::request::GenerationRequest<'_>",
                WireFormat::Ollama,
            ),
            (
                "gemini_rust::generation::model::GenerationResponse",
                WireFormat::Gemini,
            ),
            (
                "gemini_rust::interactions::model::Interaction",
                WireFormat::GeminiInteractions,
            ),
            (
                "anthropic_ai_sdk::types::message::CreateMessageResponse",
                WireFormat::Anthropic,
            ),
        ] {
            assert_eq!(find(name), Some(format), "{name}");
        }
    }

    #[test]
    fn others_are_not() {
        for name in [
            "my_app::CreateChatCompletionResponse",
            "async_openai::types::Model",
            "async_openai::types::chat::Response",
            "async_openaix::CreateChatCompletionResponse",
            "genai::chat::ChatRequest",
            "alloc::vec::Vec<async_openai::types::CreateChatCompletionResponse>",
            "CreateChatCompletionResponse",
            "",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn every_format_of_the_table_is_one() {
        for (client, ty, side, format) in CLIENT_TYPES {
            assert!(WireFormat::of_word(format).is_some(), "{client}::{ty}");
            assert!(["request", "response", "item", "stream"].contains(side));
        }
    }
}
