//! An HTTP server on loopback for tests: requests in, what the test answers out.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// With lower-case names.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What it is answered with.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

impl Reply {
    /// A body of JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: body.to_string().into_bytes(),
        }
    }

    /// Its body in these pieces instead, each a chunk of its own on the wire; then the connection ends.
    pub fn in_pieces(self, pieces: Vec<Vec<u8>>) -> Answer {
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        Answer {
            head: self,
            pieces: Some(pieces.map(Bytes::from).collect::<Vec<_>>().into_iter()),
        }
    }
}

/// An answer with its body in one piece or in several.
#[derive(Clone, Debug)]
pub struct Answer {
    head: Reply,
    pieces: Option<std::vec::IntoIter<Bytes>>,
}

impl From<Reply> for Answer {
    fn from(head: Reply) -> Self {
        Self { head, pieces: None }
    }
}

impl Answer {
    fn into_response(self) -> hyper::Response<Pieces> {
        let Reply {
            status,
            content_type,
            body,
        } = self.head;
        let is_whole = self.pieces.is_none();
        let pieces = self.pieces.unwrap_or_else(|| vec![body.into()].into_iter());
        let mut response = hyper::Response::new(Pieces { pieces, is_whole });
        *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a status");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if !is_whole {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// The body of an answer.
struct Pieces {
    pieces: std::vec::IntoIter<Bytes>,
    is_whole: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        if self.is_whole {
            let length = self.pieces.as_slice().iter().map(Bytes::len).sum::<usize>();
            hyper::body::SizeHint::with_exact(length as u64)
        } else {
            hyper::body::SizeHint::default()
        }
    }
}

/// A running server. Once dropped it takes no more connections, and those it has are closed.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    /// Both are there until it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1. While `answer` runs no other request is answered.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn start<A: Into<Answer>>(
        answer: impl Fn(Request) -> A + Send + Sync + 'static,
    ) -> io::Result<Self> {
        // Whoever starts a server makes a client for it next.
        crate::choose_cryptography();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || runtime.block_on(accept(listener, Arc::new(answer), stopped)))?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed; what the test sees is that nothing is answered.
            let _ = thread.join();
        }
    }
}

async fn accept<A: Into<Answer>>(
    listener: std::net::TcpListener,
    answer: Arc<impl Fn(Request) -> A + Send + Sync + 'static>,
    mut stopped: oneshot::Receiver<()>,
) {
    let listener = TcpListener::from_std(listener).expect("a listener of this runtime's");
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        let Ok((stream, _)) = stream else { continue };
        let answer = Arc::clone(&answer);
        let service = service_fn(move |request| {
            let answer = Arc::clone(&answer);
            async move {
                let request = read(request).await?;
                hyper::Result::Ok(answer(request).into().into_response())
            }
        });
        // A client that goes away ends its connection and nothing else.
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

/// A request with its body.
async fn read(request: hyper::Request<Incoming>) -> hyper::Result<Request> {
    let (head, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            body.extend_from_slice(&data);
        }
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body,
    })
}
