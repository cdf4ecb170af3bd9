//! async-openai's own types on everything that was recorded of OpenAI's API.

use async_openai::error::{ApiErrorResponse, OpenAIError, WrappedError};
use async_openai::types::chat::{
    CreateChatCompletionRequest, CreateChatCompletionResponse, CreateChatCompletionStreamResponse,
};
use async_openai::types::completions::{CreateCompletionRequest, CreateCompletionResponse};
use async_openai::types::embeddings::{
    CreateBase64EmbeddingResponse, CreateEmbeddingRequest, CreateEmbeddingResponse,
};
use async_openai::types::responses::{CreateResponse, Response, ResponseStreamEvent};
use genai::ErrorType;
use genai_client_tests::{check, decoded, recordings};
use genai_tests::recordings::{Observed, Recording};
use serde_json::Value;

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let mut observed = typed(recording, content)?;
    if recording.response.status >= 400 {
        let body = recording.response.body.clone().unwrap_or_default();
        let answer: WrappedError = serde_json::from_value(body).map_err(|e| e.to_string())?;
        let status = recording.response.status;
        let message = answer.error.message.clone();
        let error = OpenAIError::ApiError(ApiErrorResponse {
            status_code: reqwest::StatusCode::from_u16(status).expect("a status"),
            api_error: answer.error,
        });
        let text = error.description().expect("a description");
        assert!(text.starts_with(&format!("HTTP {status}")), "{text}");
        assert!(!text.contains(&message), "{text}");
        observed.error_type = Some(error.error_type().into_owned());
    }
    Ok(observed)
}

fn typed(recording: &Recording, content: bool) -> Result<Observed, String> {
    let request = &recording.request;
    match recording.endpoint.as_str() {
        "openai.responses" => {
            decoded::<CreateResponse, Response, ResponseStreamEvent>(recording, content, request)
        }
        "openai.completions" => {
            decoded::<CreateCompletionRequest, CreateCompletionResponse, CreateCompletionResponse>(
                recording, content, request,
            )
        }
        "openai.embeddings" if request["encoding_format"] == "base64" => {
            decoded::<CreateEmbeddingRequest, CreateBase64EmbeddingResponse, CreateCompletionResponse>(
                recording, content, request,
            )
        }
        "openai.embeddings" => {
            decoded::<CreateEmbeddingRequest, CreateEmbeddingResponse, CreateCompletionResponse>(
                recording, content, request,
            )
        }
        _ => decoded::<
            CreateChatCompletionRequest,
            CreateChatCompletionResponse,
            CreateChatCompletionStreamResponse,
        >(recording, content, request),
    }
}

#[test]
fn every_recording_of_openai_agrees() {
    let Some(recordings) = recordings(|recording| recording.provider == "openai") else {
        return;
    };
    check(&recordings, DEVIATIONS, 90, run);
}

#[test]
fn compatible_servers_agree_where_the_types_decode() {
    let compatible = [
        "deepseek",
        "doubleword",
        "llamacpp",
        "mistralrs",
        "openrouter",
        "x_ai",
    ];
    let Some(mut recordings) = recordings(|r| {
        compatible.contains(&r.provider.as_str())
            && r.response.status < 400
            && typed(r, false).is_ok()
    }) else {
        return;
    };
    let of_chat = |r: &&mut Recording| r.endpoint == "openai.chat.completions";
    for recording in recordings.iter_mut().filter(of_chat) {
        recording
            .expected_messages
            .values_mut()
            .for_each(without_reasoning);
    }
    check(&recordings, COMPATIBLE, 50, run);
}

/// The types have no reasoning in chat completions, which OpenAI's own API does not return.
fn without_reasoning(messages: &mut Value) {
    for message in messages.as_array_mut().into_iter().flatten() {
        if let Some(parts) = message["parts"].as_array_mut() {
            parts.retain(|part| part["type"] != "reasoning");
        }
    }
}

/// Parts of ids, and why those recordings differ.
const DEVIATIONS: &[(&str, &str)] = &[];

/// The same of servers that are compatible with OpenAI's.
const COMPATIBLE: &[(&str, &str)] = &[];
