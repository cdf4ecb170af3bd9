//! The worker: it asks the model, and has a judge score the answers after they were given.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use genai::{Inherited, SpanRef};
use genai_examples::http::Client;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const MODEL: &str = "gpt-4o-mini";

/// An answer that is to be judged: where it was given, the call that gave it, and what it says.
type Judged = (Inherited, SpanRef, String);

#[derive(Clone)]
struct Worker {
    client: Arc<Client>,
    judge: mpsc::Sender<Judged>,
}

#[genai::chat(provider = openai, request = body, server.address = client.base_url)]
async fn ask(client: &Client, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = client.post("/chat/completions").json(body).send().await?;
    answer.error_for_status()?.json().await
}

fn content(answer: &Value) -> String {
    let content = &answer["choices"][0]["message"]["content"];
    content.as_str().unwrap_or_default().to_owned()
}

async fn answer(
    State(worker): State<Worker>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let body = json!({"model": MODEL, "messages": [{"role": "user", "content": request["text"]}]});
    let (answer, seen) = genai::observed(ask(&worker.client, &body)).await;
    let text = content(&answer.map_err(|_| StatusCode::BAD_GATEWAY)?);
    // The judge works later, below the same request and in the same conversation.
    let judged = (Inherited::here(), seen.clone(), text.clone());
    let _ = worker.judge.send(judged).await;
    Ok(Json(json!({"text": text, "handle": seen.to_string()})))
}

/// Scores one answer with a call of its own.
async fn judge(client: &Client, seen: &SpanRef, text: &str) {
    let question = format!("Is this a helpful answer? {text}");
    let body = json!({"model": "gpt-4.1", "messages": [{"role": "user", "content": question}]});
    let evaluation = genai::Evaluation::new("helpfulness").llm("judge-v1");
    match ask(client, &body).await {
        // The embedded provider has no opinion; a long answer is a helpful one.
        Ok(verdict) => {
            let score = (text.len() as f64 / 40.0).min(1.0);
            let label = if score >= 0.5 { "pass" } else { "fail" };
            let evaluation = evaluation.score(score).label(label);
            evaluation.explanation(content(&verdict)).emit(seen);
        }
        Err(error) => evaluation.error(&error).emit(seen),
    }
}

/// The worker's routes, and its judge, which ends when all is judged that can come.
pub(crate) fn router() -> Result<(Router, JoinHandle<()>), Box<dyn std::error::Error>> {
    let client = Arc::new(Client::new()?);
    let (sender, mut answers) = mpsc::channel::<Judged>(64);
    let judges = Arc::clone(&client);
    let judging = tokio::spawn(async move {
        while let Some((inherited, seen, text)) = answers.recv().await {
            inherited.scope(judge(&judges, &seen, &text)).await;
        }
    });
    let worker = Worker {
        client,
        judge: sender,
    };
    let router = Router::new()
        .route("/answer", post(answer))
        .layer(genai::services::server())
        .with_state(worker);
    Ok((router, judging))
}
