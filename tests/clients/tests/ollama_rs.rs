//! ollama-rs' own types on what was recorded of Ollama.

use genai_client_tests::{check, decoded, recordings};
use genai_tests::recordings::{Observed, Recording};
use ollama_rs::generation::chat::ChatMessageResponse;
use ollama_rs::generation::chat::request::ChatMessageRequest;
use ollama_rs::generation::completion::GenerationResponse;
use ollama_rs::generation::completion::request::GenerationRequest;

/// The types have no finish reason.
fn without_finish_reason(recording: &mut Recording) {
    recording.expected.remove("gen_ai.response.finish_reasons");
    for message in recording
        .expected_messages
        .get_mut("output")
        .into_iter()
        .flat_map(|m| m.as_array_mut())
        .flatten()
    {
        if let Some(fields) = message.as_object_mut() {
            fields.remove("finish_reason");
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
    for message in observed.output.as_array_mut().into_iter().flatten() {
        if let Some(fields) = message.as_object_mut() {
            fields.remove("finish_reason");
        }
    }
    Ok(observed)
}

#[test]
fn every_recording_that_decodes_agrees() {
    let Some(mut recordings) = recordings(|r| r.endpoint.starts_with("ollama.")) else {
        return;
    };
    recordings.iter_mut().for_each(without_finish_reason);
    check(&recordings, DEVIATIONS, 15, run);
}

/// Parts of ids, and why those recordings differ.
const DEVIATIONS: &[(&str, &str)] = &[];
