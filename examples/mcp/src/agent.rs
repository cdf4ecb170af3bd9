//! The agent: a loop around a model, with the tools that a server of MCP has.

use std::error::Error;

use genai::mcp::ObservedClient;
use genai_examples::http::Client;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, Service, ServiceError};
use serde_json::{Value, json};

const MODEL: &str = "gpt-4o-mini";

#[genai::chat(provider = openai, request = body, server.address = client.base_url)]
async fn ask(client: &Client, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = client.post("/chat/completions").json(body).send().await?;
    answer.error_for_status()?.json().await
}

/// One tool call of the model's. The call of the server directly inside has no span of its own: this one says what it knows.
#[genai::tool(name = name, call_id = call_id)]
async fn call<H: Service<RoleClient>>(
    tools: &ObservedClient<H>,
    name: &str,
    call_id: &str,
    arguments: Value,
) -> Result<String, ServiceError> {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let params = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
    let result = tools.call_tool(params).await?;
    let texts = result.content.iter().filter_map(|block| block.as_text());
    Ok(texts.map(|text| text.text.as_str()).collect())
}

/// Its span is the parent of every call of the model and of a tool.
#[genai::agent(name = "weather-agent", provider = openai, model = MODEL)]
pub(crate) async fn run<H: Service<RoleClient>>(
    tools: &ObservedClient<H>,
    question: &str,
) -> Result<String, Box<dyn Error>> {
    let client = Client::new()?;
    let known = tools.list_all_tools().await?;
    let functions: Vec<Value> = known
        .iter()
        .map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": *tool.input_schema,
            }})
        })
        .collect();
    let mut messages = vec![json!({"role": "user", "content": question})];
    loop {
        let body = json!({"model": MODEL, "messages": messages, "tools": functions});
        let answer = ask(&client, &body).await?;
        let message = &answer["choices"][0]["message"];
        let calls = message["tool_calls"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        // Enough is enough.
        if calls.is_empty() || messages.len() > 20 {
            return Ok(message["content"].as_str().unwrap_or_default().to_owned());
        }
        messages.push(message.clone());
        for asked in calls {
            let (id, function) = (asked["id"].as_str().unwrap_or_default(), &asked["function"]);
            let arguments = function["arguments"].as_str().unwrap_or_default();
            let arguments = serde_json::from_str(arguments).unwrap_or_default();
            let name = function["name"].as_str().unwrap_or_default();
            // The model gets the failure as the result, and may try something else.
            let result = match call(tools, name, id, arguments).await {
                Ok(result) => result,
                Err(error) => error.to_string(),
            };
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
        }
    }
}
