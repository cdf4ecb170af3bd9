//! The layer for clients as a middleware of reqwest-middleware: a request of reqwest goes in, and goes on with the headers of the
//! context that is current when it is sent.

use std::future::Future;
use std::pin::Pin;

use http::Extensions;
use reqwest_0_13::{Request, Response};
use reqwest_middleware_0_5::{Middleware, Next, Result};

use super::client::ClientLayer;
use super::fields::Writer;
use crate::context::carrier;

/// For a client of reqwest-middleware 0.5, each try of a middleware that retries included where that stands before this one.
///
/// ```
/// # use reqwest_0_13 as reqwest;
/// # use reqwest_middleware_0_5 as reqwest_middleware;
/// # fn client(http: reqwest::Client) -> reqwest_middleware::ClientWithMiddleware {
/// reqwest_middleware::ClientBuilder::new(http).with(genai::services::client()).build()
/// # }
/// ```
impl Middleware for ClientLayer {
    // As `async_trait` writes it, without a future of its own around that of the next.
    fn handle<'this, 'extensions, 'next, 'all>(
        &'this self,
        mut request: Request,
        extensions: &'extensions mut Extensions,
        next: Next<'next>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'all>>
    where
        'this: 'all,
        'extensions: 'all,
        'next: 'all,
        Self: 'all,
    {
        carrier::write(&mut Writer(request.headers_mut()));
        next.run(request, extensions)
    }
}
