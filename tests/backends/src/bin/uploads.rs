//! Uploads the content of a few calls to a store, and prints as JSON what each reference must lead to.
//!
//! `backends_uploads BASE`, such as `s3://bucket/folder`; where the store is and who may write to it says the environment. What the
//! references must lead to is written down here, from what was asked and answered, and not read from telemetry.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use genai::Telemetry;
use genai::message::{self, OutputMessage, ToolDefinition};
use genai::testing::Harness;
use genai::upload::UploadHook;
use serde_json::{Value, json};

const SYSTEM: &str = "You are a weather desk. Be brief – and \"exact\",\nÜnïcödé or not. 🌧";
/// More than any limit of content on spans.
const LONG: usize = 3 * 1024 * 1024;

/// One call, and what its files must say, by the key of the reference.
fn call(
    telemetry: &Telemetry,
    model: &str,
    question: &str,
    answer: &str,
) -> [(&'static str, Value); 4] {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let tool = ToolDefinition::function("get_weather")
        .description("The weather in a city.")
        .parameters(schema.clone());
    let mut chat = telemetry.chat("openai").model(model).start();
    chat.system(SYSTEM)
        .input(&message::user(question))
        .tools(&[tool])
        .output(&[OutputMessage::text(answer, "stop")]);
    chat.finish();
    let text = |text: &str| json!([{"type": "text", "content": text}]);
    [
        (
            "gen_ai.input.messages_ref",
            json!([{"role": "user", "parts": text(question)}]),
        ),
        (
            "gen_ai.output.messages_ref",
            json!([{"role": "assistant", "parts": text(answer), "finish_reason": "stop"}]),
        ),
        ("gen_ai.system_instructions_ref", text(SYSTEM)),
        (
            "gen_ai.tool.definitions_ref",
            json!([{
                "type": "function",
                "name": "get_weather",
                "description": "The weather in a city.",
                "parameters": schema,
            }]),
        ),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let base = std::env::args().nth(1).ok_or("where to upload to")?;
    let hook = Arc::new(UploadHook::builder().base_path(base).build()?);
    let harness = Harness::with(|settings| settings.completion_hook(Arc::clone(&hook)));
    let long = "How long is this? ".repeat(LONG / 18);
    let calls = [
        ("short", "What is the weather in Zürich?", "Rainy, 57°F. ☔"),
        ("empty", "", "…"),
        ("long", long.as_str(), "Long."),
    ];
    let mut files = Vec::new();
    for (model, question, answer) in calls {
        let expected = call(harness.telemetry(), model, question, answer);
        let span = harness.span(&format!("chat {model}"));
        for (key, content) in expected {
            let reference = span.str(key).ok_or_else(|| format!("{model}: no {key}"))?;
            files.push(
                json!({"call": model, "key": key, "reference": reference, "content": content}),
            );
        }
        for key in ["gen_ai.input.messages", "gen_ai.output.messages"] {
            if span.get(key).is_some() {
                return Err(format!("{model}: {key} is on the span, though content is off").into());
            }
        }
    }
    let arrived = harness.telemetry().flush(Duration::from_secs(60)).is_ok();
    let stats = hook.stats();
    println!(
        "{}",
        json!({
            "flushed": arrived,
            "stored": stats.stored.files,
            "dropped": stats.dropped.files,
            "failed": stats.failed.files,
            "files": files,
        })
    );
    Ok(())
}
