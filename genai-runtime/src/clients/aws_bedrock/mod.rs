//! The AWS SDK's Bedrock runtime: Converse and InvokeModel, plain and streamed.
//!
//! The SDK's types do not serialise, so they are read field by field. A function that returns a stream returns
//! `ConverseStream`, since the SDK's receiver is no `Stream` and cannot be built outside the SDK.

use std::fmt::{self, Debug, Write};

#[macro_use]
mod content;
#[macro_use]
mod error;
#[macro_use]
mod request;
#[macro_use]
mod response;
#[macro_use]
mod stream;

macro_rules! aws_bedrock {
    ($(#[$doc:meta])* $name:ident, $sdk:ident, $smithy:ident) => {
        $(#[$doc])*
        pub mod $name {
            content!($sdk, $smithy);
            error!($sdk, $smithy);
            request!($sdk, $smithy);
            response!($sdk, $smithy);
            stream!($sdk, $smithy);
        }
    };
}

aws_bedrock!(
    /// Streams of the AWS SDK's Bedrock runtime, version 1.
    bedrock,
    aws_bedrock_1,
    aws_smithy_types_1
);

/// The name on the wire of the variant a value is, from the first word of its `Debug`: no more of it is written.
pub(crate) fn variant(value: &dyn Debug) -> String {
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

/// Likewise, beginning with a small letter as fields do.
pub(crate) fn field_name(value: &dyn Debug) -> String {
    let name = variant(value);
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(variant(&Block::Unknown), "Unknown");
    }
}
