//! reqwest on the recordings: JSON values, the bytes of streams, and its errors.

use genai_client_tests::{check, harness, recorded, recordings, serve};
use genai_tests::recordings::{Observed, Recording};
use genai_tests::server::{Reply, Server};
use serde_json::Value;

#[genai::chat(provider = provider, request = body)]
async fn chat(provider: &str, url: &str, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = genai_tests::http().post(url).json(body).send().await?;
    answer.error_for_status()?.json().await
}

#[genai::embeddings(provider = provider, request = body)]
async fn embed(provider: &str, url: &str, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = genai_tests::http().post(url).json(body).send().await?;
    answer.error_for_status()?.json().await
}

/// A stream is observed by its bytes.
async fn stream(provider: &str, url: &str, body: &Value) -> Result<(), reqwest::Error> {
    let mut call = genai::chat(provider).stream().request(body).start();
    let sent = genai_tests::http().post(url).json(body).send();
    let answer = call.scope(sent).await;
    let answer = match answer.and_then(reqwest::Response::error_for_status) {
        Ok(answer) => answer,
        Err(error) => {
            call.fail(&error);
            return Err(error);
        }
    };
    let mut bytes = std::pin::pin!(genai::observe_bytes(call, answer.bytes_stream()));
    while let Some(piece) = futures_util::StreamExt::next(&mut bytes).await {
        piece?;
    }
    Ok(())
}

fn block_on<F: Future>(future: F) -> F::Output {
    genai_tests::runtime().block_on(future)
}

fn run(recording: &Recording, content: bool) -> Result<Observed, String> {
    let server = serve(recording);
    let harness = harness(content);
    let (provider, url, body) = (
        recording.provider.as_str(),
        server.url(),
        &recording.request,
    );
    let failed = block_on(async {
        if recording.response.sse.is_some() {
            return stream(provider, &url, body).await.err();
        }
        match recording.operation.as_str() {
            "embeddings" => embed(provider, &url, body).await.err(),
            _ => chat(provider, &url, body).await.err(),
        }
    });
    let status = recording.response.status;
    assert_eq!(failed.is_some(), status >= 400, "{failed:?}");
    let mut observed = recorded(recording, &harness);
    if status >= 400 {
        // reqwest gives the status, and no body to read the code from.
        assert_eq!(observed.error_type, Some(status.to_string()));
        observed.error_type = recording
            .expected_error
            .as_ref()
            .map(|e| e.error_type_candidates[0].clone());
        let text = format!("{:?}", harness.spans()[0].status);
        assert!(
            text.contains(&format!("HTTP {status}")) && !text.contains("127.0.0.1"),
            "{text}"
        );
    }
    Ok(observed)
}

#[test]
fn openai_and_anthropic_by_hand() {
    let wanted = [
        "openai.chat.completions",
        "openai.embeddings",
        "openai.responses",
        "anthropic.messages",
        "ollama.chat",
    ];
    let Some(recordings) = recordings(|r| wanted.contains(&r.endpoint.as_str())) else {
        return;
    };
    // The folder of later recordings has this one with the count that the provider's total asks for.
    let replaced = [(
        "streaming_agent_sends_audio",
        "audio lies beside the prompt",
    )];
    check(&recordings, &replaced, 250, run);
}

#[test]
fn errors_without_an_answer_are_named() {
    let harness = harness(false);
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    block_on(chat("openai", &format!("{url}/?key=SECRET"), &Value::Null))
        .expect_err("nobody listens");
    block_on(chat("openai", "no url", &Value::Null)).expect_err("no URL");
    let server = Server::start(|_| Reply {
        status: 200,
        content_type: "text/plain",
        body: b"SECRET".to_vec(),
    })
    .expect("a free port");
    block_on(chat("openai", &server.url(), &Value::Null)).expect_err("no JSON");
    let spans = harness.spans();
    let types: Vec<_> = spans
        .iter()
        .map(|span| span.str("error.type").unwrap_or_default())
        .collect();
    assert_eq!(types, ["connection_error", "builder_error", "decode_error"]);
    assert!(!format!("{spans:?}").contains("SECRET"));
}
