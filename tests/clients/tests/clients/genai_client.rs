//! The client genai against a replay: it sends a request of its own, and the side of the response is compared.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use futures_util::{Stream, StreamExt};
use genai_client::adapter::AdapterKind;
use genai_client::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatResponse, ChatStreamEvent, Tool,
};
use genai_client::embed::EmbedResponse;
use genai_client::resolver::{AuthData, Endpoint};
use genai_client::{Client, Error, ModelIden, ServiceTarget};
use genai_client_tests::{
    check, harness, recorded, recordings, response_side, response_side_of, serve,
};
use genai_tests::isolated;
use genai_tests::recordings::{Observed, Recording};
use genai_tests::server::{Reply, Server};
use serde_json::json;
use tracing::Subscriber;
use tracing::field::Field;
use tracing_subscriber::layer::{self, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

#[genai::chat(provider = provider, model = model.model_name.as_str(), request = (&request, &options))]
async fn ask(
    client: &Client,
    provider: &str,
    model: ModelIden,
    request: ChatRequest,
    options: ChatOptions,
) -> Result<ChatResponse, Error> {
    client.exec_chat(model, request, Some(&options)).await
}

#[genai::chat(provider = provider, model = model.model_name.as_str(), request = (&request, &options), stream)]
async fn stream(
    client: &Client,
    provider: &str,
    model: ModelIden,
    request: ChatRequest,
    options: ChatOptions,
) -> Result<impl Stream<Item = Result<ChatStreamEvent, Error>> + use<>, Error> {
    Ok(client
        .exec_chat_stream(model, request, Some(&options))
        .await?
        .stream)
}

#[genai::embeddings(provider = openai, request = options)]
async fn embed(
    client: &Client,
    model: ModelIden,
    options: genai_client::embed::EmbedOptions,
) -> Result<EmbedResponse, Error> {
    client.embed(model, "a text", Some(&options)).await
}

/// A client that is connected to `server` whatever the model is.
fn client(server: &Server) -> Client {
    let url = format!("{}/v1/", server.url());
    Client::builder()
        .with_service_target_resolver_fn(
            move |target: ServiceTarget| -> Result<ServiceTarget, genai_client::resolver::Error> {
                let (endpoint, auth) = (
                    Endpoint::from_owned(url.clone()),
                    AuthData::from_single("key"),
                );
                Ok(ServiceTarget {
                    endpoint,
                    auth,
                    model: target.model,
                })
            },
        )
        .build()
        .expect("a client")
}

fn adapter(endpoint: &str) -> AdapterKind {
    match endpoint {
        "openai.responses" => AdapterKind::OpenAIResp,
        "anthropic.messages" => AdapterKind::Anthropic,
        "ollama.chat" => AdapterKind::Ollama,
        "openai.chat.completions" | "openai.embeddings" => AdapterKind::OpenAI,
        _ => AdapterKind::Gemini,
    }
}

fn model(recording: &Recording) -> ModelIden {
    let name = recording.request["model"].as_str().map(str::to_owned);
    let name = name
        .or_else(|| recording.model_in_path.clone())
        .expect("a model");
    ModelIden::new(adapter(&recording.endpoint), name)
}

fn request() -> ChatRequest {
    ChatRequest::from_system("Be brief.")
        .append_message(ChatMessage::user("What is the weather in Paris?"))
        .with_tools([Tool::new("get_weather")
            .with_description("The weather in a city.")
            .with_schema(json!({"type": "object", "properties": {"city": {"type": "string"}}}))])
}

fn options() -> ChatOptions {
    ChatOptions::default()
        .with_temperature(0.25)
        .with_max_tokens(100)
        .with_top_p(0.5)
        .with_seed(7)
        .with_capture_usage(true)
        .with_capture_raw_body(true)
}

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let server = serve(recording);
    let (client, harness) = (client(&server), harness(content));
    let runtime = genai_tests::runtime();
    let failed = runtime.block_on(async {
        let provider = &recording.provider;
        if recording.operation == "embeddings" {
            return embed(&client, model(recording), Default::default())
                .await
                .err();
        }
        if recording.response.sse.is_none() {
            return ask(&client, provider, model(recording), request(), options())
                .await
                .err();
        }
        match stream(&client, provider, model(recording), request(), options()).await {
            Err(error) => Some(error),
            Ok(events) => {
                let mut events = std::pin::pin!(events);
                let mut failed = None;
                while let Some(event) = events.next().await {
                    failed = failed.or(event.err());
                }
                failed
            }
        }
    });
    let observed = recorded(recording, &harness);
    if let (Some(error), None) = (failed, &recording.expected_error) {
        return Err(format!("the client fails: {:.100}", error.to_string()));
    }
    if recording.operation == "chat" {
        let streams = recording.response.sse.is_some() && recording.expected_error.is_none();
        assert!(!streams || !observed.attributes.contains_key("gen_ai.response.model"));
        assert_eq!(observed.attributes["gen_ai.request.temperature"], 0.25);
        assert_eq!(observed.attributes["gen_ai.request.max_tokens"], 100);
        assert_eq!(observed.attributes["gen_ai.request.top_p"], 0.5);
        assert_eq!(observed.attributes["gen_ai.request.seed"], 7);
        assert_eq!(
            observed.attributes["gen_ai.request.model"],
            model(recording).model_name.as_str()
        );
        if content {
            assert_eq!(
                observed.system_instructions,
                json!([{"type": "text", "content": "Be brief."}])
            );
            let asked = json!([{"role": "user", "parts": [{"type": "text", "content": "What is the weather in Paris?"}]}]);
            assert_eq!(observed.input, asked);
            assert_eq!(observed.tool_definitions[0]["name"], "get_weather");
        }
    }
    let mut observed = response_side_of(observed);
    if recording.response.sse.is_some() {
        observed.attributes.remove("gen_ai.response.id");
    }
    Ok(observed)
}

/// What the client's types do not have: of a stream the model; without the raw body some ids, and what only OpenAI has.
const MISSING: [&str; 4] = [
    "gen_ai.response.id",
    "gen_ai.response.model",
    "openai.response.service_tier",
    "openai.response.system_fingerprint",
];

fn untold(recording: &mut Recording) {
    if recording.response.sse.is_some() {
        recording
            .expected
            .retain(|key, _| !MISSING.contains(&key.as_str()));
        if recording.provider == "anthropic" {
            recording
                .expected
                .remove("gen_ai.usage.reasoning.output_tokens");
        }
    }
}

fn replayed(wanted: impl Fn(&Recording) -> bool, deviations: &[(&str, &str)], least: usize) {
    let Some(mut recordings) = recordings(wanted) else {
        return;
    };
    recordings.iter_mut().for_each(response_side);
    recordings.iter_mut().for_each(untold);
    check(&recordings, deviations, least, run);
}

#[test]
fn openai() {
    replayed(
        |r| r.provider == "openai" && r.endpoint != "openai.completions",
        OPENAI,
        60,
    );
}

#[test]
fn anthropic() {
    replayed(|r| r.endpoint == "anthropic.messages", ANTHROPIC, 40);
}

#[test]
fn ollama() {
    replayed(|r| r.endpoint == "ollama.chat", &[], 15);
}

/// Keeps what the library's internal log says at any level.
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        let mut text = event.metadata().level().to_string();
        event.record(&mut |_: &Field, value: &dyn Debug| text += &format!(" {value:?}"));
        self.0.lock().expect("no panic").push(text);
    }
}

/// A stream has no token counts where its options did not ask for them: that is one line in the log, and no warning.
#[test]
fn usage_that_was_not_asked_for_is_said_once() {
    // A process says it once, and replays of streams without counts may say it too.
    isolated("usage_that_was_not_asked_for_is_said_once", &[], || {
        let hints = hints_of_three_streams();
        assert_eq!(hints.len(), 1, "{hints:?}");
        assert!(hints[0].starts_with("DEBUG"), "{hints:?}");
    });
}

/// What is said of the missing counts of three streams.
fn hints_of_three_streams() -> Vec<String> {
    let reply = Reply {
        status: 200,
        content_type: "text/event-stream",
        body: concat!(
            "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n"
        )
        .into(),
    };
    let server = Server::start(move |_| reply.clone()).expect("a free port");
    let (client, harness) = (client(&server), harness(false));
    let runtime = genai_tests::runtime();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Registry::default().with(Lines(Arc::clone(&lines)));
    tracing::subscriber::with_default(log, || {
        runtime.block_on(async {
            for _ in 0..3 {
                let model = ModelIden::new(AdapterKind::OpenAI, "gpt-5");
                let events = stream(&client, "openai", model, request(), ChatOptions::default());
                let mut events = std::pin::pin!(events.await.expect("a stream"));
                while let Some(event) = events.next().await {
                    event.expect("an event");
                }
            }
        });
    });
    assert_eq!(harness.spans().len(), 3);
    let lines = lines.lock().expect("no panic");
    let hints = lines.iter().filter(|line| line.contains("capture_usage"));
    hints.cloned().collect()
}

/// Parts of ids, and why those recordings differ.
const OPENAI: &[(&str, &str)] = &[
    ("chat_completion_multiple_choices", ONE_CHOICE),
    ("test_streaming_deduplicates_finish_reaso_0", ONE_CHOICE),
    ("gpt_4_1_mini_tiny_plain_two", ONE_CHOICE),
    ("async_parsed_refused_completion_0", REFUSAL),
    ("responses_agent_streaming_refusal_surfaces", REFUSAL),
    ("open_ai_function_calls_0", FUNCTIONS),
    ("openai_functions", FUNCTIONS),
    ("gpt_4_1_mini_tiny_tool", CUT),
    ("async_embeddings_with_encoding_format", BASE64),
    ("openai_document_embedder_embedding_span_has", BASE64),
    ("pinecone_retrieval_1", BASE64),
];

const ANTHROPIC: &[(&str, &str)] = &[
    (
        "web_search_with_dynamic_filtering_succeeds",
        "the calls of the server's own tools are parts of its own to the client",
    ),
    (
        "zero_argument_strict_tool_streams",
        "the client gives the arguments of a call without any as an empty text",
    ),
];

const ONE_CHOICE: &str = "the client knows one choice";
const REFUSAL: &str = "the client leaves refusals out";
const FUNCTIONS: &str = "the client does not read the function calls that came before tool calls";
const CUT: &str = "the client refuses a tool call whose arguments are cut off";
const BASE64: &str = "the client reads vectors as lists only";
