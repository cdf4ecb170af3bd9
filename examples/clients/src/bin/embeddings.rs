//! Embeddings with async-openai: texts become vectors, and the nearest one is found.
//!
//! `cargo run -p genai-client-examples --features async-openai --bin embeddings`

use std::error::Error;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::embeddings::{
    CreateEmbeddingRequest, CreateEmbeddingRequestArgs, CreateEmbeddingResponse,
};
use genai::message::Document;

#[genai::embeddings(provider = openai, request = request)]
async fn embed(
    client: &Client<OpenAIConfig>,
    request: CreateEmbeddingRequest,
) -> Result<CreateEmbeddingResponse, OpenAIError> {
    client.embeddings().create(request).await
}

/// The search itself: what was asked and what was found are content, recorded only where that is switched on.
#[genai::retrieval(
    data_source_id = "notes",
    query = question,
    top_k = 1,
    response(|found| documents = found.iter().map(|(score, text)| Document::new(text.to_owned(), *score)).collect::<Vec<_>>()),
)]
async fn search<'a>(
    client: &Client<OpenAIConfig>,
    question: &str,
    notes: &[&'a str],
) -> Result<Vec<(f64, &'a str)>, OpenAIError> {
    let mut input = vec![question];
    input.extend(notes);
    let request = CreateEmbeddingRequestArgs::default()
        .model("text-embedding-3-small")
        .input(input)
        .build()?;
    let vectors = embed(client, request).await?;
    let (question, notes_of) = vectors.data.split_at(1.min(vectors.data.len()));
    let likeness = |vector: &[f32]| -> f64 {
        let asked = question.first().map_or(&[][..], |first| &first.embedding);
        asked
            .iter()
            .zip(vector)
            .map(|(a, b)| f64::from(a * b))
            .sum()
    };
    let mut found: Vec<(f64, &str)> = notes_of
        .iter()
        .zip(notes)
        .map(|(vector, note)| (likeness(&vector.embedding), *note))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(1);
    Ok(found)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    genai_examples::http::tls();
    let endpoint = genai_examples::provider::endpoint()?;
    let config = OpenAIConfig::new()
        .with_api_base(&endpoint.base_url)
        .with_api_key(&endpoint.api_key);
    let client = Client::with_config(config);
    let notes = [
        "the train to Lyon leaves at nine",
        "bread is baked on Monday",
        "the weather in Paris is rainy",
    ];
    for (score, note) in search(&client, "how is the weather in Paris", &notes).await? {
        println!("{score:.2} {note}");
    }
    Ok(())
}
