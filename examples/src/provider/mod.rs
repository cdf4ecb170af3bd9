//! A provider of models on loopback, for examples and tests that need no key and no network.
//!
//! In come HTTP requests on the wires of OpenAI, Anthropic, Gemini and Ollama; out go answers that are the same for the same
//! request. Nothing here knows about telemetry: it is what a real provider would be to the program.
//!
//! | wire | paths |
//! |---|---|
//! | OpenAI | `POST /v1/chat/completions`, `POST /v1/embeddings`, `GET /v1/models` |
//! | Anthropic | `POST /v1/messages` |
//! | Gemini | `POST /v1beta/models/{model}:generateContent`, `:streamGenerateContent` |
//! | Ollama | `POST /api/chat`, `POST /api/embed` |
//!
//! A question about the weather with a tool that has `weather` in its name is answered by a call of that tool; the tool's
//! result by a sentence that repeats it. A model that is not in [`MODELS`] gets the real provider's 404.

mod answer;
mod anthropic;
mod gemini;
mod http;
mod ollama;
mod openai;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Listener, Reply, Request};

/// The models it knows, with the name each answers under and the dimensions of those that embed.
pub const MODELS: &[Model] = &[
    Model::chat("gpt-5", "gpt-5-2025-08-07"),
    Model::chat("gpt-5-mini", "gpt-5-mini-2025-08-07"),
    Model::chat("gpt-4.1", "gpt-4.1-2025-04-14"),
    Model::chat("gpt-4o", "gpt-4o-2024-08-06"),
    Model::chat("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
    Model::chat("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    Model::chat("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
    Model::chat("gemini-2.5-flash", "gemini-2.5-flash"),
    Model::chat("llama3.2", "llama3.2"),
    Model::embedding("text-embedding-3-small", 1536),
    Model::embedding("text-embedding-3-large", 3072),
    Model::embedding("nomic-embed-text", 768),
];

/// A model of the embedded provider.
#[derive(Debug)]
pub struct Model {
    /// The name requests use.
    pub name: &'static str,
    /// The name answers carry.
    pub snapshot: &'static str,
    /// How long its vectors are; 0 for models that chat.
    pub dimensions: usize,
}

impl Model {
    const fn chat(name: &'static str, snapshot: &'static str) -> Self {
        Model {
            name,
            snapshot,
            dimensions: 0,
        }
    }
    const fn embedding(name: &'static str, dimensions: usize) -> Self {
        Model {
            name,
            snapshot: name,
            dimensions,
        }
    }

    /// The model of a request, under either of its names.
    fn find(name: &str, embeds: bool) -> Option<&'static Model> {
        MODELS
            .iter()
            .find(|m| (m.name == name || m.snapshot == name) && (m.dimensions > 0) == embeds)
    }
}

/// The running provider; it stops when dropped.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
}

impl Server {
    /// Starts it on a free port of 127.0.0.1, answering at once.
    ///
    /// # Errors
    ///
    /// When the port cannot be listened on.
    pub fn start() -> io::Result<Self> {
        Server::with_latency(Duration::ZERO)
    }

    /// As [`start`](Self::start); each answer begins after `latency`, and each later piece of a stream a tenth of it after
    /// the piece before.
    ///
    /// # Errors
    ///
    /// When the port cannot be listened on.
    pub fn with_latency(latency: Duration) -> io::Result<Self> {
        Ok(Server {
            listener: Listener::start(latency, route)?,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// The URL without a path, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}

/// Where an example sends its requests.
#[derive(Debug)]
pub struct Endpoint {
    /// What OpenAI's clients call the base URL; ends in `/v1`, without a slash after it.
    pub base_url: String,
    /// The key to send.
    pub api_key: String,
    /// Keeps the embedded provider running.
    _server: Option<Server>,
}

impl Endpoint {
    /// Whether it is the embedded provider.
    pub fn is_embedded(&self) -> bool {
        self._server.is_some()
    }
}

/// The provider that `OPENAI_BASE_URL` and `OPENAI_API_KEY` name, else an embedded one that is started.
///
/// A key alone does not count: many developers have one set, and an example should not spend their money unasked.
///
/// # Errors
///
/// When the embedded provider cannot be started.
pub fn endpoint() -> io::Result<Endpoint> {
    let set = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    if let Some(base_url) = set("OPENAI_BASE_URL") {
        let base_url = base_url.trim().trim_end_matches('/').to_owned();
        return Ok(Endpoint {
            base_url,
            api_key: set("OPENAI_API_KEY").unwrap_or_default(),
            _server: None,
        });
    }
    let server = Server::with_latency(Duration::from_millis(40))?;
    Ok(Endpoint {
        base_url: format!("{}/v1", server.url()),
        api_key: "embedded".to_owned(),
        _server: Some(server),
    })
}

fn route(request: &Request) -> Reply {
    let path = request.path.as_str();
    match path {
        "/v1/messages" => anthropic::messages(request),
        "/api/chat" => ollama::chat(request),
        "/api/embed" => ollama::embed(request),
        _ if path.starts_with("/v1beta/models/") => gemini::generate(request),
        _ => openai::route(request),
    }
}
