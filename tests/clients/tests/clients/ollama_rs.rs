//! ollama-rs' own types on what was recorded of Ollama.

use genai::ProviderRequest;
use genai_client_tests::{check, decoded, recordings};
use genai_tests::recordings::probe::Probe;
use genai_tests::recordings::{Observed, Recording};
use ollama_rs::generation::chat::ChatMessageResponse;
use ollama_rs::generation::chat::request::ChatMessageRequest;
use ollama_rs::generation::completion::GenerationResponse;
use ollama_rs::generation::completion::request::GenerationRequest;
use ollama_rs::generation::embeddings::GenerateEmbeddingsResponse;
use ollama_rs::generation::embeddings::request::GenerateEmbeddingsRequest;
use serde_json::{Value, json};

/// The types have no finish reason, and no ids of tool calls.
fn untold(recording: &mut Recording) {
    recording.expected.remove("gen_ai.response.finish_reasons");
    recording.expected_messages.values_mut().for_each(without);
}

/// Removes them from messages.
fn without(messages: &mut Value) {
    for message in messages.as_array_mut().into_iter().flatten() {
        if let Some(fields) = message.as_object_mut() {
            fields.remove("finish_reason");
        }
        for part in message["parts"].as_array_mut().into_iter().flatten() {
            if let Some(fields) = part.as_object_mut() {
                fields.remove("id");
            }
        }
    }
}

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let request = &recording.request;
    let mut observed = match recording.endpoint.as_str() {
        "ollama.generate" => {
            decoded::<GenerationRequest<'static>, GenerationResponse, GenerationResponse>(
                recording, content, request,
            )?
        }
        _ => decoded::<ChatMessageRequest, ChatMessageResponse, ChatMessageResponse>(
            recording, content, request,
        )?,
    };
    assert!(
        !observed
            .attributes
            .contains_key("gen_ai.response.finish_reasons")
    );
    without(&mut observed.input);
    without(&mut observed.output);
    Ok(observed)
}

#[test]
fn every_recording_that_decodes_agrees() {
    let Some(mut recordings) = recordings(|r| r.endpoint.starts_with("ollama.")) else {
        return;
    };
    recordings.iter_mut().for_each(untold);
    check(&recordings, DEVIATIONS, 15, run);
}

/// Nothing was recorded of embeddings.
#[test]
fn vectors() {
    let request = GenerateEmbeddingsRequest::new("all-minilm".to_owned(), "SECRET".into());
    let answer: GenerateEmbeddingsResponse =
        serde_json::from_value(json!({"model": "all-minilm", "embeddings": [[0.5, 1.0]]}))
            .expect("an answer");
    assert_eq!(ProviderRequest::provider(&request), "ollama");
    let recorded = Probe::new("ollama", "embeddings", true, &request).response(&answer);
    assert_eq!(recorded.attributes["gen_ai.request.model"], "all-minilm");
    assert!(!recorded.attributes.contains_key("gen_ai.request.stream"));
    assert!(!format!("{recorded:?}").contains("SECRET"));
}

/// Parts of ids, and why those recordings differ.
const DEVIATIONS: &[(&str, &str)] = &[
    ("ollama_async_chat_legacy", NO_FORMAT),
    ("ollama_async_streaming_generation_legacy", NO_FORMAT),
];

const NO_FORMAT: &str =
    "the client's types do not decode the empty format that an older client sent";
