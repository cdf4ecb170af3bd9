//! A chat service of two processes: a front that people talk to, and a worker that calls the model.
//!
//! `cargo run -p genai-service-example`
//!
//! The conversation comes in the body of a request to the front and goes along to the worker, where a judge scores the
//! answers after they were given. With each answer comes a handle; `POST /feedback` takes it back with a thumbs-up or down.
//!
//! Offline it calls a provider embedded in the example, and prints what both processes have reported as one tree. Where
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set, both report there instead:
//!
//! | to | variables |
//! |---|---|
//! | Phoenix | `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:6006 OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none GENAI_COMPAT=phoenix` |
//! | MLflow | `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:5000 OTEL_EXPORTER_OTLP_HEADERS=x-mlflow-experiment-id=0 OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none GENAI_COMPAT=mlflow` |

mod collector;
mod front;
mod tree;
mod worker;

use std::error::Error;
use std::process::Stdio;

use axum::Router;
use genai::context::Baggage;
use genai::otlp::{self, Otlp};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

type Failed = Box<dyn Error>;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// What both processes set up. Content is on, so that the judge's words are seen; here they are nobody's.
fn telemetry() -> Result<Otlp, otlp::Error> {
    // The conversation and the user go from the front to the worker, and nothing else does.
    let keys = ["gen_ai.conversation.id", "user.id"];
    otlp::builder()
        .telemetry(|telemetry| {
            telemetry
                .baggage(Baggage::new().send(keys).accept(keys))
                .capture(genai::ContentCapture::SpanAndEvent)
        })
        .init()
}

/// Serves on a free port, which is printed, until standard input ends.
async fn serve(router: Router) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let mut end = tokio::io::stdin();
    let mut byte = [0];
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served?,
        _ = end.read(&mut byte) => {}
    }
    Ok(())
}

/// One of the two processes.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    async fn start(name: &str, arguments: &[&str], endpoint: Option<&str>) -> Result<Self, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(name)
            .args(arguments)
            .env("OTEL_SERVICE_NAME", name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(endpoint) = endpoint {
            command.env(ENDPOINT, endpoint);
        }
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port).await?;
        let url = format!("http://127.0.0.1:{}", port.trim());
        Ok(Self { child, url })
    }

    /// Ends it; what it has buffered is sent before.
    async fn end(mut self) -> Result<(), Failed> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}

/// Talks to the front as a browser would.
async fn talk(front: &str) -> Result<(), Failed> {
    let http = reqwest::Client::new();
    let turns = [
        ("conv-1", "alice", "What is the capital of France?", true),
        ("conv-2", "bob", "What is the weather in Paris?", false),
    ];
    for (conversation, user, text, up) in turns {
        let request = json!({"conversation": conversation, "text": text});
        let asked = http.post(format!("{front}/chat")).header("x-user", user);
        let answer = asked.json(&request).send().await?.error_for_status()?;
        let answer: Value = answer.json().await?;
        println!(
            "{user}: {text}\n  {}",
            answer["text"].as_str().unwrap_or_default()
        );
        let feedback = json!({"handle": answer["handle"], "up": up});
        let given = http.post(format!("{front}/feedback")).json(&feedback);
        given.send().await?.error_for_status()?;
    }
    Ok(())
}

async fn run() -> Result<(), Failed> {
    genai_examples::http::tls();
    let elsewhere = std::env::var(ENDPOINT).ok();
    let collector = match elsewhere {
        Some(_) => None,
        None => Some(collector::Collector::start().await?),
    };
    let endpoint = collector.as_ref().map(|collector| collector.url.as_str());
    let worker = Service::start("worker", &[], endpoint).await?;
    let front = Service::start("front", &[&worker.url], endpoint).await?;
    talk(&front.url).await?;
    front.end().await?;
    worker.end().await?;
    match (collector, elsewhere) {
        (Some(collector), _) => println!("\n{}", tree::tree(&collector.received().await)),
        (None, elsewhere) => println!("\nreported to {}", elsewhere.unwrap_or_default()),
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => run().await,
        Some("front") => {
            let _telemetry = telemetry()?;
            serve(front::router(
                arguments.next().ok_or("front needs the worker's URL")?,
            ))
            .await
        }
        Some("worker") => {
            let _telemetry = telemetry()?;
            let (router, judge) = worker::router()?;
            serve(router).await?;
            // The last answers are judged before what is buffered is sent.
            Ok(judge.await?)
        }
        Some(other) => Err(format!("{other:?} is neither `front` nor `worker`").into()),
    }
}
