//! Converse and ConverseStream through the AWS SDK's own client: all that was recorded, and what was not.

use aws_sdk_bedrockruntime::error::SdkError;
use aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder;
use aws_sdk_bedrockruntime::operation::converse::{ConverseError, ConverseOutput};
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::operation::invoke_model::builders::InvokeModelFluentBuilder;
use aws_sdk_bedrockruntime::operation::invoke_model::{InvokeModelError, InvokeModelOutput};
use aws_sdk_bedrockruntime::operation::invoke_model_with_response_stream::InvokeModelWithResponseStreamError;
use aws_sdk_bedrockruntime::operation::invoke_model_with_response_stream::builders::InvokeModelWithResponseStreamFluentBuilder;
use aws_sdk_bedrockruntime::primitives::Blob;
use futures_util::StreamExt;
use genai::clients::bedrock::{ConverseStream, InvokeModelStream};
use genai_client_tests::bedrock::{Replay, frame, model, request, stream_request};
use genai_client_tests::{check, harness, recorded, recordings};
use genai_tests::recordings::Observed;
use genai_tests::recordings::compare::same;
use genai_tests::recordings::load::{RecordedResponse, Recording};
use serde_json::{Value, json};

#[genai::chat(request = request)]
async fn converse(
    request: ConverseFluentBuilder,
) -> Result<ConverseOutput, SdkError<ConverseError>> {
    request.send().await
}

#[genai::chat(request = request, stream)]
async fn converse_stream(
    request: ConverseStreamFluentBuilder,
) -> Result<ConverseStream, SdkError<ConverseStreamError>> {
    Ok(request.send().await?.into())
}

#[genai::chat(request = request)]
async fn invoke(
    request: InvokeModelFluentBuilder,
) -> Result<InvokeModelOutput, SdkError<InvokeModelError>> {
    request.send().await
}

#[genai::chat(request = request, operation = text_completion)]
async fn complete(
    request: InvokeModelFluentBuilder,
) -> Result<InvokeModelOutput, SdkError<InvokeModelError>> {
    request.send().await
}

#[genai::embeddings(request = request)]
async fn embed(
    request: InvokeModelFluentBuilder,
) -> Result<InvokeModelOutput, SdkError<InvokeModelError>> {
    request.send().await
}

#[genai::chat(request = request, stream)]
async fn invoke_stream(
    request: InvokeModelWithResponseStreamFluentBuilder,
) -> Result<InvokeModelStream, SdkError<InvokeModelWithResponseStreamError>> {
    Ok(request.send().await?.into())
}

#[genai::chat(request = request, operation = text_completion, stream)]
async fn complete_stream(
    request: InvokeModelWithResponseStreamFluentBuilder,
) -> Result<InvokeModelStream, SdkError<InvokeModelWithResponseStreamError>> {
    Ok(request.send().await?.into())
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// The request that was sent is the recorded one, so what was recorded of it means something.
fn assert_sent(recording: &Recording, replay: &Replay) {
    let sent = replay.sent();
    assert_eq!(sent.len(), 1, "{}", recording.id);
    for key in ["messages", "system", "toolConfig"] {
        let wanted = recording.request.get(key).map(|wanted| {
            let mut wanted = wanted.clone();
            if let Some(fields) = wanted.as_object_mut() {
                fields.remove("toolChoice");
            }
            wanted
        });
        let got = sent[0].get(key).unwrap_or(&Value::Null);
        assert!(
            same(got, wanted.as_ref().unwrap_or(&Value::Null)),
            "{}: {got}",
            recording.id
        );
    }
}

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let replay = Replay::new(recording);
    let harness = harness(content);
    block_on(async {
        if recording.endpoint == "bedrock.converse" {
            let answer = converse(request(recording, &replay)).await;
            assert_eq!(
                answer.is_ok(),
                recording.expected_error.is_none(),
                "{answer:?}"
            );
        } else if let Ok(mut stream) = converse_stream(stream_request(recording, &replay)).await {
            // As the SDK's receiver, or as a stream.
            if content {
                while let Some(event) = stream.next().await {
                    event.expect("an event");
                }
            } else {
                while stream.recv().await.expect("an event").is_some() {}
            }
        }
    });
    assert_sent(recording, &replay);
    Ok(recorded(recording, &harness))
}

#[test]
fn every_recording_of_converse_agrees() {
    let Some(recordings) = recordings(|r| r.endpoint.starts_with("bedrock.converse")) else {
        return;
    };
    check(&recordings, &[], recordings.len(), run);
}

fn run_invoke(recording: &Recording, content: bool) -> Result<Observed, String> {
    let replay = Replay::new(recording);
    let harness = harness(content);
    let body = Blob::new(recording.request.to_string());
    let operation = recording.operation.as_str();
    block_on(async {
        if recording.endpoint == "bedrock.invoke-with-response-stream" {
            let request = replay
                .client()
                .invoke_model_with_response_stream()
                .model_id(model(recording))
                .body(body);
            let stream = match operation {
                "text_completion" => complete_stream(request).await,
                _ => invoke_stream(request).await,
            };
            let mut stream = stream.expect("a stream");
            while stream.recv().await.expect("an event").is_some() {}
            return;
        }
        let request = replay
            .client()
            .invoke_model()
            .model_id(model(recording))
            .body(body);
        let answer = match operation {
            "embeddings" => embed(request).await,
            "text_completion" => complete(request).await,
            _ => invoke(request).await,
        };
        assert_eq!(
            answer.is_ok(),
            recording.expected_error.is_none(),
            "{answer:?}"
        );
    });
    Ok(recorded(recording, &harness))
}

#[test]
fn recordings_of_invoke_model_agree() {
    let Some(recordings) = recordings(|r| r.endpoint.starts_with("bedrock.invoke")) else {
        return;
    };
    check(&recordings, &[], recordings.len(), run_invoke);
}

/// A conversation of these events.
fn streamed(events: &[(&str, Value)]) -> Recording {
    Recording {
        id: "made up".to_owned(),
        provider: "aws.bedrock".to_owned(),
        endpoint: "bedrock.converse-stream".to_owned(),
        operation: "chat".to_owned(),
        kinds: Vec::new(),
        model_in_path: Some("amazon.nova-lite-v1:0".to_owned()),
        request: json!({"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}),
        response: RecordedResponse {
            status: 200,
            headers: serde_json::Map::from_iter([(
                "content-type".to_owned(),
                json!("application/vnd.amazon.eventstream"),
            )]),
            body: None,
            body_text: None,
            sse: Some(events.iter().map(|(_, event)| event.to_string()).collect()),
            sse_events: Some(
                events
                    .iter()
                    .map(|(name, _)| Some((*name).to_owned()))
                    .collect(),
            ),
            stream_format: Some("aws-eventstream".to_owned()),
        },
        expected: Default::default(),
        expected_zero: Vec::new(),
        expected_optional: Default::default(),
        expected_from_headers: Vec::new(),
        expected_messages: Default::default(),
        expected_error: None,
    }
}

fn answer() -> Vec<(&'static str, Value)> {
    vec![
        ("messageStart", json!({"role": "assistant"})),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"text": "Hel"}}),
        ),
        (
            "contentBlockDelta",
            json!({"contentBlockIndex": 0, "delta": {"text": "lo"}}),
        ),
        ("contentBlockStop", json!({"contentBlockIndex": 0})),
        ("messageStop", json!({"stopReason": "end_turn"})),
        (
            "metadata",
            json!({"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, "metrics": {"latencyMs": 1}}),
        ),
    ]
}

#[test]
fn a_stream_may_be_dropped_at_every_event() {
    let recording = streamed(&answer());
    for taken in 0..=answer().len() + 1 {
        let replay = Replay::new(&recording);
        let harness = harness(false);
        block_on(async {
            let mut stream = converse_stream(stream_request(&recording, &replay))
                .await
                .expect("a stream");
            for _ in 0..taken {
                stream.recv().await.expect("an event");
            }
        });
        let observed = recorded(&recording, &harness);
        assert_eq!(observed.error_type, None);
        let tokens = observed.attributes.get("gen_ai.usage.output_tokens");
        assert_eq!(
            tokens.is_some(),
            taken >= answer().len(),
            "after {taken} events"
        );
        let finish = observed.attributes.get("gen_ai.response.finish_reasons");
        assert_eq!(finish.is_some(), taken >= 5, "after {taken} events");
    }
}

#[test]
fn an_exception_ends_the_stream_and_names_itself() {
    for at in 0..answer().len() {
        let mut events = answer();
        events.truncate(at);
        events.push((
            "throttlingException",
            json!({"message": "SECRET is asking too often"}),
        ));
        let recording = streamed(&events);
        let replay = Replay::new(&recording);
        let harness = harness(false);
        block_on(async {
            let mut stream = converse_stream(stream_request(&recording, &replay))
                .await
                .expect("a stream");
            for _ in 0..at {
                stream.recv().await.expect("an event");
            }
            stream.recv().await.expect_err("an exception");
            assert!(stream.recv().await.expect("nothing more").is_none());
        });
        let observed = recorded(&recording, &harness);
        assert_eq!(observed.error_type.as_deref(), Some("ThrottlingException"));
        let spans = harness.spans();
        assert!(
            !format!("{:?}", spans[0].status).contains("SECRET"),
            "{:?}",
            spans[0].status
        );
    }
}

#[test]
fn a_cancelled_recv_loses_nothing() {
    let recording = streamed(&answer());
    let replay = Replay::new(&recording);
    let _harness = harness(false);
    let events = block_on(async {
        let mut stream = converse_stream(stream_request(&recording, &replay))
            .await
            .expect("a stream");
        let mut events = 0;
        loop {
            // Polled once and dropped: with everything in memory it is either ready or lost.
            let polled = futures_util::poll!(std::pin::pin!(stream.recv()));
            match polled {
                std::task::Poll::Ready(Ok(Some(_))) => events += 1,
                std::task::Poll::Ready(other) => {
                    other.expect("no error");
                    break events;
                }
                std::task::Poll::Pending => {}
            }
        }
    });
    assert_eq!(events, answer().len());
}

#[test]
fn frames_are_those_of_the_sdk() {
    let bytes = frame("messageStop", json!({"stopReason": "end_turn"}).to_string());
    let length = u32::from_be_bytes(bytes[..4].try_into().expect("four bytes"));
    assert_eq!(length as usize, bytes.len());
}
