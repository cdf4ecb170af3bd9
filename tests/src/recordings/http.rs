//! Replays recordings over HTTP on loopback through annotated functions, as an application would call the provider.
//!
//! In come recordings; a server answers with status and body as recorded, a stream in chunks of the recorded framing or cut
//! anywhere; out come the attributes and messages of the span.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use futures_core::Stream;
use genai::ContentCapture;
use genai::testing::Harness;
use serde_json::Value;

use super::compare::Observed;
use super::load::Recording;
use super::probe::last_span;
use super::replay::{cut, framed, observed};
use crate::server::{Answer, Reply, Server};

/// In which pieces a stream arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pieces {
    /// Event by event, read as values.
    Events,
    /// Cut at places that this seed makes up, read as bytes.
    Cut(u64),
}

/// A failed call: what a client knows of it.
#[derive(Debug)]
pub enum Failed {
    Http(reqwest::Error),
    Status(u16, Value),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Status(status, _) => write!(f, "status {status}"),
        }
    }
}

impl std::error::Error for Failed {}

impl Failed {
    fn class(&self) -> String {
        match self {
            Self::Http(_) => "connection".to_owned(),
            Self::Status(status, body) => genai::Wire::error_type(*status, body).into_owned(),
        }
    }
}

/// What an application knows of a call before it makes it.
struct Call<'a> {
    http: &'a reqwest::Client,
    url: &'a str,
    provider: &'a str,
    operation: &'a str,
    /// Where the path has it.
    model: Option<&'a str>,
    body: &'a Value,
}

async fn send(call: &Call<'_>) -> Result<reqwest::Response, Failed> {
    let response = call.http.post(call.url).json(call.body).send().await;
    let response = response.map_err(Failed::Http)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await.map_err(Failed::Http)?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Err(Failed::Status(status.as_u16(), body))
}

#[genai::chat(provider = call.provider, operation = call.operation, model = call.model, request = call.body, error(|e| type = e.class()))]
async fn chat(call: &Call<'_>) -> Result<Value, Failed> {
    send(call).await?.json().await.map_err(Failed::Http)
}

#[genai::embeddings(provider = call.provider, model = call.model, request = call.body, error(|e| type = e.class()))]
async fn embed(call: &Call<'_>) -> Result<Value, Failed> {
    send(call).await?.json().await.map_err(Failed::Http)
}

/// A client that decodes the events itself and yields values.
#[genai::chat(provider = call.provider, operation = call.operation, model = call.model, request = call.body, stream, error(|e| type = e.class()))]
async fn events(
    call: &Call<'_>,
) -> Result<impl Stream<Item = Result<Value, Failed>> + use<>, Failed> {
    let text = send(call).await?.text().await.map_err(Failed::Http)?;
    let values: Vec<_> = text
        // The framing uses all three line ends of the standard.
        .split(['\n', '\r'])
        .map(|line| line.strip_prefix("data:").unwrap_or(line).trim())
        .filter_map(|data| serde_json::from_str(data).ok().map(Ok))
        .collect();
    Ok(Given(values.into_iter()))
}

/// A proxy that passes the bytes on and looks at them on the way.
async fn bytes(call: &Call<'_>) -> Result<(), Failed> {
    let mut chat = genai::chat(call.provider)
        .operation(call.operation.to_owned())
        .stream();
    if let Some(model) = call.model {
        chat = chat.model(model);
    }
    let mut chat = chat.request(call.body).start();
    let response = match chat.scope(send(call)).await {
        Ok(response) => response,
        Err(error) => {
            chat.fail(genai::Failure::new(error.class(), error.to_string()));
            return Err(error);
        }
    };
    drain(genai::observe_bytes(chat, response.bytes_stream())).await;
    Ok(())
}

/// A stream that is ready at once.
struct Given<I>(I);

impl<I: Iterator + Unpin> Stream for Given<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

async fn drain(stream: impl Stream) {
    let mut stream = std::pin::pin!(stream);
    while std::future::poll_fn(|cx| stream.as_mut().poll_next(cx))
        .await
        .is_some()
    {}
}

/// A server, a client and a harness for a run through recordings.
pub struct Replay {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    url: String,
    /// The answer to the next request.
    next: Sender<Answer>,
    _server: Server,
    harness: RefCell<Harness>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Replay {
    /// Starts the server, with content on spans or without.
    ///
    /// # Errors
    /// If there is no port or no runtime to be had.
    pub fn new(content: bool) -> std::io::Result<Self> {
        let (next, responses) = channel::<Answer>();
        let responses = Mutex::new(responses);
        let server = Server::start(move |_| {
            let responses = responses.lock().expect("no panic while it is held");
            responses.recv().expect("an answer for every request")
        })?;
        let capture = if content {
            ContentCapture::SpanOnly
        } else {
            ContentCapture::NoContent
        };
        Ok(Self {
            runtime: crate::runtime(),
            http: crate::http(),
            url: format!("{}/replay", server.url()),
            _server: server,
            next,
            harness: RefCell::new(Harness::install_with(|t| t.capture(capture))),
        })
    }

    /// Replays one recording; `None` where no such client exists: event-stream frames, and JSON that is not strictly JSON, are read
    /// as bytes only.
    pub fn run(&self, recording: &Recording, pieces: Pieces) -> Option<Observed> {
        let is_frames = recording.response.stream_format.as_deref() == Some("aws-eventstream");
        let is_stream = recording.response.sse.is_some();
        // A client that decodes JSON reads what is strictly JSON; a plain body that is none is read as bytes.
        let is_decoded = pieces == Pieces::Events;
        let is_strict = recording.is_strict_json();
        let is_chat = recording.operation != "embeddings";
        let is_possible = match (is_decoded, is_stream) {
            (true, _) => is_strict && !is_frames,
            (false, true) => true,
            (false, false) => is_chat && !is_strict,
        };
        if !is_possible {
            return None;
        }
        self.next.send(response(recording, pieces)).ok()?;
        let harness = self.harness.borrow();
        harness.clear();
        let call = Call {
            http: &self.http,
            url: &self.url,
            provider: &recording.provider,
            operation: &recording.operation,
            model: recording.model_in_path.as_deref(),
            body: &recording.request,
        };
        // Whether the call succeeds is part of what is compared.
        self.runtime.block_on(async {
            match pieces {
                Pieces::Cut(_) => drop(bytes(&call).await),
                Pieces::Events if !is_chat => drop(embed(&call).await),
                Pieces::Events if !is_stream => drop(chat(&call).await),
                Pieces::Events => {
                    if let Ok(stream) = events(&call).await {
                        drain(stream).await;
                    }
                }
            }
        });
        let mut recorded = last_span(&harness);
        if !is_decoded && !is_stream {
            // A plain body in pieces was observed as a stream, which the request did not ask for.
            recorded.attributes.remove("gen_ai.request.stream");
        }
        Some(observed(recording, recorded, None))
    }
}

/// A response as it goes over the wire, and then the connection ends.
fn response(recording: &Recording, pieces: Pieces) -> Answer {
    let recorded = &recording.response;
    let whole = match (recorded.text(), &recorded.sse) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(texts)) => framed(recording, texts),
        (None, None) => Vec::new(),
    };
    let mut body = Vec::new();
    match pieces {
        Pieces::Events => body.push(whole),
        Pieces::Cut(seed) => cut(&whole, seed, |piece| body.push(piece.to_vec())),
    }
    let head = Reply {
        status: recorded.status,
        content_type: "application/json",
        body: Vec::new(),
    };
    head.in_pieces(body)
}
