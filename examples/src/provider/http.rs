//! The provider's HTTP/1.1 server: hyper on a thread of its own.
//!
//! In come requests with their whole bodies to the routes; out go their replies, whole or piece by piece.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::Response;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Longest body that is read, in bytes.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|v| v.to_str().ok());
        value.unwrap_or_default()
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// A body on its way.
type Sent = UnsyncBoxBody<Bytes, Infallible>;

/// What a route answers.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Whole(String),
    /// Sent one by one, each in a chunk of its own.
    Pieces(Vec<String>),
}

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Reply {
            status,
            headers: Vec::new(),
            body: Body::Whole(body.to_string()),
        }
        .header("content-type", "application/json")
    }

    pub(super) fn pieces(content_type: &'static str, pieces: Vec<String>) -> Self {
        Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Pieces(pieces),
        }
        .header("content-type", content_type)
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With `pause` between pieces.
    fn into_response(self, pause: Duration) -> hyper::http::Result<Response<Sent>> {
        let body = match self.body {
            Body::Whole(text) => Full::new(Bytes::from(text)).boxed_unsync(),
            Body::Pieces(pieces) => StreamBody::new(spaced(pieces, pause)).boxed_unsync(),
        };
        let headers = self.headers.into_iter();
        let response = headers.fold(Response::builder(), |r, (name, value)| {
            r.header(name, value)
        });
        response.status(self.status).body(body)
    }
}

/// The pieces as they are sent.
fn spaced(
    pieces: Vec<String>,
    pause: Duration,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
    stream::iter(pieces.into_iter().enumerate()).then(move |(i, piece)| async move {
        if i > 0 {
            tokio::time::sleep(pause).await;
        }
        Ok(Frame::data(Bytes::from(piece)))
    })
}

type Route = fn(&Request) -> Reply;

/// The running server; it and its connections end when it is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Listener {
    pub(super) fn start(latency: Duration, route: Route) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("provider".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        _ = accept(listener, latency, route) => {}
                    }
                });
            })?;
        Ok(Listener {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, latency: Duration, route: Route) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    // Dropped with this future, and all connections with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            continue;
        };
        let _ = connection.set_nodelay(true);
        let service = service_fn(move |request| answer(request, latency, route));
        // A client that goes away, or sends what is no HTTP, only ends its own connection.
        connections.spawn(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(connection), service),
        );
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    latency: Duration,
    route: Route,
) -> Result<Response<Sent>, Box<dyn std::error::Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Limited::new(body, LONGEST_BODY).collect().await?.to_bytes(),
    };
    let reply = route(&request);
    tokio::time::sleep(latency).await;
    Ok(reply.into_response(latency / 10)?)
}
