//! claudius' own types on what was recorded of Anthropic's API, and its client against a replay for the errors.

use claudius::{Anthropic, Message, MessageCreateParams, MessageStreamEvent};
use genai_client_tests::{check, decoded, harness, recorded, recordings, serve};
use genai_tests::recordings::{Observed, Recording};
use serde_json::{Value, json};

/// What the client's types insist on.
fn request(recording: &Recording) -> Value {
    let mut request = recording.request.clone();
    if let Value::Object(fields) = &mut request {
        fields.entry("stream").or_insert(json!(false));
    }
    for tool in request["tools"].as_array_mut().into_iter().flatten() {
        if tool.get("type").is_none() {
            tool["type"] = json!("custom");
        }
    }
    request
}

#[genai::chat(request = request)]
async fn send(
    client: &Anthropic,
    request: MessageCreateParams,
) -> Result<Message, claudius::Error> {
    client.send(request).await
}

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let request = request(recording);
    if recording.response.status < 400 {
        return decoded::<MessageCreateParams, Message, MessageStreamEvent>(
            recording, content, &request,
        );
    }
    let params = serde_json::from_value(request).map_err(|e| e.to_string())?;
    let server = serve(recording);
    let client = Anthropic::new(Some("key".to_owned())).map_err(|e| e.to_string())?;
    let client = client
        .with_base_url(format!("{}/v1/", server.url()))
        .with_max_retries(0);
    let harness = harness(content);
    let runtime = genai_tests::runtime();
    runtime
        .block_on(send(&client, params))
        .expect_err("an error was recorded");
    Ok(recorded(recording, &harness))
}

#[test]
fn every_recording_that_decodes_agrees() {
    let Some(recordings) = recordings(|r| r.endpoint == "anthropic.messages") else {
        return;
    };
    check(&recordings, DEVIATIONS, 30, run);
}

/// Parts of ids, and why those recordings differ.
const DEVIATIONS: &[(&str, &str)] = &[
    (
        "document_file_id_roundtrip_live_1",
        "the client's types have no document that is named by a file's id",
    ),
    (
        "web_search_with_dynamic_filtering_succeeds",
        "the client's types do not know this version of the search tool",
    ),
];
