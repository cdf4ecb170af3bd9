//! A program on a command line, without an asynchronous runtime: reqwest's blocking client, and an error code at the end. What was
//! recorded is exported before it exits.
//!
//! `cargo run -p genai-examples --bin blocking_cli -- --model gpt-4o-mini "What is the capital of France?"`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one; a model that
//! is not there (`--model gpt-unknown`) is an error.

use std::error::Error;
use std::process::exit;
use std::time::Duration;

use genai_examples::provider::{Endpoint, endpoint};
use lexopt::ValueExt as _;
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// A blocking function like any other.
#[genai::chat(provider = openai, request = body, server.address = endpoint.base_url)]
fn ask(http: &Client, endpoint: &Endpoint, body: &Value) -> Result<Value, reqwest::Error> {
    let request = http.post(format!("{}/chat/completions", endpoint.base_url));
    let answer = request.bearer_auth(&endpoint.api_key).json(body).send()?;
    answer.error_for_status()?.json()
}

/// What is on the command line.
struct Arguments {
    model: String,
    question: String,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut model = "gpt-4o-mini".to_owned();
    let mut question = Vec::new();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("model") => model = parser.value()?.string()?,
            lexopt::Arg::Value(word) => question.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let question = question.join(" ");
    Ok(Arguments {
        model,
        question: if question.is_empty() {
            "What is the capital of France?".to_owned()
        } else {
            question
        },
    })
}

#[genai::context(conversation_id = format!("cli-{}", std::process::id()))]
fn run() -> Result<(), Box<dyn Error>> {
    let Arguments { model, question } = arguments()?;
    genai_examples::http::tls();
    let endpoint = endpoint()?;
    let body = json!({"model": model, "messages": [{"role": "user", "content": question}]});
    let answer = ask(&Client::new(), &endpoint, &body)?;
    let text = &answer["choices"][0]["message"]["content"];
    println!("{}", text.as_str().unwrap_or_default());
    Ok(())
}

fn main() {
    let telemetry = genai_examples::telemetry(|telemetry| telemetry);
    let ended = match &telemetry {
        Ok(_) => run(),
        Err(error) => Err(error.to_string().into()),
    };
    let Err(error) = ended else { return };
    eprintln!("error: {error}");
    // `exit` drops nothing, not even the guard: what is buffered is sent here.
    if let Err(left) = genai::shutdown(Duration::from_secs(5)) {
        eprintln!("telemetry {left}");
    }
    exit(2);
}
