//! The HTTP client of the exporters.
//!
//! In comes a request; it is sent on the calling thread, which is always one of the SDK's own. So it needs no asynchronous
//! runtime and holds up none. Why a request failed is noted for the line that reports it; the exporter passes on no reason.

use std::future::{Future, ready};
use std::pin::Pin;
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use ureq::Agent;

use super::watch::Note;

/// Largest answer of a collector that is read.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Client {
    agent: Agent,
    note: Note,
}

impl Client {
    pub(super) fn new(timeout: Duration, note: Note) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            // Followed, an export would become a request without a body, and take its headers to another host.
            .max_redirects(0)
            // The exporter decides by the status whether to try again.
            .http_status_as_error(false)
            .build();
        Client {
            agent: config.new_agent(),
            note,
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self
            .agent
            .run(Request::from_parts(head, &body[..]))
            .and_then(|response| {
                let (head, mut body) = response.into_parts();
                let body = body.with_config().limit(LARGEST).read_to_vec()?;
                Ok((head, body))
            });
        match answer {
            Ok((head, body)) => {
                self.note.answered(head.status, &body);
                Ok(Response::from_parts(head, Bytes::from(body)))
            }
            Err(error) => {
                self.note.failed(&error);
                Err(match error {
                    ureq::Error::BodyExceedsLimit(_) => ResponseBodyTooLarge::new().into(),
                    other => other.into(),
                })
            }
        }
    }
}

impl HttpClient for Client {
    // What `async_trait` makes of the trait's method.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(self.send(request)))
    }
}
