//! Errors of clients in old and new versions, provoked on loopback: what class they get without a feature, and that neither the
//! provider's message nor the body is in the description.

use std::net::TcpListener;
use std::time::Duration;

use genai::testing::Harness;

use crate::bodies::{chat_request, old_chat_request};
use crate::errors::server;
use crate::value;

/// Never recorded: it stands for what the model or the user wrote.
const CANARY: &str = "canary7f3a";

/// Answers of servers; the messages hold the canary.
const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n\
    {\"error\": {\"message\": \"canary7f3a\", \"type\": \"invalid_request_error\", \"param\": null, \"code\": \"model_not_found\"}}      ";
const NOT_JSON: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n{\"canary7f3a\": \"\\u00e9\"}";
const GEMINI: &str = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n\
    {\"error\": {\"code\": 404, \"message\": \"canary7f3a\", \"status\": \"NOT_FOUND\"}} ";
const ANTHROPIC: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n\
    {\"type\": \"error\", \"error\": {\"type\": \"invalid_request_error\", \"message\": \"canary7f3a\"}}   ";
const OLLAMA: &str =
    "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n{\"error\": \"canary7f3a\"}";

type Failed = Box<dyn std::error::Error>;

/// Servers that fail in different ways.
struct Servers {
    failing: String,
    not_json: String,
    silent: String,
    refusing: String,
}

impl Servers {
    fn start(failing: &'static str) -> Result<Self, Failed> {
        let url = |address: std::net::SocketAddr| format!("http://{address}");
        Ok(Self {
            failing: url(server(failing)?),
            not_json: url(server(NOT_JSON)?),
            silent: url(server("")?),
            // Nobody listens there any more.
            refusing: url(TcpListener::bind("127.0.0.1:0")?.local_addr()?),
        })
    }
}

/// Compares the class of the only span of `call`, and looks for what must not be recorded.
fn check(client: &str, expected: &str, call: impl FnOnce()) -> Result<(), Failed> {
    let harness = Harness::install();
    call();
    let spans = harness.spans();
    let found = spans[0].str("error.type").unwrap_or_default();
    if found != expected {
        return Err(format!("{client}: {found} instead of {expected}").into());
    }
    if format!("{spans:?}").contains(CANARY) {
        return Err(format!("{client}: the text of {expected} is recorded: {spans:?}").into());
    }
    Ok(())
}

/// A call, by itself and in `anyhow`.
macro_rules! calls {
    (|$client:ident: $client_type:ty, $request:ident: $request_type:ty| -> Result<$ok:ty, $error:ty> $call:expr) => {
        #[genai::chat(provider = "p", response = none)]
        async fn plain($client: &$client_type, $request: $request_type) -> Result<$ok, $error> {
            $call
        }
        #[allow(dead_code, reason = "not every client is known there")]
        #[genai::chat(provider = "p", response = none)]
        async fn in_anyhow($client: &$client_type, $request: $request_type) -> anyhow::Result<$ok> {
            let outcome: Result<$ok, $error> = $call;
            Ok(outcome?)
        }
    };
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

const TIMEOUT: Duration = Duration::from_secs(2);

fn async_openai() -> Result<(), Failed> {
    macro_rules! version {
        ($krate:ident, $($chat:ident)::+, $reqwest:ident) => {{
            use $krate::{Client, config::OpenAIConfig, error::OpenAIError};
            use $($chat)::+::{CreateChatCompletionRequest, CreateChatCompletionResponse};
            calls!(|client: Client<OpenAIConfig>, request: CreateChatCompletionRequest|
                -> Result<CreateChatCompletionResponse, OpenAIError> client.chat().create(request).await);
            let servers = Servers::start(NOT_FOUND)?;
            let runtime = runtime()?;
            for (url, expected) in [
                (&servers.failing, "model_not_found"),
                (&servers.not_json, "JSONDeserialize"),
                (&servers.silent, "timeout"),
                (&servers.refusing, "connection_error"),
            ] {
                let config = OpenAIConfig::new().with_api_base(url).with_api_key("k");
                let http = $reqwest::Client::builder().timeout(TIMEOUT).build()?;
                let client = Client::with_config(config).with_http_client(http);
                let request = || value::<CreateChatCompletionRequest>(&chat_request());
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, request()))))?;
                check(name, expected, || drop(runtime.block_on(in_anyhow(&client, request()))))?;
            }
        }};
    }
    version!(async_openai_0_28, async_openai_0_28::types, reqwest_0_12);
    version!(async_openai_0_30, async_openai_0_30::types, reqwest_0_12);
    version!(
        async_openai_0_36,
        async_openai_0_36::types::chat,
        reqwest_0_13
    );
    version!(
        async_openai_0_43,
        async_openai_0_43::types::chat,
        reqwest_0_13
    );
    Ok(())
}

fn openai_api_rs() -> Result<(), Failed> {
    macro_rules! version {
        ($krate:ident, $($chat:ident)::+, $ok:ty, |$client:ident, $request:ident| $call:expr) => {{
            use $krate::v1::{api::OpenAIClient, error::APIError};
            use $($chat)::+::ChatCompletionRequest;
            calls!(|client: tokio::sync::Mutex<OpenAIClient>, request: ChatCompletionRequest| -> Result<$ok, APIError> {
                #[allow(unused_mut, reason = "only one version needs it")]
                let mut $client = client.lock().await;
                let $request = request;
                $call
            });
            let servers = Servers::start(NOT_FOUND)?;
            let runtime = runtime()?;
            for (url, expected) in [
                (&servers.failing, "model_not_found"),
                (&servers.not_json, "CustomError"),
                (&servers.silent, "timeout"),
                (&servers.refusing, "connection_error"),
            ] {
                let builder = OpenAIClient::builder().with_endpoint(url).with_api_key("k");
                let client = tokio::sync::Mutex::new(builder.with_timeout(1).build()?);
                let request = || value::<ChatCompletionRequest>(&old_chat_request());
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, request()))))?;
                if !["CustomError", "model_not_found"].contains(&expected) {
                    check(name, expected, || drop(runtime.block_on(in_anyhow(&client, request()))))?;
                }
            }
        }};
    }
    version!(
        openai_api_rs_6,
        openai_api_rs_6::v1::chat_completion,
        openai_api_rs_6::v1::chat_completion::ChatCompletionResponse,
        |client, request| client.chat_completion(request).await
    );
    version!(
        openai_api_rs_10,
        openai_api_rs_10::v1::chat_completion::chat_completion,
        (),
        |client, request| client.chat_completion(request).await.map(drop)
    );
    Ok(())
}

#[allow(deprecated, reason = "what takes its place is not in both versions")]
fn ollama_rs() -> Result<(), Failed> {
    macro_rules! version {
        ($krate:ident, $reqwest:ident) => {{
            use $krate::Ollama;
            use $krate::error::OllamaError;
            use $krate::generation::chat::request::ChatMessageRequest;
            use $krate::generation::chat::{ChatMessage, ChatMessageResponse};
            calls!(|client: Ollama, request: ChatMessageRequest|
                -> Result<ChatMessageResponse, OllamaError> client.send_chat_messages(request).await);
            let servers = Servers::start(OLLAMA)?;
            let runtime = runtime()?;
            for (url, expected) in [
                (&servers.failing, "_OTHER"),
                (&servers.not_json, "JsonError"),
                (&servers.silent, "timeout"),
                (&servers.refusing, "connection_error"),
            ] {
                let port = url.rsplit(':').next().unwrap_or_default().parse()?;
                let http = $reqwest::Client::builder().timeout(TIMEOUT).build()?;
                let client = Ollama::new_with_client("http://127.0.0.1", port, http);
                let request = || ChatMessageRequest::new("m-1".to_owned(), vec![ChatMessage::user("Hello".to_owned())]);
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, request()))))?;
            }
        }};
    }
    version!(ollama_rs_0_2, reqwest_0_12);
    version!(ollama_rs_0_3, reqwest_0_12);
    Ok(())
}

#[allow(deprecated, reason = "2.x prefers interactions")]
fn gemini_rust() -> Result<(), Failed> {
    macro_rules! version {
        ($krate:ident) => {{
            use $krate::{ClientError, Gemini, GenerationResponse};
            calls!(|client: Gemini, text: &str| -> Result<GenerationResponse, ClientError>
                client.generate_content().with_user_message(text).execute().await);
            let servers = Servers::start(GEMINI)?;
            let runtime = runtime()?;
            for (url, expected) in [
                (&servers.failing, "NOT_FOUND"),
                (&servers.refusing, "connection_error"),
            ] {
                let client = Gemini::with_base_url("k", format!("{url}/v1beta/").parse()?)?;
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, "Hello"))))?;
                check(name, expected, || drop(runtime.block_on(in_anyhow(&client, "Hello"))))?;
            }
        }};
    }
    version!(gemini_rust_1);
    version!(gemini_rust_2);
    Ok(())
}

fn async_anthropic() -> Result<(), Failed> {
    use async_anthropic_0_6::Client;
    use async_anthropic_0_6::errors::AnthropicError;
    use async_anthropic_0_6::types::{CreateMessagesRequest, CreateMessagesResponse};

    calls!(|client: Client, request: CreateMessagesRequest|
        -> Result<CreateMessagesResponse, AnthropicError> client.messages().create(request).await);
    let servers = Servers::start(ANTHROPIC)?;
    let runtime = runtime()?;
    for (url, expected) in [
        (&servers.failing, "invalid_request_error"),
        (&servers.refusing, "connection_error"),
    ] {
        let client = Client::builder()
            .base_url(url.as_str())
            .api_key("k")
            .build()?;
        let request = || value::<CreateMessagesRequest>(&crate::bodies::messages_request());
        let name = "async_anthropic_0_6";
        check(name, expected, || {
            drop(runtime.block_on(plain(&client, request())))
        })?;
    }
    Ok(())
}

/// Every client, or what is wrong.
pub fn check_all() -> Result<(), Failed> {
    async_openai()?;
    openai_api_rs()?;
    ollama_rs()?;
    gemini_rust()?;
    async_anthropic()
}
