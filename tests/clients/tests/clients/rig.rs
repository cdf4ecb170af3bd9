//! rig's core against a replay: it sends a request of its own, and the side of the response is compared.

use futures_util::StreamExt;
use genai::clients::rig::CompletionStream;
use genai_client_tests::{
    check, harness, recorded, recordings, response_side, response_side_of, serve,
};
use genai_tests::recordings::probe::Probe;
use genai_tests::recordings::{Observed, Recording};
use genai_tests::server::Server;
use rig_core::completion::{CompletionRequest, CompletionResponse, ToolDefinition};
use rig_core::embeddings::embedding::EmbeddingResponse;
use rig_core::message::ToolName;
use rig_core::operation::Completion;
use rig_core::providers::{anthropic::AnthropicConfig, openai::OpenAIConfig};
use rig_core::{DynModel, ProviderError};
use serde_json::json;

#[genai::chat(provider = provider, request = request)]
async fn ask(
    model: &DynModel<Completion>,
    provider: &str,
    request: CompletionRequest,
) -> Result<CompletionResponse, ProviderError> {
    model.call(request).await
}

#[genai::chat(provider = provider, model = name, request = request, stream)]
async fn stream(
    model: &DynModel<Completion>,
    provider: &str,
    name: &str,
    request: CompletionRequest,
) -> Result<CompletionStream, ProviderError> {
    Ok(model.stream(request)?.into())
}

/// The recording's model, served by `server`.
fn model(recording: &Recording, server: &Server) -> DynModel<Completion> {
    let name = name(recording);
    match recording.endpoint.as_str() {
        "anthropic.messages" => {
            let client = AnthropicConfig::new("key")
                .with_base_url(server.url())
                .client();
            client.completion(name).into()
        }
        "openai.responses" => {
            let client = OpenAIConfig::new("key")
                .with_base_url(format!("{}/v1", server.url()))
                .client();
            client.responses(name).into()
        }
        _ => {
            let client = OpenAIConfig::new("key")
                .with_base_url(format!("{}/v1", server.url()))
                .client();
            client.chat(name).into()
        }
    }
}

fn name(recording: &Recording) -> &str {
    recording.request["model"].as_str().expect("a model")
}

fn request() -> CompletionRequest {
    CompletionRequest::new("What is the weather in Paris?")
        .preamble("Be brief.")
        .temperature(0.25)
        .max_tokens(100)
        .tool(ToolDefinition::new(
            ToolName::new("get_weather").expect("a name"),
            "The weather in a city.",
            json!({"type": "object", "properties": {"city": {"type": "string"}}}),
        ))
}

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let server = serve(recording);
    let (model, harness) = (model(recording, &server), harness(content));
    let runtime = genai_tests::runtime();
    let failed = runtime.block_on(async {
        let provider = &recording.provider;
        if recording.response.sse.is_none() {
            return ask(&model, provider, request()).await.err();
        }
        let mut events = match stream(&model, provider, name(recording), request()).await {
            Err(error) => return Some(error),
            Ok(events) => events,
        };
        let mut failed = None;
        while let Some(event) = events.next().await {
            failed = failed.or(event.err());
        }
        failed
    });
    let observed = recorded(recording, &harness);
    if let (Some(error), None) = (&failed, &recording.expected_error) {
        return Err(format!("the client fails: {:.100}", error.to_string()));
    }
    assert_eq!(observed.attributes["gen_ai.request.temperature"], 0.25);
    assert_eq!(observed.attributes["gen_ai.request.max_tokens"], 100);
    if failed.is_none() {
        assert_eq!(observed.attributes["gen_ai.request.model"], name(recording));
    }
    if content {
        assert_eq!(observed.input[0]["role"], "system");
        assert_eq!(
            observed.input[1]["parts"][0]["content"],
            "What is the weather in Paris?"
        );
        assert_eq!(observed.tool_definitions[0]["name"], "get_weather");
    }
    Ok(response_side_of(observed))
}

fn replayed(wanted: impl Fn(&Recording) -> bool, deviations: &[(&str, &str)], least: usize) {
    let Some(mut recordings) = recordings(wanted) else {
        return;
    };
    recordings.iter_mut().for_each(response_side);
    check(&recordings, deviations, least, run);
}

#[test]
fn openai_chat() {
    replayed(
        |r| r.provider == "openai" && r.endpoint == "openai.chat.completions",
        &[
            ("chat_completion_multiple_choices", ONE_CHOICE),
            ("test_streaming_deduplicates_finish_reaso_0", ONE_CHOICE),
            ("mini_tiny_plain_two", ONE_CHOICE),
            ("async_parsed_refused_completion_0", REFUSAL),
            ("open_ai_function_calls_0", FUNCTIONS),
            ("openai_functions", FUNCTIONS),
        ],
        40,
    );
}

#[test]
fn openai_responses() {
    replayed(
        |r| r.provider == "openai" && r.endpoint == "openai.responses",
        &[
            ("delegates_response_attribute_content_mode0", NO_END),
            ("recipe_agents_hierarchy_1", NO_END),
            (
                "responses_reasoning_dict_issue_0",
                "rig joins the summaries of the reasoning in its own way",
            ),
            ("responses_agent_streaming_refusal_surfaces", REFUSAL),
        ],
        25,
    );
}

#[test]
fn anthropic() {
    replayed(
        |r| r.endpoint == "anthropic.messages",
        &[(
            "web_search_with_dynamic_filtering_succeeds",
            "rig joins texts that stand apart around the tools of the server",
        )],
        40,
    );
}

/// Embeddings have no request type; everything is read from the answer.
#[test]
fn vectors() {
    let answer: EmbeddingResponse = serde_json::from_value(json!({
        "embeddings": [{"document": "SECRET", "vec": [0.5, 1.0]}], "provider": "openai", "model": "m-1",
        "usage": {"input_tokens": 4}, "response_id": "r",
    }))
    .expect("an answer");
    let probe = Probe::new("openai", "embeddings", true, &json!({}));
    let recorded = probe.response(&answer);
    assert_eq!(recorded.attributes["gen_ai.response.model"], "m-1");
    assert_eq!(recorded.attributes["gen_ai.embeddings.dimension.count"], 2);
    assert_eq!(recorded.attributes["gen_ai.usage.input_tokens"], 4);
    assert!(!format!("{recorded:?}").contains("SECRET"));
}

const ONE_CHOICE: &str = "rig keeps the first choice only; the others are in the attributes alone";
const REFUSAL: &str = "rig has no refusals, a refusal is text to it";
const FUNCTIONS: &str = "rig does not read the function calls that came before tool calls";
const NO_END: &str = "rig refuses a stream without its last event";
