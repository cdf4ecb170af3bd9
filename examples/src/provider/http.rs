//! A small HTTP/1.1 server: one thread per connection, kept alive, bodies of known length or in chunks.
//!
//! In come bytes of connections; out go parsed requests to the routes, and their replies back, whole or piece by piece.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Longest line of a head, most lines, and longest body that are read.
const LONGEST_LINE: u64 = 16 * 1024;
const MOST_LINES: usize = 200;
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// A request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// Names in lower case.
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// What a route answers.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Json(Value),
    /// Sent one by one, each in a chunk of its own.
    Pieces {
        content_type: &'static str,
        pieces: Vec<String>,
    },
}

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Reply {
            status,
            headers: Vec::new(),
            body: Body::Json(body),
        }
    }

    pub(super) fn pieces(content_type: &'static str, pieces: Vec<String>) -> Self {
        Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Pieces {
                content_type,
                pieces,
            },
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Route = fn(&Request) -> Reply;

#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    shared: Arc<State>,
    accepting: Option<thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    stopped: AtomicBool,
    connections: Mutex<HashMap<u64, TcpStream>>,
}

impl State {
    fn with<R>(&self, f: impl FnOnce(&mut HashMap<u64, TcpStream>) -> R) -> R {
        f(&mut self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

impl Listener {
    pub(super) fn start(latency: Duration, route: Route) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(State::default());
        let state = Arc::clone(&shared);
        let accepting = thread::Builder::new()
            .name("provider".to_owned())
            .spawn(move || accept(&listener, &state, latency, route))?;
        Ok(Listener {
            address,
            shared,
            accepting: Some(accepting),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        self.shared.with(|connections| {
            for connection in connections.values() {
                let _ = connection.shutdown(Shutdown::Both);
            }
        });
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>, latency: Duration, route: Route) {
    for (number, connection) in (0_u64..).zip(listener.incoming()) {
        if state.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(connection) = connection else { continue };
        let Ok(handle) = connection.try_clone() else {
            continue;
        };
        state.with(|connections| connections.insert(number, handle));
        let done = Arc::clone(state);
        let serving = thread::Builder::new()
            .name("provider-connection".to_owned())
            .spawn(move || {
                // A client that goes away, or sends what is no HTTP, only ends its own connection.
                let _ = serve(connection, latency, route);
                done.with(|connections| connections.remove(&number));
            });
        if serving.is_err() {
            state.with(|connections| connections.remove(&number));
        }
    }
}

fn serve(connection: TcpStream, latency: Duration, route: Route) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut writer = connection.try_clone()?;
    let mut reader = BufReader::new(connection);
    while let Some(mut request) = read_head(&mut reader)? {
        if request
            .header("expect")
            .eq_ignore_ascii_case("100-continue")
        {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = read_body(&mut reader, &request)?;
        let close = request.header("connection").eq_ignore_ascii_case("close");
        let reply = route(&request);
        thread::sleep(latency);
        write_reply(&mut writer, reply, latency / 10, close)?;
        if close {
            break;
        }
    }
    Ok(())
}

/// The next request without its body; none at the end of the connection.
fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(line) = read_line(reader)? else {
        return Ok(None);
    };
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(_version)) = (words.next(), words.next(), words.next())
    else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..Request::default()
    };
    for _ in 0..MOST_LINES {
        match read_line(reader)? {
            None => break,
            Some(line) if line.is_empty() => return Ok(Some(request)),
            Some(line) => {
                let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
                request
                    .headers
                    .insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    reader.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let line = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Some(line.trim_end_matches('\r').to_owned()))
}

fn read_body(reader: &mut impl BufRead, request: &Request) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if request
        .header("transfer-encoding")
        .eq_ignore_ascii_case("chunked")
    {
        loop {
            let size = read_line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let digits = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            if size > LONGEST_BODY - body.len() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            read_exactly(reader, size, &mut body)?;
            // The end of the chunk; after the last one, of the trailers.
            while read_line(reader)?.is_some_and(|line| size == 0 && !line.is_empty()) {}
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let size: usize = match request.header("content-length") {
        "" => 0,
        length => length.parse().map_err(|_| io::ErrorKind::InvalidData)?,
    };
    if size > LONGEST_BODY {
        return Err(io::ErrorKind::InvalidData.into());
    }
    read_exactly(reader, size, &mut body)?;
    Ok(body)
}

fn read_exactly(reader: &mut impl Read, size: usize, body: &mut Vec<u8>) -> io::Result<()> {
    let read = reader.take(size as u64).read_to_end(body)?;
    if read == size {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn write_reply(
    writer: &mut impl Write,
    reply: Reply,
    pause: Duration,
    close: bool,
) -> io::Result<()> {
    let reason = match reply.status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Status",
    };
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if close {
        head += "connection: close\r\n";
    }
    match reply.body {
        Body::Json(body) => {
            let body = body.to_string();
            head += &format!(
                "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            writer.write_all(head.as_bytes())?;
        }
        Body::Pieces {
            content_type,
            pieces,
        } => {
            head += &format!("content-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n");
            writer.write_all(head.as_bytes())?;
            for (i, piece) in pieces.iter().enumerate() {
                if i > 0 {
                    thread::sleep(pause);
                }
                write!(writer, "{:x}\r\n{piece}\r\n", piece.len())?;
                writer.flush()?;
            }
            writer.write_all(b"0\r\n\r\n")?;
        }
    }
    writer.flush()
}
