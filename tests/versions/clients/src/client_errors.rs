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
const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n\
    <html>canary7f3a</html>";
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
    unavailable: String,
    not_json: String,
    silent: String,
    refusing: String,
}

impl Servers {
    fn start(failing: &'static str) -> Result<Self, Failed> {
        let url = |address: std::net::SocketAddr| format!("http://{address}");
        Ok(Self {
            failing: url(server(failing)?),
            unavailable: url(server(UNAVAILABLE)?),
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
        ($krate:ident, $($chat:ident)::+, $reqwest:ident, $unavailable:literal, |$client:ident| $once:expr) => {{
            use $krate::{Client, config::OpenAIConfig, error::OpenAIError};
            use $($chat)::+::{CreateChatCompletionRequest, CreateChatCompletionResponse};
            calls!(|client: Client<OpenAIConfig>, request: CreateChatCompletionRequest|
                -> Result<CreateChatCompletionResponse, OpenAIError> client.chat().create(request).await);
            let servers = Servers::start(NOT_FOUND)?;
            let runtime = runtime()?;
            for (url, expected) in [
                (&servers.failing, "model_not_found"),
                (&servers.unavailable, $unavailable),
                (&servers.not_json, "JSONDeserialize"),
                (&servers.silent, "timeout"),
                (&servers.refusing, "connection_error"),
            ] {
                let config = OpenAIConfig::new().with_api_base(url).with_api_key("k");
                let http = $reqwest::Client::builder().timeout(TIMEOUT).build()?;
                let $client = Client::with_config(config).with_http_client(http);
                let client = $once;
                let request = || value::<CreateChatCompletionRequest>(&chat_request());
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, request()))))?;
                check(name, expected, || drop(runtime.block_on(in_anyhow(&client, request()))))?;
            }
        }};
    }
    // A client tries a call again that its server cannot answer now, and keeps no status.
    let once = || backoff::ExponentialBackoff {
        max_elapsed_time: Some(Duration::ZERO),
        ..Default::default()
    };
    version!(
        async_openai_0_28,
        async_openai_0_28::types,
        reqwest_0_12,
        "ApiError",
        |client| client.with_backoff(once())
    );
    version!(
        async_openai_0_30,
        async_openai_0_30::types,
        reqwest_0_12,
        "ApiError",
        |client| client.with_backoff(once())
    );
    version!(
        async_openai_0_36,
        async_openai_0_36::types::chat,
        reqwest_0_13,
        "ApiError",
        |client| client.with_backoff(once())
    );
    version!(
        async_openai_0_43,
        async_openai_0_43::types::chat,
        reqwest_0_13,
        "503",
        |client| client
    );
    Ok(())
}

/// What becomes of a call that a client tries again for longer than its caller waits.
fn async_openai_given_up() -> Result<(), Failed> {
    macro_rules! version {
        ($krate:ident, $($chat:ident)::+) => {{
            use $krate::{Client, config::OpenAIConfig, error::OpenAIError};
            use $($chat)::+::{CreateChatCompletionRequest, CreateChatCompletionResponse};
            #[genai::chat(provider = "p", response = none)]
            async fn plain(client: &Client<OpenAIConfig>, request: CreateChatCompletionRequest)
                -> Result<CreateChatCompletionResponse, OpenAIError> {
                client.chat().create(request).await
            }
            let servers = Servers::start(NOT_FOUND)?;
            let config = OpenAIConfig::new().with_api_base(&servers.unavailable).with_api_key("k");
            let client = Client::with_config(config);
            let runtime = runtime()?;
            check(stringify!($krate), "cancelled", || {
                let call = plain(&client, value(&chat_request()));
                drop(runtime.block_on(async { tokio::time::timeout(TIMEOUT / 4, call).await }));
            })?;
        }};
    }
    version!(async_openai_0_28, async_openai_0_28::types);
    version!(async_openai_0_30, async_openai_0_30::types);
    version!(async_openai_0_36, async_openai_0_36::types::chat);
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
                (&servers.unavailable, "503"),
                (&servers.not_json, "CustomError"),
                (&servers.silent, "timeout"),
                (&servers.refusing, "connection_error"),
            ] {
                let builder = OpenAIClient::builder().with_endpoint(url).with_api_key("k");
                let client = tokio::sync::Mutex::new(builder.with_timeout(1).build()?);
                let request = || value::<ChatCompletionRequest>(&old_chat_request());
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, request()))))?;
                if !["CustomError", "model_not_found", "503"].contains(&expected) {
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
                // Its error is the body alone.
                (&servers.unavailable, "_OTHER"),
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
                (&servers.unavailable, "503"),
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
        // Of any other status it keeps the body alone.
        (&servers.unavailable, "Unknown"),
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

fn genai() -> Result<(), Failed> {
    macro_rules! version {
        ($krate:ident, $($fails:tt)?) => {{
            use $krate::adapter::AdapterKind;
            use $krate::chat::{ChatMessage, ChatRequest, ChatResponse};
            use $krate::resolver::{AuthData, Endpoint};
            use $krate::{Client, ModelIden, ServiceTarget};
            calls!(|client: Client, request: ChatRequest|
                -> Result<ChatResponse, $krate::Error> client.exec_chat("m-1", request, None).await);
            let servers = Servers::start(NOT_FOUND)?;
            let runtime = runtime()?;
            for (url, expected) in [
                (&servers.failing, "model_not_found"),
                (&servers.unavailable, "503"),
                (&servers.refusing, "connection_error"),
            ] {
                let endpoint = Endpoint::from_owned(format!("{url}/v1/"));
                let here = move |_: ServiceTarget| -> Result<ServiceTarget, $krate::resolver::Error> {
                    Ok(ServiceTarget {
                        endpoint: endpoint.clone(),
                        auth: AuthData::from_single("k"),
                        model: ModelIden::new(AdapterKind::OpenAI, "m-1"),
                    })
                };
                let client = Client::builder().with_service_target_resolver_fn(here).build()$($fails)?;
                let request = || ChatRequest::new(vec![ChatMessage::user("Hello")]);
                let name = stringify!($krate);
                check(name, expected, || drop(runtime.block_on(plain(&client, request()))))?;
                check(name, expected, || drop(runtime.block_on(in_anyhow(&client, request()))))?;
            }
        }};
    }
    version!(genai_client_0_5,);
    version!(genai_client_0_7, ?);
    Ok(())
}

/// rig's errors are made here: its providers are built with a client of HTTP alone.
fn rig() -> Result<(), Failed> {
    use reqwest_0_13::StatusCode;

    const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

    /// A call that fails so, by itself and in `anyhow`.
    fn fails<E: std::error::Error + Send + Sync + 'static>(
        client: &str,
        error: impl Fn() -> E,
    ) -> Result<(), Failed> {
        #[genai::chat(provider = "p", response = none)]
        fn plain<E: std::error::Error + 'static>(error: E) -> Result<(), E> {
            Err(error)
        }
        #[genai::chat(provider = "p", response = none)]
        fn in_anyhow(error: anyhow::Error) -> anyhow::Result<()> {
            Err(error)
        }
        check(client, "503", || drop(plain(error())))?;
        check(client, "503", || drop(in_anyhow(error().into())))
    }

    macro_rules! version {
        ($krate:ident) => {{
            use $krate::completion::CompletionError;
            use $krate::http_client::Error;
            let name = stringify!($krate);
            fails(name, || CompletionError::HttpError(Error::InvalidStatusCode(UNAVAILABLE)))?;
            fails(name, || {
                let body = CANARY.to_owned();
                CompletionError::HttpError(Error::InvalidStatusCodeWithMessage(UNAVAILABLE, body))
            })?;
        }};
    }
    version!(rig_core_0_35);
    version!(rig_core_0_41);
    fails("rig_core_0_44", || {
        rig_core_0_44::error::ProviderError::from_http_response(UNAVAILABLE, CANARY)
    })
}

/// Every client, or what is wrong.
pub fn check_all() -> Result<(), Failed> {
    async_openai()?;
    async_openai_given_up()?;
    openai_api_rs()?;
    ollama_rs()?;
    gemini_rust()?;
    async_anthropic()?;
    genai()?;
    rig()
}
