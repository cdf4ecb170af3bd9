//! Bedrock with the AWS SDK: Converse, and ConverseStream. Their requests know the provider.
//!
//! `cargo run -p genai-client-examples --features bedrock --bin bedrock`
//!
//! Offline a connector in memory answers. With `AWS_BEARER_TOKEN_BEDROCK` (and `AWS_REGION`) set, only the SDK's own HTTP client
//! is missing: build the SDK with its default features and leave `http_client` out.

use std::error::Error;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::SdkError;
use aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder;
use aws_sdk_bedrockruntime::operation::converse::{ConverseError, ConverseOutput};
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ConverseStreamOutput, InferenceConfiguration, Message,
};
use genai::clients::bedrock::ConverseStream;

/// The fluent builder is the request.
#[genai::chat(request = request)]
async fn ask(request: ConverseFluentBuilder) -> Result<ConverseOutput, SdkError<ConverseError>> {
    request.send().await
}

/// The SDK's receiver is no stream, so the function returns one that is made of it.
#[genai::chat(request = request, stream)]
async fn stream(
    request: ConverseStreamFluentBuilder,
) -> Result<ConverseStream, SdkError<ConverseStreamError>> {
    Ok(request.send().await?.into())
}

fn user(text: &str) -> Result<Message, Box<dyn Error>> {
    let content = ContentBlock::Text(text.to_owned());
    Ok(Message::builder()
        .role(ConversationRole::User)
        .content(content)
        .build()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    let client: Client = offline::client();

    let settings = InferenceConfiguration::builder()
        .temperature(0.2)
        .max_tokens(200)
        .build();
    let request = client
        .converse()
        .model_id("amazon.nova-lite-v1:0")
        .messages(user("What is the capital of France?")?)
        .inference_config(settings);
    let answer = ask(request).await?;
    let message = answer.output().and_then(|output| output.as_message().ok());
    for block in message.map(|message| message.content()).unwrap_or_default() {
        println!("{}", block.as_text().map_or("", String::as_str));
    }

    let request = client
        .converse_stream()
        .model_id("amazon.nova-lite-v1:0")
        .messages(user("Say hello.")?);
    let mut events = stream(request).await?;
    while let Some(event) = events.recv().await? {
        if let ConverseStreamOutput::ContentBlockDelta(delta) = event {
            print!(
                "{}",
                delta
                    .delta()
                    .and_then(|delta| delta.as_text().ok())
                    .map_or("", String::as_str)
            );
        }
    }
    println!();
    Ok(())
}

/// An SDK client whose HTTP connector answers from memory.
mod offline {
    use aws_sdk_bedrockruntime::Client;
    use aws_sdk_bedrockruntime::config::retry::RetryConfig;
    use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
    use aws_sdk_bedrockruntime::config::{
        BehaviorVersion, Config, IdentityCache, Region, StalledStreamProtectionConfig, Token,
    };
    use aws_smithy_eventstream::frame::write_message_to;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
    use serde_json::{Value, json};

    pub(super) fn client() -> Client {
        // What needs a runtime's timers is switched off: the SDK is built without one here.
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .bearer_token(Token::new("offline", None))
            .http_client(http_client_fn(|_, _| SharedHttpConnector::new(Memory)))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Client::from_conf(config)
    }

    #[derive(Debug)]
    struct Memory;

    impl HttpConnector for Memory {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let body = if request.uri().ends_with("converse-stream") {
                events()
                    .into_iter()
                    .flat_map(|(name, event)| frame(name, &event))
                    .collect()
            } else {
                answer().to_string().into_bytes()
            };
            let status = 200.try_into().map_err(|e| format!("{e}"));
            match status {
                Ok(status) => {
                    HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
                }
                Err(error) => HttpConnectorFuture::ready(Err(
                    aws_smithy_runtime_api::client::result::ConnectorError::user(error.into()),
                )),
            }
        }
    }

    fn usage() -> Value {
        json!({"inputTokens": 9, "outputTokens": 7, "totalTokens": 16})
    }

    fn answer() -> Value {
        json!({
            "output": {"message": {"role": "assistant", "content": [{"text": "The capital of France is Paris."}]}},
            "stopReason": "end_turn", "usage": usage(), "metrics": {"latencyMs": 40},
        })
    }

    fn events() -> Vec<(&'static str, Value)> {
        let text = |text| {
            (
                "contentBlockDelta",
                json!({"contentBlockIndex": 0, "delta": {"text": text}}),
            )
        };
        vec![
            ("messageStart", json!({"role": "assistant"})),
            text("Hello! "),
            text("What can I do for you?"),
            ("contentBlockStop", json!({"contentBlockIndex": 0})),
            ("messageStop", json!({"stopReason": "end_turn"})),
            (
                "metadata",
                json!({"usage": usage(), "metrics": {"latencyMs": 40}}),
            ),
        ]
    }

    fn frame(name: &'static str, event: &Value) -> Vec<u8> {
        let header = |key: &'static str, value: &'static str| {
            Header::new(key, HeaderValue::String(value.into()))
        };
        let message = Message::new(event.to_string().into_bytes())
            .add_header(header(":message-type", "event"))
            .add_header(header(":event-type", name))
            .add_header(header(":content-type", "application/json"));
        let mut bytes = Vec::new();
        // Only headers that are too long cannot be written.
        let _ = write_message_to(&message, &mut bytes);
        bytes
    }
}
