//! The AWS SDK's Bedrock runtime: Converse and InvokeModel, plain and streamed.
//!
//! The SDK's types do not serialise, so they are read field by field. A function that returns a stream returns
//! `ConverseStream`, since the SDK's receiver is no `Stream` and cannot be built outside the SDK.

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
