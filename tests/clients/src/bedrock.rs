//! The AWS SDK without a network: a connector in memory that answers as recorded, and requests made from recorded JSON.

use std::sync::{Arc, Mutex};

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use aws_sdk_bedrockruntime::config::{
    BehaviorVersion, Config, IdentityCache, Region, StalledStreamProtectionConfig, Token,
};
use aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder;
use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::types::{
    CachePointBlock, CachePointType, ContentBlock, ConversationRole, GuardrailConfiguration,
    GuardrailConverseContentBlock, GuardrailConverseContentQualifier, GuardrailConverseTextBlock,
    GuardrailStreamConfiguration, InferenceConfiguration, Message, SystemContentBlock, Tool,
    ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolSpecification,
    ToolUseBlock,
};
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message as Frame};
use aws_smithy_types::{Document, Number};
use genai_tests::recordings::Recording;
use genai_tests::recordings::load::RecordedResponse;
use serde_json::{Value, json};

/// A connector that gives one answer to everything and keeps what was sent.
#[derive(Clone, Debug)]
pub struct Replay {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl Replay {
    /// One that answers as the recording was answered.
    pub fn new(recording: &Recording) -> Self {
        let response = &recording.response;
        let header =
            |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        Self {
            status: response.status,
            headers: response.headers.iter().filter_map(header).collect(),
            body: match &response.body {
                Some(body) => body.to_string().into_bytes(),
                None => frames(response, recording.endpoint.starts_with("bedrock.invoke")),
            },
            sent: Arc::default(),
        }
    }

    /// A client of the SDK's that is connected to it.
    pub fn client(&self) -> Client {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .bearer_token(Token::new("key", None))
            .build();
        Client::from_conf(config)
    }

    /// The bodies that were sent.
    pub fn sent(&self) -> Vec<Value> {
        self.sent.lock().expect("no panic").clone()
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.sent
            .lock()
            .expect("no panic")
            .push(serde_json::from_slice(body).unwrap_or_default());
        let status = self.status.try_into().expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(self.body.clone()));
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// The frames of a recorded stream.
fn frames(response: &RecordedResponse, is_invoke: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let names = response.sse_events.as_deref().unwrap_or_default();
    for (at, text) in response.sse.iter().flatten().enumerate() {
        let name = names
            .get(at)
            .cloned()
            .flatten()
            .unwrap_or_else(|| "chunk".to_owned());
        let payload = if is_invoke {
            json!({"bytes": aws_smithy_types::base64::encode(text)}).to_string()
        } else {
            text.clone()
        };
        bytes.extend(frame(&name, payload));
    }
    bytes
}

/// One event, or exception, as a frame.
pub fn frame(name: &str, payload: String) -> Vec<u8> {
    let (kind, header) = match name.ends_with("Exception") {
        true => ("exception", ":exception-type"),
        false => ("event", ":event-type"),
    };
    let text = |text: &str| HeaderValue::String(text.to_owned().into());
    let frame = Frame::new(payload.into_bytes())
        .add_header(Header::new(":message-type", text(kind)))
        .add_header(Header::new(header, text(name)))
        .add_header(Header::new(":content-type", text("application/json")));
    let mut bytes = Vec::new();
    write_message_to(&frame, &mut bytes).expect("a frame");
    bytes
}

/// JSON as the SDK has it.
fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(flag) => Document::Bool(*flag),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(list) => Document::Array(list.iter().map(document).collect()),
        Value::Object(fields) => Document::Object(
            fields
                .iter()
                .map(|(k, v)| (k.clone(), document(v)))
                .collect(),
        ),
        Value::Number(n) => Document::Number(match (n.as_u64(), n.as_i64()) {
            (Some(n), _) => Number::PosInt(n),
            (None, Some(n)) => Number::NegInt(n),
            (None, None) => Number::Float(n.as_f64().unwrap_or_default()),
        }),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The messages of a recorded request.
fn messages(request: &Value) -> Option<Vec<Message>> {
    let message = |message: &Value| {
        Message::builder()
            .role(ConversationRole::from(text(&message["role"]).as_str()))
            .set_content(Some(list(&message["content"]).map(block).collect()))
            .build()
            .expect("a message")
    };
    Some(list(&request["messages"]).map(message).collect())
}

fn cache_point() -> CachePointBlock {
    CachePointBlock::builder()
        .r#type(CachePointType::Default)
        .build()
        .expect("a point")
}

fn block(block: &Value) -> ContentBlock {
    if let Some(text) = block["text"].as_str() {
        return ContentBlock::Text(text.to_owned());
    }
    if let Some(call) = block.get("toolUse") {
        let call = ToolUseBlock::builder()
            .tool_use_id(text(&call["toolUseId"]))
            .name(text(&call["name"]))
            .input(document(&call["input"]));
        return ContentBlock::ToolUse(call.build().expect("a call"));
    }
    if let Some(result) = block.get("toolResult") {
        let content = list(&result["content"]).map(|block| match block["text"].as_str() {
            Some(text) => ToolResultContentBlock::Text(text.to_owned()),
            None => ToolResultContentBlock::Json(document(&block["json"])),
        });
        let result = ToolResultBlock::builder()
            .tool_use_id(text(&result["toolUseId"]))
            .set_content(Some(content.collect()));
        return ContentBlock::ToolResult(result.build().expect("a result"));
    }
    if let Some(guarded) = block.get("guardContent") {
        let qualifiers = list(&guarded["text"]["qualifiers"])
            .map(|word| GuardrailConverseContentQualifier::from(text(word).as_str()))
            .collect();
        let guarded = GuardrailConverseTextBlock::builder()
            .text(text(&guarded["text"]["text"]))
            .set_qualifiers(Some(qualifiers));
        let guarded = guarded.build().expect("a text");
        return ContentBlock::GuardContent(GuardrailConverseContentBlock::Text(guarded));
    }
    assert!(block.get("cachePoint").is_some(), "unknown: {block}");
    ContentBlock::CachePoint(cache_point())
}

/// The system instructions of a recorded request.
fn system(request: &Value) -> Option<Vec<SystemContentBlock>> {
    request.get("system")?;
    let block = |block: &Value| match block["text"].as_str() {
        Some(text) => SystemContentBlock::Text(text.to_owned()),
        None => SystemContentBlock::CachePoint(cache_point()),
    };
    Some(list(&request["system"]).map(block).collect())
}

/// The sampling settings of a recorded request.
fn inference(request: &Value) -> Option<InferenceConfiguration> {
    let config = request.get("inferenceConfig")?;
    let float = |key: &str| config[key].as_f64().map(|n| n as f32);
    let stop = config
        .get("stopSequences")
        .map(|stop| list(stop).map(text).collect());
    Some(
        InferenceConfiguration::builder()
            .set_max_tokens(config["maxTokens"].as_i64().and_then(|n| n.try_into().ok()))
            .set_temperature(float("temperature"))
            .set_top_p(float("topP"))
            .set_stop_sequences(stop)
            .build(),
    )
}

/// The tools of a recorded request.
fn tools(request: &Value) -> Option<ToolConfiguration> {
    let config = request.get("toolConfig")?;
    let tool = |tool: &Value| {
        let spec = &tool["toolSpec"];
        let spec = ToolSpecification::builder()
            .name(text(&spec["name"]))
            .set_description(spec["description"].as_str().map(str::to_owned))
            .input_schema(ToolInputSchema::Json(document(
                &spec["inputSchema"]["json"],
            )));
        Tool::ToolSpec(spec.build().expect("a tool"))
    };
    let config =
        ToolConfiguration::builder().set_tools(Some(list(&config["tools"]).map(tool).collect()));
    Some(config.build().expect("tools"))
}

/// The model of a recording, which is in the path.
pub fn model(recording: &Recording) -> String {
    recording.model_in_path.clone().expect("a model")
}

/// A request of a recording, for a client that is connected to its replay.
macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident: $call:ident, $builder:ty, $guardrail:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(recording: &Recording, replay: &Replay) -> $builder {
            let json = &recording.request;
            let guardrail = json.get("guardrailConfig").map(|config| {
                $guardrail::builder()
                    .guardrail_identifier(config["guardrailIdentifier"].as_str().expect("an id"))
                    .guardrail_version(config["guardrailVersion"].as_str().expect("a version"))
                    .build()
            });
            replay
                .client()
                .$call()
                .model_id(model(recording))
                .set_messages(messages(json))
                .set_system(system(json))
                .set_inference_config(inference(json))
                .set_tool_config(tools(json))
                .set_guardrail_config(guardrail)
                .set_additional_model_request_fields(json.get("additionalModelRequestFields").map(document))
        }
    )*};
}

requests! {
    /// The request of a recording of Converse.
    request: converse, ConverseFluentBuilder, GuardrailConfiguration;
    /// The same of ConverseStream.
    stream_request: converse_stream, ConverseStreamFluentBuilder, GuardrailStreamConfiguration;
}
