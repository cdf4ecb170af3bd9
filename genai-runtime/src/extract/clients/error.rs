//! What clients' errors have in common: a class out of code, type and status, and a description that holds nothing else.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Write};

#[cfg(feature = "aws-bedrock-1")]
use aws_bedrock_1::{
    error::SdkError,
    operation::{
        converse::ConverseError, converse_stream::ConverseStreamError,
        invoke_model::InvokeModelError,
        invoke_model_with_response_stream::InvokeModelWithResponseStreamError,
    },
    types::error::{ConverseStreamOutputError, ResponseStreamError},
};
#[cfg(feature = "aws-bedrock-1")]
use aws_smithy_types_1::event_stream::RawMessage;

use crate::extract::traits::ErrorType;
use crate::extract::wire::error::is_type;

/// The class of an error: its code in words, its type, its status, the first there is.
#[allow(dead_code, reason = "only clients with error codes need it")]
pub(super) fn class<'e>(
    code: Option<&'e str>,
    kind: Option<&'e str>,
    status: Option<u16>,
) -> Cow<'e, str> {
    let in_words = |text: &&str| is_type(text) && !text.bytes().all(|b| b.is_ascii_digit());
    let word = code
        .filter(in_words)
        .or(kind.filter(in_words))
        .map(Cow::Borrowed);
    word.or_else(|| status.map(|status| Cow::Owned(status.to_string())))
        .or_else(|| code.filter(|code| is_type(code)).map(Cow::Borrowed))
        .unwrap_or(Cow::Borrowed(crate::semconv::OTHER))
}

/// A description of an answer with this status, such as `HTTP 404 model_not_found`.
#[allow(dead_code, reason = "only clients with a status need it")]
pub(super) fn description(status: Option<u16>, class: &str) -> Option<Cow<'static, str>> {
    let status = status?;
    Some(Cow::Owned(
        if class.bytes().all(|b| b.is_ascii_digit()) || class == crate::semconv::OTHER {
            format!("HTTP {status}")
        } else {
            format!("HTTP {status} {class}")
        },
    ))
}

/// The name of the variant a value is: the first word of its `Debug`. No more of it is written.
#[allow(dead_code, reason = "only clients with many kinds of errors need it")]
pub(super) fn variant(value: &dyn Debug) -> String {
    struct Word(String);

    impl fmt::Write for Word {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(text.len());
            self.0.push_str(text.get(..end).unwrap_or_default());
            if end == text.len() && self.0.len() < 64 {
                Ok(())
            } else {
                Err(fmt::Error)
            }
        }
    }

    let mut word = Word(String::new());
    // An error means that the word is complete.
    let _ = write!(word, "{value:?}");
    word.0
}

/// The name on the wire of the variant a value is: as fields do, it begins with a small letter.
#[allow(
    dead_code,
    reason = "only clients whose types do not serialise need it"
)]
pub(super) fn field_name(value: &dyn Debug) -> String {
    let name = variant(value);
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}

/// The code or type in the body of a failed answer, if it is JSON of a usual shape; its message is not looked at.
#[allow(dead_code, reason = "only clients that keep the body need it")]
pub(super) fn of_body(body: &str) -> Option<Cow<'static, str>> {
    const MAX_BODY: usize = 64 << 10;
    if body.len() > MAX_BODY {
        return None;
    }
    crate::extract::wire::error::of_body(&serde_json::from_str(body).ok()?)
}

/// The errors of the clients that are switched on, recognized by their type.
macro_rules! errors {
    ($($(#[$cfg:meta])* [$($ty:ty),+ $(,)?];)*) => {
        /// How an error of any type classifies itself, if it is a known client's.
        #[allow(unused_variables, reason = "there may be no client")]
        pub(crate) fn known<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e dyn ErrorType> {
            $($(#[$cfg])* {
                $(if let Some(error) = error.downcast_ref::<$ty>() {
                    return Some(error);
                })+
            })*
            None
        }
    };
}

errors! {
    #[cfg(feature = "async-openai-0_43")]
    [async_openai_0_43::error::OpenAIError];
    #[cfg(feature = "aws-bedrock-1")]
    [
        SdkError<ConverseError>,
        SdkError<ConverseStreamError>,
        SdkError<InvokeModelError>,
        SdkError<InvokeModelWithResponseStreamError>,
        SdkError<ConverseStreamOutputError, RawMessage>,
        SdkError<ResponseStreamError, RawMessage>,
        ConverseError,
        ConverseStreamError,
        InvokeModelError,
        InvokeModelWithResponseStreamError,
        ConverseStreamOutputError,
        ResponseStreamError,
    ];
    #[cfg(feature = "claudius-0_33")]
    [claudius_0_33::Error];
    #[cfg(feature = "rmcp-3")]
    [rmcp_3::ErrorData, rmcp_3::ServiceError];
    #[cfg(feature = "genai-client-0_7")]
    [genai_client_0_7::Error];
    #[cfg(feature = "ollama-rs-0_3")]
    [ollama_rs_0_3::error::OllamaError];
    #[cfg(feature = "reqwest-0_13")]
    [reqwest_0_13::Error];
    #[cfg(feature = "rig-0_44")]
    [rig_0_44::ProviderError];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_a_word_before_it_is_a_number() {
        let code = |code, kind, status| class(code, kind, status).into_owned();
        assert_eq!(
            code(
                Some("model_not_found"),
                Some("invalid_request_error"),
                Some(404)
            ),
            "model_not_found"
        );
        assert_eq!(
            code(None, Some("not_found_error"), Some(404)),
            "not_found_error"
        );
        assert_eq!(code(Some("429"), None, Some(429)), "429");
        assert_eq!(
            code(Some("a sentence, which is no code"), None, Some(500)),
            "500"
        );
        assert_eq!(code(Some("17"), None, None), "17");
        assert_eq!(code(None, None, None), "_OTHER");
    }

    #[test]
    fn a_description_is_status_and_code() {
        assert_eq!(
            description(Some(404), "model_not_found").as_deref(),
            Some("HTTP 404 model_not_found")
        );
        assert_eq!(description(Some(503), "503").as_deref(), Some("HTTP 503"));
        assert_eq!(description(None, "timeout"), None);
    }

    #[test]
    fn a_variant_is_named_without_its_content() {
        #[derive(Debug)]
        struct Loud;
        #[derive(Debug)]
        #[allow(dead_code, reason = "only its Debug is looked at")]
        enum Block {
            CachePoint(Loud),
            GuardContent { inner: Loud },
            Unknown,
        }
        assert_eq!(field_name(&Block::CachePoint(Loud)), "cachePoint");
        assert_eq!(
            field_name(&Block::GuardContent { inner: Loud }),
            "guardContent"
        );
        assert_eq!(field_name(&Block::Unknown), "unknown");
    }
}
