//! Clients of old and new versions, without a feature: what is recorded of their types, compiled and run, against the table in
//! `docs/clients.md`.
//!
//! Without arguments it compares and fails on a difference; `--write` writes the table anew.

mod bodies;
mod client_errors;
mod errors;
mod measure;

use std::error::Error;
use std::path::PathBuf;

use bodies::*;

/// The versions that are compiled, which the table names.
const MANIFEST: &str = include_str!("../Cargo.toml");

/// What there is no type or no `Serialize` for.
const NONE: &str = "-";

/// A value of a client's type, from the provider's JSON.
pub(crate) fn value<T: serde::de::DeserializeOwned>(json: &serde_json::Value) -> T {
    match serde_json::from_value(json.clone()) {
        Ok(value) => value,
        Err(e) => panic!("{} from {json}: {e}", std::any::type_name::<T>()),
    }
}

/// Rows of the table: client, version, what is called, request, response, items.
#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, client: &str, version: &str, cells: [&str; 4]) {
        let pinned = format!("package = \"{client}\", version = \"={version}\"");
        assert!(MANIFEST.contains(&pinned), "{pinned}");
        let cells = cells.join(" | ");
        self.0 += &format!("| {client} | {version} | {cells} |\n");
    }
}

fn async_openai_rows(table: &mut Table) {
    /// The chats of a version, by the path of their module.
    macro_rules! chats {
        ($version:literal, $($chat:ident)::+, $request:expr) => {{
            use $($chat)::+ as chat;
            let json = $request;
            table.row("async-openai", $version, [
                "chat",
                &request!(openai, chat::CreateChatCompletionRequest, json.clone(), value(&json)),
                &response!(openai, chat::CreateChatCompletionResponse, chat_response()),
                &items!(openai, chat::CreateChatCompletionStreamResponse, chat_chunks()),
            ]);
        }};
    }
    /// A version that has responses, and whose requests for embeddings can be read from JSON.
    macro_rules! version {
        ($version:literal, $($chat:ident)::+, $($embeddings:ident)::+, $($responses:ident)::+, $events:expr) => {{
            chats!($version, $($chat)::+, chat_request());
            use $($embeddings)::+ as embeddings;
            use $($responses)::+ as responses;
            let json = embeddings_request();
            table.row("async-openai", $version, [
                "embeddings",
                &request!(openai, embeddings::CreateEmbeddingRequest, json.clone(), value(&json)),
                &response!(openai, embeddings::CreateEmbeddingResponse, embeddings_response()),
                NONE,
            ]);
            let json = responses_request();
            table.row("async-openai", $version, [
                "responses",
                &request!(openai_responses, responses::CreateResponse, json.clone(), value(&json)),
                &response!(openai_responses, responses::Response, responses_response()),
                $events,
            ]);
        }};
    }
    chats!("0.12.2", async_openai_0_12::types, old_chat_request());
    chats!("0.14.3", async_openai_0_14::types, old_chat_request());
    chats!("0.19.1", async_openai_0_19::types, old_chat_request());
    chats!("0.20.0", async_openai_0_20::types, old_chat_request());
    version!(
        "0.28.3",
        async_openai_0_28::types,
        async_openai_0_28::types,
        async_openai_0_28::types::responses,
        NONE
    );
    chats!("0.29.6", async_openai_0_29::types, chat_request());
    version!(
        "0.30.1",
        async_openai_0_30::types,
        async_openai_0_30::types,
        async_openai_0_30::types::responses,
        &items!(
            openai_responses,
            async_openai_0_30::types::responses::ResponseEvent,
            responses_events()
        )
    );
    version!(
        "0.36.1",
        async_openai_0_36::types::chat,
        async_openai_0_36::types::embeddings,
        async_openai_0_36::types::responses,
        &items!(
            openai_responses,
            async_openai_0_36::types::responses::ResponseStreamEvent,
            responses_events()
        )
    );
    version!(
        "0.43.0",
        async_openai_0_43::types::chat,
        async_openai_0_43::types::embeddings,
        async_openai_0_43::types::responses,
        &items!(
            openai_responses,
            async_openai_0_43::types::responses::ResponseStreamEvent,
            responses_events()
        )
    );
}

fn openai_api_rs_rows(table: &mut Table) {
    use openai_api_rs_6::v1::chat_completion as chat_6;
    use openai_api_rs_10::v1::chat_completion::chat_completion as chat_10;
    use openai_api_rs_10::v1::embedding as embedding_10;
    use openai_api_rs_10::v1::responses::responses as responses_10;

    let json = old_chat_request();
    table.row(
        "openai-api-rs",
        "6.0.13",
        [
            "chat",
            &request!(
                openai,
                chat_6::ChatCompletionRequest,
                json.clone(),
                value(&json)
            ),
            &response!(openai, chat_6::ChatCompletionResponse, chat_response()),
            NONE,
        ],
    );
    table.row(
        "openai-api-rs",
        "10.0.2",
        [
            "chat",
            &request!(
                openai,
                chat_10::ChatCompletionRequest,
                json.clone(),
                value(&json)
            ),
            &response!(openai, chat_10::ChatCompletionResponse, chat_response()),
            NONE,
        ],
    );
    let json = embeddings_request();
    table.row(
        "openai-api-rs",
        "10.0.2",
        [
            "embeddings",
            &request!(
                openai,
                embedding_10::EmbeddingRequest,
                json.clone(),
                value(&json)
            ),
            &response!(
                openai,
                embedding_10::EmbeddingResponse,
                embeddings_response()
            ),
            NONE,
        ],
    );
    let json = responses_request();
    table.row(
        "openai-api-rs",
        "10.0.2",
        [
            "responses",
            &request!(
                openai_responses,
                responses_10::CreateResponseRequest,
                json.clone(),
                value(&json)
            ),
            &response!(
                openai_responses,
                responses_10::ResponseObject,
                responses_response()
            ),
            NONE,
        ],
    );
}

fn ollama_rows(table: &mut Table) {
    macro_rules! version {
        ($version:literal, $krate:ident, $generation:ty, $prompt:expr) => {{
            use $krate::generation::chat::request::ChatMessageRequest;
            use $krate::generation::chat::{ChatMessage, ChatMessageResponse};
            use $krate::generation::completion::GenerationResponse;
            use $krate::generation::completion::request::GenerationRequest;
            let messages = vec![ChatMessage::user("Hello".to_owned())];
            let mut chat = ChatMessageRequest::new("m-1".to_owned(), messages);
            chat.options = Some(value(&serde_json::json!({"temperature": 0.5, "num_predict": 64})));
            table.row("ollama-rs", $version, [
                "chat",
                &request!(ollama, ChatMessageRequest, ollama_request(), chat),
                &response!(ollama, ChatMessageResponse, ollama_response()),
                &items!(ollama, ChatMessageResponse, ollama_chunks()),
            ]);
            let json = serde_json::json!({"model": "m-1", "prompt": "Hello", "stream": false});
            let generation = GenerationRequest::new("m-1".to_owned(), $prompt);
            table.row("ollama-rs", $version, [
                "generate",
                &request!(ollama, $generation, json, generation),
                &response!(ollama, GenerationResponse, ollama_generated()),
                &items!(ollama, GenerationResponse, vec![ollama_generated()]),
            ]);
        }};
    }
    version!(
        "0.1.9",
        ollama_rs_0_1,
        ollama_rs_0_1::generation::completion::request::GenerationRequest,
        "Hello".to_owned()
    );
    version!(
        "0.2.6",
        ollama_rs_0_2,
        ollama_rs_0_2::generation::completion::request::GenerationRequest<'_>,
        "Hello"
    );
    version!(
        "0.3.6",
        ollama_rs_0_3,
        ollama_rs_0_3::generation::completion::request::GenerationRequest<'_>,
        "Hello"
    );
}

#[allow(deprecated, reason = "2.x prefers interactions")]
fn gemini_rows(table: &mut Table) {
    macro_rules! version {
        ($version:literal, $krate:ident) => {{
            use $krate::{GenerateContentRequest, GenerationResponse};
            let json = gemini_request();
            table.row(
                "gemini-rust",
                $version,
                [
                    "generateContent",
                    &request!(gemini, GenerateContentRequest, json.clone(), value(&json)),
                    &response!(gemini, GenerationResponse, gemini_response()),
                    &items!(gemini, GenerationResponse, gemini_chunks()),
                ],
            );
        }};
    }
    version!("1.4.0", gemini_rust_1);
    version!("2.1.0", gemini_rust_2);
    let json = interaction_request();
    table.row(
        "gemini-rust",
        "2.1.0",
        [
            "interactions",
            &request!(
                gemini_interactions,
                gemini_rust_2::CreateInteractionRequest,
                json.clone(),
                value(&json)
            ),
            &response!(
                gemini_interactions,
                gemini_rust_2::interactions::Interaction,
                interaction()
            ),
            NONE,
        ],
    );
}

fn anthropic_rows(table: &mut Table) {
    use anthropic_ai_sdk_0_2::types::message::{self, CreateMessageParams, CreateMessageResponse};
    use async_anthropic_0_6::types::{
        CreateMessagesRequest, CreateMessagesResponse, MessagesStreamEvent,
    };

    let json = messages_request();
    table.row(
        "anthropic-ai-sdk",
        "0.2.27",
        [
            "messages",
            &request!(anthropic, CreateMessageParams, json.clone(), value(&json)),
            &response!(anthropic, CreateMessageResponse, messages_response()),
            &items!(anthropic, message::StreamEvent, messages_events()),
        ],
    );
    table.row(
        "async-anthropic",
        "0.6.0",
        [
            "messages",
            &request!(anthropic, CreateMessagesRequest, json.clone(), value(&json)),
            &response!(anthropic, CreateMessagesResponse, messages_response()),
            &items!(anthropic, MessagesStreamEvent, messages_events()),
        ],
    );
}

/// rig has types of its own; what the provider answered is in `raw_response`, and that is what `response = path` reads.
fn rig_rows(table: &mut Table) {
    macro_rules! raw {
        ($ty:ty) => {{
            #[genai::chat(provider = "p", response = openai)]
            fn full(json: serde_json::Value) -> serde_json::Value {
                json
            }
            #[genai::chat(provider = "p", response = openai)]
            fn raw(value: $ty) -> $ty {
                value
            }
            let json = chat_response();
            let full_facts = measure::facts(|| drop(full(json.clone())));
            let raw_facts = measure::facts(|| drop(raw(value(&json))));
            measure::cell(&full_facts, &raw_facts)
        }};
    }
    let raw = raw!(rig_core_0_35::providers::openai::completion::CompletionResponse);
    table.row(
        "rig-core",
        "0.35.0",
        ["chat, OpenAI's `raw_response`", NONE, &raw, NONE],
    );
    let raw = raw!(rig_core_0_41::providers::openai::completion::CompletionResponse);
    table.row(
        "rig-core",
        "0.41.0",
        ["chat, OpenAI's `raw_response`", NONE, &raw, NONE],
    );
    let request = own_request!(
        rig_core_0_44::completion::CompletionRequest,
        own_chat_request(),
        value(&rig_request())
    );
    let raw = raw_answer!(rig_core_0_44::completion::CompletionResponse, raw, |raw| {
        value(&serde_json::json!({
            "choice": [{"type": "text", "text": "Hi."}], "usage": {}, "raw": raw,
            "origin": {"api": "openai.chat", "provider": "openai", "model": "m-1"},
        }))
    });
    let cells = ["chat, `raw`", &request, &raw, NONE];
    table.row("rig-core", "0.44.0", cells);
}

/// genai, the client of that name, has types of its own, too, and keeps what the provider answered where it is asked to.
fn genai_rows(table: &mut Table) {
    macro_rules! version {
        ($version:literal, $krate:ident, [$($field:ident),*]) => {{
            use $krate::chat::{ChatMessage, ChatRequest, ChatResponse, MessageContent, Usage};
            use $krate::{ModelIden, adapter::AdapterKind};
            let request = own_request!(
                ChatRequest,
                serde_json::json!({"messages": [{"role": "user", "content": "Hello"}]}),
                ChatRequest::new(vec![ChatMessage::user("Hello")])
            );
            let raw = raw_answer!(ChatResponse, captured_raw_body, |raw: &serde_json::Value| {
                let model = ModelIden::new(AdapterKind::OpenAI, "m-1");
                ChatResponse {
                    content: MessageContent::from_text("Hi."),
                    reasoning_content: None,
                    model_iden: model.clone(),
                    provider_model_iden: model,
                    usage: Usage::default(),
                    captured_raw_body: Some(raw.clone()),
                    $($field: None,)*
                }
            });
            let cells = ["chat, `captured_raw_body`", &request, &raw, NONE];
            table.row("genai", $version, cells);
        }};
    }
    version!("0.5.3", genai_client_0_5, []);
    version!("0.7.2", genai_client_0_7, [stop_reason, response_id]);
}

fn table() -> Table {
    let mut table = Table::default();
    async_openai_rows(&mut table);
    openai_api_rs_rows(&mut table);
    ollama_rows(&mut table);
    gemini_rows(&mut table);
    anthropic_rows(&mut table);
    rig_rows(&mut table);
    genai_rows(&mut table);
    table
}

fn main() -> Result<(), Box<dyn Error>> {
    errors::check()?;
    client_errors::check_all()?;
    let page = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../docs/clients.md"
    ));
    let text = std::fs::read_to_string(&page)?;
    let (begin, end) = ("<!-- versions -->\n", "<!-- end of versions -->");
    let (before, rest) = text
        .split_once(begin)
        .ok_or("the page has no place for the table")?;
    let (known, after) = rest
        .split_once(end)
        .ok_or("the place for the table has no end")?;
    let heads = "| client | version | call | request | response | items of a stream |\n|---|---|---|---|---|---|\n";
    let found = format!("{heads}{}", table().0);
    if std::env::args().any(|argument| argument == "--write") {
        std::fs::write(&page, format!("{before}{begin}{found}{end}{after}"))?;
    } else if known != found {
        return Err(format!("docs/clients.md has another table; found:\n{found}").into());
    }
    print!("{found}");
    Ok(())
}
