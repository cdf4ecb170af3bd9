//! Every place where this library calls code that is not its own: each by name, with what is missing when it panics.
//!
//! A panic stays here and is said once per kind. This is the one list; a test walks it with implementations that panic, so a new
//! kind needs its case there.
//!
//! Not among them: the function, future or stream that is observed, whose panics are its own, and expressions that the caller
//! evaluates (those of an attribute, arguments of a setter).

use std::sync::atomic::{AtomicU32, Ordering};

use super::guard::guard;
use super::warn::warning;

macro_rules! call_outs {
    ($($(#[doc = $doc:literal])* $name:ident, $what:literal, $missing:literal;)*) => {
        /// A kind of code that is not this library's.
        #[derive(Clone, Copy)]
        #[allow(dead_code, reason = "some are called by features alone")]
        #[repr(u8)]
        pub(crate) enum CallOut {
            $($(#[doc = $doc])* $name,)*
        }

        impl CallOut {
            /// All kinds: what is called.
            pub(crate) const ALL: &[&str] = &[$($what),*];

            /// What is called, and what is missing when it panics.
            fn words(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($what, $missing),)*
                }
            }
        }
    };
}

call_outs! {
    /// The `Serialize` of what `Wire` wraps is called by these, too.
    Request, "an implementation of `genai::Request`", "what it did not record is missing";
    Provider, "an implementation of `genai::ProviderRequest`", "the provider is missing";
    Response, "an implementation of `genai::Response`", "what it did not record is missing";
    Chunk, "an implementation of `genai::Chunk`", "what it did not record of this chunk is missing";
    Piece, "the `AsRef<[u8]>` of a piece of a body", "the piece is missing";
    StreamFailure, "the function that knows a stream's failures", "the item counts as none";
    AttemptFailure, "the function that knows the failures of an attempt", "the attempt counts as a success";
    ErrorType, "an implementation of `genai::ErrorType`", "the error is of type `_OTHER`";
    Classifier, "the error classifier", "the error is classed without it";
    ErrorText, "the `Display` of an error", "the status has no description";
    ToInput, "an implementation of `genai::message::ToInput`", "the messages are missing";
    ToOutput, "an implementation of `genai::message::ToOutput`", "the messages are missing";
    ToSystem, "an implementation of `genai::message::ToSystem`", "the instructions are missing";
    ToTools, "an implementation of `genai::message::ToTools`", "the definitions are missing";
    ToDocuments, "an implementation of `genai::message::ToDocuments`", "the documents are missing";
    Property, "an implementation of `genai::context::PropertyValue`", "the value is missing";
    Serialize, "the `Serialize` of a tool's arguments or result", "they are missing";
    Propagator, "the global propagator of OpenTelemetry", "its fields are missing";
    Opening, "the function that opens the context of a request", "the context is the one before";
    Redactor, "the redactor", "the content it was given is dropped";
    Hook, "a completion hook", "what it did not do is not done";
    HookFlush, "the flush of a completion hook", "it counts as not finished";
    HookShutdown, "the shutdown of a completion hook", "it counts as not finished";
    HookMade, "the constructor of a completion hook", "there is no hook";
    /// Provider, tracer and span, with all that the SDK calls there: samplers, id generators, processors, exporters.
    Tracing, "a tracer or span of OpenTelemetry", "what it did not take of the span is missing";
    Metering, "a meter or instrument of OpenTelemetry", "the measurement is missing";
    Logging, "a logger of OpenTelemetry", "the event is missing";
    Drop, "the destructor of a provider, exporter or hook", "it did not end as it should";
    Store, "an implementation of `genai::upload::Store`", "the file counts as failed";
    Writer, "the writer of the console", "what it did not write is missing";
    /// It is said nowhere: what would say it is what panics.
    Subscriber, "the `tracing` subscriber that gets this library's own lines", "the line is missing";
}

static SAID: AtomicU32 = AtomicU32::new(0);

const _: () = assert!(CallOut::ALL.len() <= u32::BITS as usize, "one bit for each");

/// Runs code that is not ours; its panic stays here and is said once.
#[inline]
pub(crate) fn contained<T>(call: CallOut, code: impl FnOnce() -> T) -> Option<T> {
    let value = guard(code);
    if value.is_none() {
        panicked(call);
    }
    value
}

/// Says once that `call` panicked.
#[cold]
pub(crate) fn panicked(call: CallOut) {
    let bit = 1_u32 << (call as u8);
    if SAID.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        let (what, missing) = call.words();
        warning(&format!("{what} panicked: {missing}; the call goes on"));
    }
}
