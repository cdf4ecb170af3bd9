//! A judge in a process of its own: the text of a handle goes in, and a score on that call is written through a backend's own interface.
//!
//! `backends_annotate phoenix|mlflow ADDRESS HANDLE`

use std::error::Error;

use genai::SpanRef;
use genai_backends_tests::{annotate_mlflow, annotate_phoenix};
use genai_examples::http::tls;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [backend, address, handle] = std::env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "phoenix or mlflow, its address, and a handle")?;
    let seen: SpanRef = handle.parse()?;
    tls();
    let http = reqwest::Client::new();
    match backend.as_str() {
        "phoenix" => annotate_phoenix(&http, &address, &seen).await?,
        "mlflow" => annotate_mlflow(&http, &address, &seen).await?,
        other => return Err(format!("{other}: no such backend").into()),
    }
    println!("{{}}");
    Ok(())
}
