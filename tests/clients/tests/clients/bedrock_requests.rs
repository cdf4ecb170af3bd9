//! The SDK's inputs, their builders and the fluent builders: the same is recorded of each.

use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::operation::invoke_model::{InvokeModelInput, InvokeModelOutput};
use aws_sdk_bedrockruntime::operation::invoke_model_with_response_stream::InvokeModelWithResponseStreamInput;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ConverseOutput as Output, Message, StopReason, TokenUsage,
};
use genai::{ProviderRequest, Request};
use genai_client_tests::bedrock::{Replay, model, request, stream_request};
use genai_client_tests::recordings;
use genai_tests::recordings::Recording;
use genai_tests::recordings::compare::{Scope, compare};
use genai_tests::recordings::probe::Probe;
use genai_tests::recordings::replay::observed;

/// What is recorded of the request, and nothing of the answer.
fn asked(recording: &Recording) -> Recording {
    let mut recording = recording.clone();
    recording
        .expected
        .retain(|key, _| !key.starts_with("gen_ai.response.") && !key.starts_with("gen_ai.usage."));
    recording.expected_messages.retain(|key, _| key != "output");
    recording.expected_error = None;
    recording
}

/// Checks what is recorded of each of `requests`, which are the same in several types.
fn check(recording: &Recording, requests: &[&dyn KnownRequest]) {
    let recording = asked(recording);
    for (at, request) in requests.iter().enumerate() {
        assert_eq!(request.provider(), "aws.bedrock");
        for content in [true, false] {
            let scope = Scope {
                headers: false,
                content,
            };
            let probe = Probe::new(
                &recording.provider,
                &recording.operation,
                content,
                request.request(),
            );
            let differences = compare(&recording, &observed(&recording, probe.end(), None), scope);
            assert!(
                differences.is_empty(),
                "{}, {at}: {differences:?}",
                recording.id
            );
        }
    }
}

/// A request that knows its provider.
trait KnownRequest {
    fn provider(&self) -> String;
    fn request(&self) -> &dyn Request;
}

impl<T: Request + ProviderRequest> KnownRequest for T {
    fn provider(&self) -> String {
        ProviderRequest::provider(self).into_owned()
    }

    fn request(&self) -> &dyn Request {
        self
    }
}

#[test]
fn converse() {
    let Some(recordings) = recordings(|r| r.endpoint.starts_with("bedrock.converse")) else {
        return;
    };
    assert!(recordings.len() >= 5);
    for recording in &recordings {
        let replay = Replay::new(recording);
        if recording.endpoint == "bedrock.converse" {
            let fluent = request(recording, &replay);
            let builder = fluent.as_input().clone();
            let input = builder.clone().build().expect("an input");
            check(recording, &[&fluent, &builder, &input]);
        } else {
            let fluent = stream_request(recording, &replay);
            let builder = fluent.as_input().clone();
            let input = builder.clone().build().expect("an input");
            check(recording, &[&fluent, &builder, &input]);
        }
    }
}

#[test]
fn invoke_model() {
    let Some(recordings) = recordings(|r| r.endpoint.starts_with("bedrock.invoke")) else {
        return;
    };
    assert!(recordings.len() >= 5);
    for recording in &recordings {
        let body = Blob::new(recording.request.to_string());
        if recording.endpoint == "bedrock.invoke" {
            let builder = InvokeModelInput::builder()
                .model_id(model(recording))
                .body(body);
            let input = builder.clone().build().expect("an input");
            check(recording, &[&builder, &input]);
        } else {
            let builder = InvokeModelWithResponseStreamInput::builder()
                .model_id(model(recording))
                .body(body);
            let input = builder.clone().build().expect("an input");
            check(recording, &[&builder, &input]);
        }
    }
}

/// Answers may be made by hand, as tests of applications do.
#[test]
fn answers() {
    let message = Message::builder()
        .role(ConversationRole::Assistant)
        .content(ContentBlock::Text("Hi".to_owned()));
    let usage = TokenUsage::builder()
        .input_tokens(3)
        .output_tokens(2)
        .total_tokens(5)
        .cache_read_input_tokens(10);
    let answer = ConverseOutput::builder()
        .output(Output::Message(message.build().expect("a message")))
        .stop_reason(StopReason::EndTurn)
        .usage(usage.build().expect("usage"))
        .build()
        .expect("an answer");
    let request = serde_json::json!({"messages": []});
    let recorded = Probe::new("aws.bedrock", "chat", true, &request).response(&answer);
    assert_eq!(recorded.attributes["gen_ai.usage.input_tokens"], 13);
    assert_eq!(
        recorded.attributes["gen_ai.response.finish_reasons"][0],
        "end_turn"
    );
    assert_eq!(recorded.output[0]["parts"][0]["content"], "Hi");

    let body = r#"{"generation": "Hi", "prompt_token_count": 3, "generation_token_count": 2, "stop_reason": "stop"}"#;
    let answer = InvokeModelOutput::builder()
        .body(Blob::new(body))
        .content_type("application/json")
        .build()
        .expect("an answer");
    let recorded = Probe::new("aws.bedrock", "text_completion", true, &request).response(&answer);
    assert_eq!(recorded.attributes["gen_ai.usage.output_tokens"], 2);
    assert_eq!(recorded.output[0]["parts"][0]["content"], "Hi");
}
