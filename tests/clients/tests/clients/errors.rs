//! What is recorded of known clients' errors: code and status, nothing of what was sent or answered.

use async_openai::error::{ApiError, ApiErrorResponse, OpenAIError};
use genai::ErrorType;
use genai::testing::Harness;
use genai_client::adapter::AdapterKind;
use genai_client::{ModelIden, webc};
use ollama_rs::error::OllamaError;
use rig_core::ProviderError;

const SECRET: &str = "SECRET";

fn api_error(code: Option<&str>, kind: Option<&str>) -> OpenAIError {
    OpenAIError::ApiError(ApiErrorResponse {
        status_code: reqwest::StatusCode::TOO_MANY_REQUESTS,
        api_error: ApiError {
            message: SECRET.to_owned(),
            r#type: kind.map(str::to_owned),
            param: Some(SECRET.to_owned()),
            code: code.map(str::to_owned),
            misalignment: None,
        },
    })
}

fn no_json() -> serde_json::Error {
    serde_json::from_str::<u8>(SECRET).expect_err("no number")
}

fn failed_status() -> genai_client::Error {
    genai_client::Error::WebModelCall {
        model_iden: ModelIden::new(AdapterKind::OpenAI, "gpt-5"),
        webc_error: webc::Error::ResponseFailedStatus {
            status: reqwest::StatusCode::NOT_FOUND,
            body: format!(r#"{{"error": {{"code": "model_not_found", "message": "{SECRET}"}}}}"#),
            headers: Box::default(),
        },
    }
}

#[test]
fn types_and_descriptions() {
    let recorded = |error: &dyn ErrorType| {
        let description = error.description().map(|text| text.into_owned());
        assert!(!description.as_deref().unwrap_or_default().contains(SECRET));
        (error.error_type().into_owned(), description)
    };
    let is = |error: &dyn ErrorType, class: &str, text: Option<&str>| {
        assert_eq!(recorded(error), (class.to_owned(), text.map(str::to_owned)));
    };
    is(
        &api_error(Some("rate_limit_exceeded"), Some("requests")),
        "rate_limit_exceeded",
        Some("HTTP 429 rate_limit_exceeded"),
    );
    is(
        &api_error(None, Some("requests")),
        "requests",
        Some("HTTP 429 requests"),
    );
    is(
        &api_error(Some("not a word, but SECRET"), None),
        "429",
        Some("HTTP 429"),
    );
    is(
        &OpenAIError::JSONDeserialize(no_json(), SECRET.to_owned()),
        "JSONDeserialize",
        None,
    );
    is(
        &OpenAIError::InvalidArgument(SECRET.to_owned()),
        "InvalidArgument",
        None,
    );

    is(
        &claudius::Error::rate_limit(SECRET, Some(1)),
        "rate_limit_error",
        None,
    );
    is(
        &claudius::Error::internal_server(SECRET, None),
        "api_error",
        Some("HTTP 500 api_error"),
    );
    let overloaded = claudius::Error::api(
        529,
        Some("overloaded_error".to_owned()),
        SECRET.to_owned(),
        None,
    );
    is(
        &overloaded,
        "overloaded_error",
        Some("HTTP 529 overloaded_error"),
    );
    is(&claudius::Error::streaming(SECRET, None), "Streaming", None);

    is(
        &failed_status(),
        "model_not_found",
        Some("HTTP 404 model_not_found"),
    );
    is(
        &genai_client::Error::Internal(SECRET.to_owned()),
        "Internal",
        None,
    );

    is(&OllamaError::Other(SECRET.to_owned()), "_OTHER", None);
    is(&OllamaError::JsonError(no_json()), "JsonError", None);
    is(&(), "_OTHER", None);

    let body = format!(r#"{{"error": {{"type": "overloaded_error", "message": "{SECRET}"}}}}"#);
    let answer = ProviderError::from_http_response(http::StatusCode::SERVICE_UNAVAILABLE, body);
    is(
        &answer,
        "overloaded_error",
        Some("HTTP 503 overloaded_error"),
    );
    is(
        &ProviderError::Provider(SECRET.to_owned()),
        "provider",
        None,
    );
}

/// Without the attribute the error is known by its type, also behind a pointer.
#[test]
fn a_failed_invocation_knows_the_clients_errors() {
    let harness = Harness::new();
    let telemetry = harness.telemetry();
    telemetry
        .chat("openai")
        .start()
        .fail(&api_error(Some("rate_limit_exceeded"), None));
    let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(failed_status());
    telemetry.chat("openai").start().fail(&*boxed);
    telemetry
        .chat("openai")
        .start()
        .fail(&std::io::Error::other("a text"));
    let spans = harness.spans();
    let types: Vec<_> = spans
        .iter()
        .map(|span| span.str("error.type").unwrap_or_default())
        .collect();
    assert_eq!(
        types,
        [
            "rate_limit_exceeded",
            "model_not_found",
            "std::io::error::Error"
        ]
    );
    assert!(!format!("{spans:?}").contains(SECRET));
    assert!(format!("{:?}", spans[2].status).contains("a text"));
}
