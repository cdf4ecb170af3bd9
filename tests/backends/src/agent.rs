//! The agent: a question goes in; the model asks for the weather, a tool of MCP knows it, another one of the application's fails,
//! and a streamed answer comes out.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use futures_util::StreamExt as _;
use genai::SpanRef;
use genai_examples::http::Client;
use rmcp::model::CallToolRequestParams;
use serde_json::{Value, json};

use crate::Tools;

const MODEL: &str = "gpt-4o-mini";
/// Whose users ask.
pub const TENANT: &str = "acme";
/// What the model is to be.
const SYSTEM: &str = "You are a weather desk. Be brief.";

/// What the provider said of one call, read from its answer and not from telemetry.
#[derive(Debug)]
pub struct Said {
    /// The model that was asked.
    pub model: String,
    /// Whether it came as a stream.
    pub streamed: bool,
    /// The text, empty where a tool was called instead.
    pub text: String,
    /// `prompt_tokens` of the usage.
    pub input_tokens: u64,
    /// `completion_tokens` of the usage.
    pub output_tokens: u64,
}

/// The model, the tools, and what the provider said so far.
#[derive(Debug)]
pub struct Desk {
    client: Client,
    tools: Tools,
    said: Mutex<Vec<Said>>,
}

/// What goes wrong on the way.
#[derive(Debug)]
pub enum Trouble {
    /// The model's provider did not answer.
    Provider(reqwest::Error),
    /// A tool failed.
    Tool(Box<rmcp::service::ServiceError>),
    /// The archive, which always does.
    ArchiveClosed,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => write!(f, "the provider: {error}"),
            Self::Tool(error) => write!(f, "the tool: {error}"),
            Self::ArchiveClosed => f.write_str("the archive is closed"),
        }
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Provider(error) => Some(error),
            Self::Tool(error) => Some(error.as_ref()),
            Self::ArchiveClosed => None,
        }
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self::Provider(error)
    }
}

impl Desk {
    /// The desk in front of these.
    pub fn new(client: Client, tools: Tools) -> Self {
        Self {
            client,
            tools,
            said: Mutex::default(),
        }
    }

    /// What the provider said since the last time this was asked, in order; what failed is not among it.
    pub fn said(&self) -> Vec<Said> {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, model: &str, streamed: bool, text: String, usage: &Value) {
        let tokens = |key: &str| usage[key].as_u64().unwrap_or_default();
        let said = Said {
            model: model.to_owned(),
            streamed,
            text,
            input_tokens: tokens("prompt_tokens"),
            output_tokens: tokens("completion_tokens"),
        };
        let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(said);
    }

    #[genai::chat(provider = openai, request = body, server.address = self.client.base_url)]
    async fn ask(&self, body: &Value) -> Result<Value, reqwest::Error> {
        let answer = self.client.post("/chat/completions").json(body).send();
        let answer: Value = answer.await?.error_for_status()?.json().await?;
        let text = answer["choices"][0]["message"]["content"].as_str();
        let model = body["model"].as_str().unwrap_or_default();
        self.keep(
            model,
            false,
            text.unwrap_or_default().to_owned(),
            &answer["usage"],
        );
        Ok(answer)
    }

    /// The answer word by word, as the user would see it come; here it is put together again.
    #[genai::chat(provider = openai, request = body, response = none, server.address = self.client.base_url, streaming)]
    async fn write(&self, body: &Value) -> Result<String, reqwest::Error> {
        let answer = self.client.post("/chat/completions").json(body).send();
        let mut pieces = answer.await?.error_for_status()?.bytes_stream();
        let (mut text, mut usage, mut line) = (String::new(), Value::Null, Vec::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            genai::current().bytes(&piece);
            for byte in piece {
                if byte != b'\n' {
                    line.push(byte);
                    continue;
                }
                let event = line.strip_prefix(b"data: ").unwrap_or_default();
                let event: Value = serde_json::from_slice(event).unwrap_or_default();
                line.clear();
                text.push_str(
                    event["choices"][0]["delta"]["content"]
                        .as_str()
                        .unwrap_or_default(),
                );
                if event["usage"].is_object() {
                    usage = event["usage"].clone();
                }
            }
        }
        let model = body["model"].as_str().unwrap_or_default();
        self.keep(model, true, text.clone(), &usage);
        Ok(text)
    }

    /// The call of the server directly inside has no span of its own: this one says what it knows.
    #[genai::tool(name = name, call_id = call_id, arguments = arguments, response(|r| result = r))]
    async fn call(&self, name: &str, call_id: &str, arguments: &Value) -> Result<String, Trouble> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let params = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        let result = self.tools.call_tool(params).await;
        let result = result.map_err(|error| Trouble::Tool(Box::new(error)))?;
        let texts = result.content.iter().filter_map(|block| block.as_text());
        Ok(texts.map(|text| text.text.as_str()).collect())
    }

    /// A tool that fails.
    #[genai::tool(name = "archive", arguments = serde_json::json!({"text": text}))]
    async fn archive(&self, text: &str) -> Result<(), Trouble> {
        Err(Trouble::ArchiveClosed)
    }

    #[genai::embeddings(provider = openai, request = body)]
    async fn embed(&self, body: &Value) -> Result<Value, reqwest::Error> {
        let answer = self.client.post("/embeddings").json(body).send();
        answer.await?.error_for_status()?.json().await
    }

    /// Its span is the parent of every call of a model and of a tool; beside the answer, the handle of the streamed call.
    #[genai::agent(name = "weather-agent", provider = openai, model = MODEL, input = genai::message::user(question),
        response(|r| output = &r.0))]
    async fn run(&self, question: &str) -> Result<(String, SpanRef), Trouble> {
        let tools = json!([{"type": "function", "function": {
            "name": "get_weather",
            "description": "The weather in a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        }}]);
        let mut messages = vec![
            json!({"role": "system", "content": SYSTEM}),
            json!({"role": "user", "content": question}),
        ];
        let asked = self
            .ask(&json!({"model": MODEL, "messages": messages, "tools": tools, "temperature": 0.2}))
            .await?;
        let message = &asked["choices"][0]["message"];
        messages.push(message.clone());
        for asked in message["tool_calls"].as_array().into_iter().flatten() {
            let (id, function) = (asked["id"].as_str().unwrap_or_default(), &asked["function"]);
            let name = function["name"].as_str().unwrap_or_default();
            let arguments = function["arguments"].as_str().unwrap_or_default();
            let arguments = serde_json::from_str(arguments).unwrap_or_default();
            let result = self.call(name, id, &arguments).await?;
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
        }
        let body = json!({
            "model": "gpt-4o",
            "messages": messages,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        let (answer, seen) = genai::observed(self.write(&body)).await;
        let answer = answer?;
        // That it fails does not matter to the one who asks.
        let _ = self.archive(&answer).await;
        self.embed(&json!({"model": "text-embedding-3-small", "input": answer}))
            .await?;
        Ok((answer, seen))
    }

    /// A question of a user's: its answer, and the handles of the whole and of the call that wrote the answer.
    ///
    /// # Errors
    /// If the model or its tool fails.
    pub async fn answer(
        &self,
        conversation: &str,
        user: &str,
        question: &str,
    ) -> (Result<(String, SpanRef), Trouble>, SpanRef) {
        genai::observed(self.turn(conversation, user, question)).await
    }

    #[genai::context(conversation_id = conversation, properties(user.id = user, tenant.id = TENANT))]
    #[genai::workflow(name = "answer", input = genai::message::user(question), response(|r| output = &r.0))]
    async fn turn(
        &self,
        conversation: &str,
        user: &str,
        question: &str,
    ) -> Result<(String, SpanRef), Trouble> {
        self.run(question).await
    }

    /// A question for a model that does not exist.
    ///
    /// # Errors
    /// Always: the provider knows no such model.
    pub async fn fail(
        &self,
        conversation: &str,
        user: &str,
        question: &str,
    ) -> (Result<Value, reqwest::Error>, SpanRef) {
        genai::observed(self.lost(conversation, user, question)).await
    }

    #[genai::context(conversation_id = conversation, properties(user.id = user, tenant.id = TENANT))]
    async fn lost(
        &self,
        conversation: &str,
        user: &str,
        question: &str,
    ) -> Result<Value, reqwest::Error> {
        let messages = json!([{"role": "user", "content": question}]);
        self.ask(&json!({"model": "gpt-unknown", "messages": messages}))
            .await
    }
}
