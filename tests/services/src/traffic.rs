//! Two services: a worker that answers, and what its process says of the spans it has recorded.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use genai::context::Baggage;
use genai::testing::Harness;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// A header of this name, as another process sends it.
pub const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What both services send and accept. The tenant stays where it is.
pub fn baggage() -> Baggage {
    let keys = ["gen_ai.conversation.id", "user.id", "plan"];
    Baggage::new().send(keys).accept(keys)
}

/// What of a span is compared between processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub name: String,
    pub trace: String,
    pub span: String,
    pub parent: String,
    pub attributes: BTreeMap<String, String>,
}

/// The spans of a harness.
pub fn seen(harness: &Harness) -> Vec<Seen> {
    let of = |span: genai::testing::Span| Seen {
        name: span.name.clone(),
        trace: span.trace_id.to_string(),
        span: span.span_id.to_string(),
        parent: span
            .parent_span_id
            .map_or_else(String::new, |id| id.to_string()),
        attributes: span
            .attributes
            .0
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
    };
    harness.spans().into_iter().map(of).collect()
}

impl Seen {
    fn json(&self) -> Value {
        json!([
            self.name,
            self.trace,
            self.span,
            self.parent,
            self.attributes
        ])
    }

    /// What `json` wrote.
    pub fn of(value: &Value) -> Self {
        let text = |at: usize| value[at].as_str().expect("text").to_owned();
        Self {
            name: text(0),
            trace: text(1),
            span: text(2),
            parent: text(3),
            attributes: value[4]
                .as_object()
                .expect("attributes")
                .iter()
                .map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()))
                .collect(),
        }
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }

    pub fn conversation(&self) -> Option<&str> {
        self.get("gen_ai.conversation.id")
    }

    pub fn property(&self, key: &str) -> Option<&str> {
        self.get(&format!("gen_ai.association.properties.{key}"))
    }
}

#[genai::chat(provider = openai, model = "m-worker")]
async fn ask(prompt: &str) -> String {
    tokio::task::yield_now().await;
    look_up(prompt).await
}

#[genai::tool(name = "look_up")]
async fn look_up(prompt: &str) -> String {
    prompt.to_uppercase()
}

/// A call in a task of its own, as a service makes it for what is slow.
async fn answer(prompt: String) -> String {
    let task = tokio::spawn(genai::inherited(async move { ask(&prompt).await }));
    task.await.expect("it does not panic")
}

/// Asks for the spans.
pub type Asked = oneshot::Sender<Vec<Value>>;

/// The worker. The harness stays on its thread, so it is asked for the spans.
pub fn worker(spans: mpsc::Sender<Asked>) -> Router {
    Router::new()
        .route("/answer", post(answer))
        .layer(genai::services::server())
        .route("/spans", get(all))
        .with_state(spans)
}

async fn all(State(spans): State<mpsc::Sender<Asked>>) -> axum::Json<Vec<Value>> {
    let (asked, recorded) = oneshot::channel();
    spans.send(asked).await.expect("the harness is there");
    axum::Json(recorded.await.expect("the spans"))
}

/// The spans of a harness as JSON.
pub fn json(harness: &Harness) -> Vec<Value> {
    seen(harness).iter().map(Seen::json).collect()
}

/// Serves until the process ends; gives the address.
pub async fn serve(router: Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
