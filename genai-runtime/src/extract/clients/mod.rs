//! The clients' own types as requests, responses, chunks and errors: one module per client, one feature per breaking version.
//!
//! In come values of a client's types; out go facts, mostly by way of the wire format the types serialise to. The impls of a
//! client are one macro over the path of its crate: a new version is one more call at the end of its module, the version's feature in the
//! gate of that module below, and a row of `errors!` in `error.rs`.

/// Types that serialise to a provider's format.
#[allow(unused_macros, reason = "clients without such types do not need it")]
macro_rules! wire {
    ($(Request as $format:ident for $($ty:ty),+;)*) => {$($(
        impl $crate::Request for $ty {
            fn record_request(&self, recorder: &mut $crate::Recorder<'_>) {
                $crate::Request::record_request(&$crate::Wire::$format(self), recorder);
            }
        }
    )+)*};
    ($(Response as $format:ident for $($ty:ty),+;)*) => {$($(
        impl $crate::Response for $ty {
            fn record_response(&self, recorder: &mut $crate::Recorder<'_>) {
                $crate::Response::record_response(&$crate::Wire::$format(self), recorder);
            }
        }
    )+)*};
    ($(Chunk as $format:ident for $ty:ty, unless |$chunk:ident, $stream:ident| $quiet:expr;)*) => {$(
        impl $crate::Chunk for $ty {
            #[inline]
            fn record_chunk(&self, stream: &mut $crate::Accumulator) {
                // Most chunks are some more text, which nobody keeps while content is off.
                let quiet = stream.is_settled() && {
                    let ($chunk, $stream) = (self, &*stream);
                    $quiet
                };
                if !quiet {
                    $crate::Chunk::record_chunk(&$crate::Wire::$format(self), stream);
                }
            }
        }
    )*};
}

/// Requests that go to one provider only.
#[allow(unused_macros, reason = "clients of many providers do not need it")]
macro_rules! provider {
    ($name:literal: $($ty:ty),+) => {$(
        impl $crate::ProviderRequest for $ty {
            fn provider(&self) -> ::std::borrow::Cow<'_, str> {
                ::std::borrow::Cow::Borrowed($name)
            }
        }
    )+};
}

/// The class of an error of an HTTP client with reqwest's methods: the status, else what went wrong.
#[allow(unused_macros, reason = "not every client is built on reqwest")]
macro_rules! http_class {
    ($error:expr) => {{
        let error = $error;
        match error.status() {
            Some(status) => ::std::borrow::Cow::Owned(status.as_str().to_owned()),
            None => ::std::borrow::Cow::Borrowed(if error.is_timeout() {
                "timeout"
            } else if error.is_connect() {
                "connection_error"
            } else if error.is_decode() {
                "decode_error"
            } else if error.is_body() {
                "body_error"
            } else if error.is_redirect() {
                "redirect_error"
            } else if error.is_builder() {
                "builder_error"
            } else if error.is_request() {
                "request_error"
            } else {
                crate::semconv::OTHER
            }),
        }
    }};
}

#[cfg(feature = "async-openai-0_43")]
mod async_openai;
#[cfg(feature = "aws-bedrock-1")]
mod aws_bedrock;
pub(crate) mod by_text;
#[cfg(feature = "claudius-0_33")]
mod claudius;
#[rustfmt::skip]
mod client_types;
mod error;
#[cfg(feature = "genai-client-0_7")]
mod genai_client;
mod named;
#[cfg(feature = "ollama-rs-0_3")]
mod ollama_rs;
#[cfg(feature = "reqwest-0_13")]
mod reqwest;
#[cfg(feature = "rig-0_44")]
mod rig_client;
#[cfg(feature = "rmcp-3")]
pub(crate) mod rmcp;

#[cfg(feature = "aws-bedrock-1")]
pub use aws_bedrock::bedrock;
pub(crate) use error::known;
pub(crate) use named::format_of;
#[cfg(feature = "rig-0_44")]
pub use rig_client::rig;
