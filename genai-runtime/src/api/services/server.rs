//! The layer for servers: a request goes in, and is handled in the context that it names; so is the body of the answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll, ready};

use http::header::{HeaderMap, HeaderName};
use http::{Extensions, Method, Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::fields::{self, Reader};
use crate::GenAiContext;
use crate::context::baggage::FIELD as BAGGAGE;
use crate::context::leaving::{Entering, Leaving};
use crate::context::place::Place;
use crate::context::{Scoped, ambient, baggage, carrier};
use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::listening;

/// A layer for servers of HTTP and gRPC: axum, tonic, anything that is a `tower::Service` of [`http::Request`]. See the
/// [module](super).
///
/// ```
/// let layer = genai::services::server().conversation_header("x-conversation-id");
/// # let _ = layer;
/// ```
pub fn server() -> ServerLayer {
    ServerLayer {
        header: None,
        open: None,
    }
}

/// What of a request is known before its body is read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The address.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What other layers have put there.
    pub extensions: &'a Extensions,
}

type Open = Arc<dyn Fn(&Head<'_>, GenAiContext) -> GenAiContext + Send + Sync>;

/// The layer that [`server`] begins.
///
/// ```
/// use genai::services::ServerLayer;
///
/// fn layer() -> ServerLayer {
///     genai::services::server()
/// }
/// # let _ = layer();
/// ```
#[derive(Clone)]
#[must_use = "a layer does nothing until it is around a service"]
pub struct ServerLayer {
    header: Option<HeaderName>,
    open: Option<Open>,
}

impl ServerLayer {
    /// The conversation is what this header says, where a request has it, in at most 512 bytes. A name that is none is ignored.
    pub fn conversation_header(mut self, name: &str) -> Self {
        self.header = HeaderName::try_from(name).ok();
        self
    }

    /// Opens the context of a request: `open` gets what is known of it and the context so far, and gives the one to handle it in.
    /// Runs where something listens. If it panics the context stays as it was.
    ///
    /// ```
    /// struct User(String);
    ///
    /// let layer = genai::services::server().context(|request, context| {
    ///     let user = request.extensions.get::<User>();
    ///     context.property("user.id", user.map(|user| user.0.as_str()))
    /// });
    /// # let _ = layer;
    /// ```
    pub fn context<F>(mut self, open: F) -> Self
    where
        F: Fn(&Head<'_>, GenAiContext) -> GenAiContext + Send + Sync + 'static,
    {
        self.open = Some(Arc::new(open));
        self
    }

    /// The place to handle a request in; `None` where nobody listens.
    fn place<B>(&self, request: &Request<B>) -> Option<Place> {
        if listening::is_off() {
            return None;
        }
        let here = ambient::current();
        let headers = request.headers();
        let read = || carrier::read(&here, &Reader(headers));
        // A layer around this one may have made a span of it.
        let is_below = ambient::has_span(&here) || ambient::has_span_elsewhere();
        let cx = if is_below { None } else { read() };
        let mut context = GenAiContext::current();
        if let Some(id) = self.header.as_ref().and_then(|name| headers.get(name)) {
            context = context.conversation_id(fields::id(id));
        }
        if let Some(open) = &self.open {
            let head = Head {
                method: request.method(),
                uri: request.uri(),
                headers,
                extensions: request.extensions(),
            };
            let so_far = context.clone();
            if let Some(opened) = contained(CallOut::Opening, || open(&head, so_far)) {
                context = opened;
            }
        }
        if headers.contains_key(BAGGAGE) && baggage::is_accepted() {
            context = baggage::accepted(context, || {
                let all = headers.get_all(BAGGAGE).iter();
                all.map(|value| value.as_bytes())
            });
        }
        let cx = ambient::seat(cx.unwrap_or(here));
        Some(Place::of_request(context, cx))
    }
}

impl fmt::Debug for ServerLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerLayer")
            .field("conversation_header", &self.header)
            .field("context", &self.open.is_some())
            .finish()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service in the layer of [`server`].
///
/// ```
/// use genai::services::Server;
/// use tower_layer::Layer;
///
/// fn around<S>(service: S) -> Server<S> {
///     genai::services::server().layer(service)
/// }
/// # let _ = around(());
/// ```
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
    layer: ServerLayer,
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<Answer<R>>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, poller: &mut Poller<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(poller)
    }

    #[cfg_attr(not(feature = "rmcp-3"), allow(unused_mut))]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.layer.place(&request) {
            None => Answering {
                state: Under::Bare {
                    future: self.inner.call(request),
                },
            },
            Some(mut place) => {
                // A server of MCP handles what is in it elsewhere.
                #[cfg(feature = "rmcp-3")]
                if may_be_mcp(request.headers()) {
                    request.extensions_mut().insert(place.merged());
                }
                let future = place.run(|| self.inner.call(request));
                Answering {
                    state: Under::Placed {
                        future: Scoped::of(place, future),
                    },
                }
            }
        }
    }
}

/// Whether MCP over HTTP may be in a request: whoever sends it takes a stream of events for an answer.
#[cfg(feature = "rmcp-3")]
fn may_be_mcp(headers: &http::HeaderMap) -> bool {
    let accepted = headers.get_all(http::header::ACCEPT).iter();
    let mut types = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    types.any(|accepted| {
        let essence = accepted.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("text/event-stream")
    })
}

pin_project! {
    /// The future of [`Server`].
    pub struct Answering<F> {
        #[pin]
        state: Under<F>,
    }
}

pin_project! {
    #[project = UnderProject]
    enum Under<F> {
        Bare {
            #[pin]
            future: F,
        },
        Placed {
            #[pin]
            future: Scoped<F>,
        },
    }
}

impl<F> fmt::Debug for Answering<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}

impl<F, R, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Answer<R>>, E>;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            UnderProject::Bare { future } => {
                let answer = ready!(future.poll(poller))?;
                let bare = |body| Answer {
                    state: Content::Bare { body },
                };
                Poll::Ready(Ok(answer.map(bare)))
            }
            UnderProject::Placed { mut future } => {
                let answer = ready!(future.as_mut().poll(poller))?;
                let placed = |body| Answer {
                    state: Content::Placed {
                        entering: Entering(future.place().clone()),
                        body,
                        leaving: Leaving,
                    },
                };
                Poll::Ready(Ok(answer.map(placed)))
            }
        }
    }
}

pin_project! {
    /// The body of an answer: what is streamed runs in the context of its request, too.
    pub struct Answer<B> {
        #[pin]
        state: Content<B>,
    }
}

pin_project! {
    #[project = ContentProject]
    enum Content<B> {
        Bare {
            #[pin]
            body: B,
        },
        // The order makes the body be dropped in its context.
        Placed {
            entering: Entering,
            #[pin]
            body: B,
            leaving: Leaving,
        },
    }
}

impl<B> fmt::Debug for Answer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}

impl<B: Default> Default for Answer<B> {
    fn default() -> Self {
        Self {
            state: Content::Bare { body: B::default() },
        }
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        poller: &mut Poller<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().state.project() {
            ContentProject::Bare { body } => body.poll_frame(poller),
            ContentProject::Placed { entering, body, .. } => {
                entering.0.run(|| body.poll_frame(poller))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            Content::Bare { body } | Content::Placed { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            Content::Bare { body } | Content::Placed { body, .. } => body.size_hint(),
        }
    }
}
