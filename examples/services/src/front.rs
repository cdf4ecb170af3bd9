//! The front: it opens the conversation, asks the worker, and takes feedback.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use genai::SpanRef;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone)]
struct Front {
    http: reqwest::Client,
    worker: String,
}

#[derive(Deserialize)]
struct Chat {
    text: String,
}

/// Its span is the root of the trace; the worker's spans are below it.
#[genai::workflow(name = "support", input = genai::message::user(&chat.text), response(|r| output = r["text"].as_str()))]
async fn support(front: &Front, chat: &Chat) -> Result<Value, reqwest::Error> {
    let asked = front.http.post(format!("{}/answer", front.worker));
    let asked = asked.headers(genai::services::headers());
    let answer = asked.json(&json!({"text": chat.text})).send().await?;
    answer.error_for_status()?.json().await
}

async fn chat(
    State(front): State<Front>,
    Json(chat): Json<Chat>,
) -> Result<Json<Value>, StatusCode> {
    let answer = support(&front, &chat).await;
    answer.map(Json).map_err(|_| StatusCode::BAD_GATEWAY)
}

#[derive(Deserialize)]
struct Thumbs {
    handle: String,
    up: bool,
}

/// What somebody thinks of an answer, long after its span has ended.
async fn feedback(Json(given): Json<Thumbs>) -> StatusCode {
    match given.handle.parse::<SpanRef>() {
        Ok(seen) => {
            genai::feedback(&seen, "thumbs", given.up)
                .human()
                .attribute("app.evaluator", "human")
                .emit();
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

pub(crate) fn router(worker: String) -> Router {
    genai_examples::http::tls();
    let front = Front {
        http: reqwest::Client::new(),
        worker,
    };
    let user = |request: &genai::services::Head<'_>, context: genai::GenAiContext| {
        let user = request
            .headers
            .get("x-user")
            .and_then(|user| user.to_str().ok());
        context.property("user.id", user)
    };
    Router::new()
        .route("/chat", post(chat))
        .route("/feedback", post(feedback))
        .layer(genai::services::conversation_in_body("/conversation"))
        .layer(genai::services::server().context(user))
        .with_state(front)
}
