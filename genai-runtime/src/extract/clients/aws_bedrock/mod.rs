//! The AWS SDK's Bedrock runtime: Converse and InvokeModel, plain and streamed.
//!
//! The SDK's types do not serialise, so they are read field by field. A function that returns a stream returns
//! `ConverseStream`, since the SDK's receiver is no `Stream` and cannot be built outside the SDK.

use std::fmt::Debug;

use super::error::variant;

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

/// The name on the wire of the variant a value is: as fields do, it begins with a small letter.
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
        assert_eq!(field_name(&Block::Unknown), "unknown");
    }
}
