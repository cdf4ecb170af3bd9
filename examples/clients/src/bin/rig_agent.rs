//! rig: an agent with a tool. Each call of the model is a chat below the agent, each call of the tool a tool.
//!
//! `cargo run -p genai-client-examples --features rig --bin rig_agent`
//!
//! rig makes `tracing` spans of its own. Where a layer exports those too, the filter `rig::completions=off` keeps a call from
//! being there twice.

use std::error::Error;

use rig_core::completion::{CompletionRequest, CompletionResponse, ToolDefinition};
use rig_core::message::{
    AssistantContent, Message, ToolCall, ToolName, ToolResultContent, UserContent,
};
use rig_core::operation::Completion;
use rig_core::providers::openai::OpenAIConfig;
use rig_core::{DynModel, ProviderError};
use serde_json::json;

/// The provider may differ from run to run, the model from call to call; neither is in rig's request.
#[genai::chat(provider = openai, model = name, request = request)]
async fn ask(
    model: &DynModel<Completion>,
    name: &str,
    request: CompletionRequest,
) -> Result<CompletionResponse, ProviderError> {
    model.call(request).await
}

#[genai::tool(name = "get_weather", call_id = call.id.wire(), arguments = call.function.arguments, response(|answer| result = answer))]
fn get_weather(call: &ToolCall) -> String {
    let city = call
        .function
        .arguments
        .get("city")
        .and_then(|city| city.as_str());
    format!("Rainy, 57°F in {}.", city.unwrap_or("an unknown city"))
}

/// Calls the model until it asks for no more tools.
#[genai::agent(name = "weather-agent", provider = openai, model = name, input = genai::message::user(question), response(|r| output = r))]
async fn run(
    model: &DynModel<Completion>,
    name: &str,
    question: &str,
) -> Result<String, ProviderError> {
    let tool = ToolDefinition::new(
        ToolName::new("get_weather").map_err(ProviderError::request)?,
        "The weather in a city.",
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
    );
    let mut history = vec![Message::user(question)];
    for _ in 0..5 {
        let request = CompletionRequest::from(history.clone()).tool(tool.clone());
        let answer = ask(model, name, request).await?;
        let results: Vec<UserContent> = answer
            .choice
            .iter()
            .filter_map(|part| match part {
                AssistantContent::ToolCall(call) => {
                    let text = ToolResultContent::text(get_weather(call));
                    Some(UserContent::ToolResult(call.result(vec![text])))
                }
                _ => None,
            })
            .collect();
        if results.is_empty() {
            let texts = answer.choice.iter().filter_map(|part| match part {
                AssistantContent::Text(text) => Some(text.text.as_str()),
                _ => None,
            });
            return Ok(texts.collect());
        }
        history.extend(answer.message());
        history.push(Message::User { content: results });
    }
    Err(ProviderError::Response(
        "the model asks for tools again and again".to_owned(),
    ))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    genai_examples::http::tls();
    let endpoint = genai_examples::provider::endpoint()?;
    let config = OpenAIConfig::new(endpoint.api_key.as_str()).with_base_url(&endpoint.base_url);
    let model: DynModel<Completion> = config.client().chat("gpt-4o-mini").into();
    println!(
        "{}",
        run(&model, "gpt-4o-mini", "What is the weather in Paris?").await?
    );
    Ok(())
}
