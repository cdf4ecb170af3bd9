//! An invocation that lasts as long as a stream: by hand, for streams that no attribute reaches.

use std::error::Error as StdError;
use std::pin::Pin;

use futures_core::Stream;
use serde::Serialize;

use super::Invocation;

use crate::extract::accumulator::Accumulator;
use crate::extract::failure::{Failure, IntoFailure, failed, outcome};
use crate::extract::observe::{self, Class, ObservedStream};
use crate::extract::traits::Chunk;
use crate::extract::wire::{Wire, WireFormat};
use crate::operation::Outcome;
use crate::semconv::registry::keys;

/// Ends `invocation` with `stream`: as a success when the stream ends or is dropped, as a failure with its first error, which
/// is delivered unchanged. What arrived is recorded in every case, and the operation's span is current while the stream is
/// polled and dropped.
///
/// Say so on the builder before the start ([`Builder::stream`](crate::invocation::Builder::stream)), so that samplers see
/// `gen_ai.request.stream`. For items that are no `Result`, and errors that classify themselves, there is
/// [`observe_stream_with`].
///
/// ```
/// use futures_core::Stream;
///
/// struct Token(String);
/// impl genai::Chunk for Token {
///     fn record_chunk(&self, _: &mut genai::Accumulator) {}
/// }
///
/// fn answer<S: Stream<Item = std::io::Result<Token>>>(tokens: S) -> impl Stream<Item = std::io::Result<Token>> {
///     let chat = genai::chat("openai").model("gpt-5").stream().start();
///     genai::observe_stream(chat, tokens)
/// }
/// ```
pub fn observe_stream<K, S, T, E>(invocation: Invocation<K>, stream: S) -> ObservedStream<S>
where
    S: Stream<Item = Result<T, E>>,
    T: Chunk,
    E: StdError + 'static,
{
    observe::stream(slot(invocation), stream, Chunk::record_chunk, Class(failed))
}

/// As [`observe_stream`], with a function that says which items are errors. If it panics, the item counts as no error.
///
/// ```
/// use futures_core::Stream;
///
/// enum Item {
///     Text(String),
///     Refused,
/// }
/// impl genai::Chunk for Item {
///     fn record_chunk(&self, stream: &mut genai::Accumulator) {
///         if let Item::Text(text) = self {
///             stream.text(0, text);
///         }
///     }
/// }
///
/// fn answer(items: impl Stream<Item = Item>) -> impl Stream<Item = Item> {
///     let chat = genai::chat("my-provider").model("m").stream().start();
///     genai::observe_stream_with(chat, items, |item| {
///         matches!(item, Item::Refused).then(|| genai::Failure::new("refused", "the model refused"))
///     })
/// }
/// ```
pub fn observe_stream_with<K, S>(
    invocation: Invocation<K>,
    stream: S,
    error: impl Fn(&S::Item) -> Option<Failure> + Send + Sync + 'static,
) -> ObservedStream<S>
where
    S: Stream,
    S::Item: Chunk,
{
    observe::stream_with(slot(invocation), stream, Chunk::record_chunk, error)
}

/// As [`observe_stream`], for items of any type that serialises to a provider's JSON, such as those of a client in whatever
/// version.
///
/// ```
/// use futures_core::Stream;
/// use genai::WireFormat;
///
/// #[derive(serde::Serialize)]
/// struct Event {
///     model: String,
///     choices: Vec<serde_json::Value>,
/// }
///
/// fn answer<S: Stream<Item = std::io::Result<Event>>>(events: S) -> impl Stream<Item = std::io::Result<Event>> {
///     genai::observe_stream_as(WireFormat::OpenAi, genai::chat("openai").stream().start(), events)
/// }
/// ```
pub fn observe_stream_as<K, S, T, E>(
    format: WireFormat,
    invocation: Invocation<K>,
    stream: S,
) -> ObservedStream<S>
where
    S: Stream<Item = Result<T, E>>,
    T: Serialize,
    E: StdError + 'static,
{
    let take = |item: &S::Item, stream: &mut Accumulator| {
        if let Ok(item) = item {
            // The format is in the accumulator, unless it is one that is to be recognised.
            Wire::detect(item).record_chunk(stream);
        }
    };
    observe::stream_in(
        slot(invocation),
        stream,
        format.format(),
        take,
        Class(failed),
    )
}

/// As [`observe_stream`], for the bytes of a response body as they arrive: reqwest's `bytes_stream`, or what a proxy passes on.
///
/// Server-sent events, JSON lines, a JSON array, AWS event-stream frames or one JSON body, of any provider's format, cut anywhere.
/// Events may be of any size (see [`Limits::event_bytes`](crate::Limits::event_bytes)); the bytes themselves are delivered unchanged.
///
/// ```
/// use futures_core::Stream;
///
/// /// Passes a provider's body on, and records what it says.
/// fn proxied(body: impl Stream<Item = std::io::Result<Vec<u8>>>) -> impl Stream<Item = std::io::Result<Vec<u8>>> {
///     genai::observe_bytes(genai::chat("openai").model("gpt-5").stream().start(), body)
/// }
/// ```
pub fn observe_bytes<K, S, B, E>(invocation: Invocation<K>, stream: S) -> ObservedStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    E: StdError + 'static,
{
    observe::stream_bytes(slot(invocation), stream, bytes, Class(failed))
}

fn bytes<B: AsRef<[u8]>, E>(item: &Result<B, E>) -> Option<&[u8]> {
    item.as_ref().ok().map(AsRef::as_ref)
}

fn slot<K>(invocation: Invocation<K>) -> crate::operation::Slot {
    let mut slot = invocation.into_slot();
    if let Some(op) = &mut slot {
        op.fill(keys::GEN_AI_REQUEST_STREAM.id(), true.into());
    }
    slot
}

impl<S: Stream> ObservedStream<S> {
    /// Ends the operation as a success with what has arrived. The stream can still be read; nothing more is recorded.
    pub fn finish(self: Pin<&mut Self>) {
        self.end(|_| Outcome::Ok);
    }

    /// Ends the operation as a failure of the reader's: `&err` of any error type, or a [`Failure`] record. What has arrived is
    /// kept, and the stream can still be read.
    pub fn fail(self: Pin<&mut Self>, failure: impl IntoFailure) {
        self.end(|op| outcome(failure, op));
    }
}
