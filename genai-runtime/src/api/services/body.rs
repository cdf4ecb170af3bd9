//! The conversation in the body of a request: the start of a JSON body is read, and passed on with the rest as it came.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll, ready};

use bytes::Buf;
use http::Request;
use http::header::CONTENT_TYPE;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use serde_json::Value;
use tower_layer::Layer;
use tower_service::Service;

use super::fields::ID_BYTES;
use crate::GenAiContext;
use crate::context::{Scoped, open};
use crate::pipeline::listening;

/// How much of a body is read.
const BYTES: usize = 64 * 1024;

/// A layer below that of [`server`](super::server): the conversation is what a JSON body of at most 64 KiB has at `pointer` (RFC
/// 6901), a string of at most 512 bytes or a number. The body is passed on as it came; a longer one, or one of another
/// content type, is not looked at.
///
/// ```
/// // {"chat": {"id": "c-17"}, "text": ".."}
/// let layer = genai::services::conversation_in_body("/chat/id");
/// # let _ = layer;
/// ```
pub fn conversation_in_body(pointer: impl Into<Arc<str>>) -> InBodyLayer {
    InBodyLayer {
        pointer: pointer.into(),
    }
}

/// The layer that [`conversation_in_body`] makes.
///
/// ```
/// use genai::services::InBodyLayer;
///
/// fn layer() -> InBodyLayer {
///     genai::services::conversation_in_body("/chat/id")
/// }
/// # let _ = layer();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is around a service"]
pub struct InBodyLayer {
    pointer: Arc<str>,
}

impl<S> Layer<S> for InBodyLayer {
    type Service = InBody<S>;

    fn layer(&self, inner: S) -> InBody<S> {
        InBody {
            inner,
            pointer: Arc::clone(&self.pointer),
        }
    }
}

/// A service in the layer of [`conversation_in_body`].
///
/// ```
/// use genai::services::InBody;
/// use tower_layer::Layer;
///
/// fn around<S>(service: S) -> InBody<S> {
///     genai::services::conversation_in_body("/chat/id").layer(service)
/// }
/// # let _ = around(());
/// ```
#[derive(Clone, Debug)]
pub struct InBody<S> {
    inner: S,
    pointer: Arc<str>,
}

impl<S, B> Service<Request<B>> for InBody<S>
where
    S: Service<Request<Peeked<B>>> + Clone,
    B: Body,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = InBodyFuture<S, S::Future, B>;

    fn poll_ready(&mut self, poller: &mut Poller<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(poller)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_read = !listening::is_off() && is_json(&request);
        let request = request.map(Peeked::new);
        if !is_read {
            return InBodyFuture {
                state: State::Running {
                    future: self.inner.call(request),
                },
            };
        }
        // The one that is ready is the one that is called.
        let ready = self.inner.clone();
        let reading = Reading {
            service: std::mem::replace(&mut self.inner, ready),
            request,
            pointer: Arc::clone(&self.pointer),
            text: Vec::new(),
        };
        InBodyFuture {
            state: State::Reading {
                reading: Some(reading),
            },
        }
    }
}

fn is_json<B: Body>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_json = kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json");
    let least = request.body().size_hint().lower();
    is_json && usize::try_from(least).is_ok_and(|least| least <= BYTES)
}

/// A body that is being read.
struct Reading<S, B: Body> {
    service: S,
    request: Request<Peeked<B>>,
    pointer: Arc<str>,
    text: Vec<u8>,
}

impl<S, B: Body> Reading<S, B> {
    /// Reads on; ready at the end, at an error, and where it gets too long.
    fn poll(&mut self, poller: &mut Poller<'_>) -> Poll<()> {
        let peeked = self.request.body_mut();
        loop {
            let next = ready!(peeked.rest.as_mut().poll_frame(poller));
            let is_last = !matches!(next, Some(Ok(_)));
            match next {
                None => peeked.is_ended = true,
                Some(Err(error)) => peeked.read.push_back(Err(error)),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        peeked.bytes += data.remaining();
                        // What is in several pieces has its first here; a part is no JSON.
                        self.text.extend_from_slice(data.chunk());
                    }
                    peeked.read.push_back(Ok(frame));
                }
            }
            if is_last || peeked.bytes > BYTES {
                return Poll::Ready(());
            }
        }
    }

    /// The conversation, if it is all there and names one.
    fn conversation(&self) -> Option<String> {
        if !self.request.body().is_ended {
            return None;
        }
        let body: Value = serde_json::from_slice(&self.text).ok()?;
        let id = match body.pointer(&self.pointer)? {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        let is_id = !id.is_empty() && id.len() <= ID_BYTES && !id.chars().any(char::is_control);
        is_id.then_some(id)
    }
}

pin_project! {
    /// The future of [`InBody`].
    pub struct InBodyFuture<S, F, B>
    where
        B: Body,
    {
        #[pin]
        state: State<S, F, B>,
    }
}

pin_project! {
    #[project = StateProject]
    enum State<S, F, B>
    where
        B: Body,
    {
        Reading {
            reading: Option<Reading<S, B>>,
        },
        Running {
            #[pin]
            future: F,
        },
        Placed {
            #[pin]
            future: Scoped<F>,
        },
    }
}

impl<S, F, B: Body> fmt::Debug for InBodyFuture<S, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InBodyFuture")
    }
}

impl<S, B> Future for InBodyFuture<S, S::Future, B>
where
    S: Service<Request<Peeked<B>>>,
    B: Body,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProject::Running { future } => return future.poll(poller),
                StateProject::Placed { future } => return future.poll(poller),
                StateProject::Reading { reading } => {
                    let Some(under_way) = reading else {
                        // It became one of the others.
                        return Poll::Pending;
                    };
                    ready!(under_way.poll(poller));
                    let conversation = under_way.conversation();
                    let Some(mut read) = reading.take() else {
                        return Poll::Pending;
                    };
                    match conversation {
                        None => State::Running {
                            future: read.service.call(read.request),
                        },
                        Some(id) => {
                            let context = GenAiContext::current().conversation_id(id.as_str());
                            // In the layer around this one the body of the answer has it, too.
                            if open::set_in_request(context.clone()) {
                                let future = read.service.call(read.request);
                                state.set(State::Running { future });
                                continue;
                            }
                            let future = {
                                let _scope = context.clone().attach_in_call();
                                read.service.call(read.request)
                            };
                            State::Placed {
                                future: context.scope(future),
                            }
                        }
                    }
                }
            };
            state.set(next);
        }
    }
}

/// A body of which some may have been read: that comes first.
pub struct Peeked<B: Body> {
    read: VecDeque<Result<Frame<B::Data>, B::Error>>,
    bytes: usize,
    is_ended: bool,
    rest: Pin<Box<B>>,
}

impl<B: Body> Peeked<B> {
    fn new(body: B) -> Self {
        Self {
            read: VecDeque::new(),
            bytes: 0,
            is_ended: false,
            rest: Box::pin(body),
        }
    }
}

/// The rest is pinned where it is, and nothing else is.
impl<B: Body> Unpin for Peeked<B> {}

impl<B: Body> fmt::Debug for Peeked<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peeked")
    }
}

impl<B: Body> Body for Peeked<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        poller: &mut Poller<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if let Some(frame) = self.read.pop_front() {
            if let Some(data) = frame.as_ref().ok().and_then(Frame::data_ref) {
                self.bytes = self.bytes.saturating_sub(data.remaining());
            }
            return Poll::Ready(Some(frame));
        }
        if self.is_ended {
            return Poll::Ready(None);
        }
        self.rest.as_mut().poll_frame(poller)
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && (self.is_ended || self.rest.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let read = u64::try_from(self.bytes).unwrap_or(u64::MAX);
        let rest = if self.is_ended {
            SizeHint::with_exact(0)
        } else {
            self.rest.size_hint()
        };
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(read));
        }
        hint.set_lower(rest.lower().saturating_add(read));
        hint
    }
}
