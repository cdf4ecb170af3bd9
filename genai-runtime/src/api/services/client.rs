//! The layer for clients: a request goes in, and goes on with the headers of the current context.

use std::fmt;
use std::task::{Context as Poller, Poll};

use http::header::HeaderMap;
use tower_layer::Layer;
use tower_service::Service;

use super::fields::Writer;
use crate::context::carrier;

/// A layer for clients that are a `tower::Service`, of [`http::Request`] or of `reqwest::Request` (feature `reqwest-0_13`); and a
/// middleware of reqwest-middleware (feature `reqwest-middleware-0_5`).
///
#[cfg_attr(feature = "reqwest-0_13", doc = "```no_run")]
#[cfg_attr(not(feature = "reqwest-0_13"), doc = "```ignore")]
/// # use reqwest_0_13 as reqwest;
/// use tower_layer::Layer as _;
///
/// # fn sends(_: &impl tower_service::Service<reqwest::Request>) {}
/// let client = genai::services::client().layer(reqwest::Client::new());
/// # sends(&client);
/// ```
pub fn client() -> ClientLayer {
    ClientLayer { _private: () }
}

/// The headers of the current context, for a client that is no `tower::Service`; none where there is nothing to send.
///
#[cfg_attr(feature = "reqwest-0_13", doc = "```")]
#[cfg_attr(not(feature = "reqwest-0_13"), doc = "```ignore")]
/// # use reqwest_0_13 as reqwest;
/// # async fn ask(http: reqwest::Client) -> Result<(), reqwest::Error> {
/// http.post("http://worker/answers").headers(genai::services::headers()).send().await?;
/// # Ok(())
/// # }
/// ```
pub fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    carrier::write(&mut Writer(&mut headers));
    headers
}

/// A request with headers: [`http::Request`], and `reqwest::Request` with the feature `reqwest-0_13`. It is sealed.
pub trait Outgoing: Sealed {
    /// The headers.
    fn outgoing_headers(&mut self) -> &mut HeaderMap;
}

use sealed::Sealed;

mod sealed {
    pub trait Sealed {}
    impl<B> Sealed for http::Request<B> {}
    #[cfg(feature = "reqwest-0_13")]
    impl Sealed for reqwest_0_13::Request {}
}

impl<B> Outgoing for http::Request<B> {
    fn outgoing_headers(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }
}

#[cfg(feature = "reqwest-0_13")]
impl Outgoing for reqwest_0_13::Request {
    fn outgoing_headers(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }
}

/// The layer that [`client`] makes.
///
/// ```
/// use genai::services::ClientLayer;
///
/// fn layer() -> ClientLayer {
///     genai::services::client()
/// }
/// # let _ = layer();
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing until it is around a service"]
pub struct ClientLayer {
    _private: (),
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client { inner }
    }
}

/// A service in the layer of [`client`].
///
/// ```
/// use genai::services::Client;
/// use tower_layer::Layer;
///
/// fn around<S>(service: S) -> Client<S> {
///     genai::services::client().layer(service)
/// }
/// # let _ = around(());
/// ```
#[derive(Clone)]
pub struct Client<S> {
    inner: S,
}

impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl<S, Q> Service<Q> for Client<S>
where
    S: Service<Q>,
    Q: Outgoing,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, poller: &mut Poller<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(poller)
    }

    fn call(&mut self, mut request: Q) -> S::Future {
        carrier::write(&mut Writer(request.outgoing_headers()));
        self.inner.call(request)
    }
}
