//! Every example, run as a user runs it without a key: what it prints.
#![cfg(feature = "all")]

use genai_examples::offline;

/// What a program prints, its variables apart.
fn printed(program: &str) -> String {
    let output = offline(program).output().expect("the example runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
    // What the program itself says, and what the console does.
    format!("{}{errors}", String::from_utf8_lossy(&output.stdout))
}

/// Looks for each text; blanks of any length count as one.
fn assert_prints(program: &str, wanted: &[&str]) {
    let printed = printed(program);
    let text = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in wanted {
        assert!(text.contains(wanted), "no `{wanted}` in\n{printed}");
    }
}

#[test]
fn anthropic() {
    assert_prints(
        env!("CARGO_BIN_EXE_anthropic"),
        &[
            "The capital of France is Paris.",
            "chat claude-haiku-4-5",
            "chat claude-sonnet-4-5",
            "· anthropic",
        ],
    );
}

#[test]
fn async_openai() {
    assert_prints(
        env!("CARGO_BIN_EXE_async_openai"),
        &[
            "15→6 openai · gpt-4o-mini-2024-07-18",
            "10→7 first chunk",
            "✗ model_not_found",
            "HTTP 404 model_not_found",
        ],
    );
}

#[test]
fn axum_chat() {
    assert_prints(
        env!("CARGO_BIN_EXE_axum_chat"),
        &[
            "conversation c-1 · user.id=alice chat gpt-4o-mini",
            "10→7 first chunk",
            "Hello! What can I do for you?",
        ],
    );
}

#[test]
fn bedrock() {
    assert_prints(
        env!("CARGO_BIN_EXE_bedrock"),
        &[
            "chat amazon.nova-lite-v1:0",
            "9→7 aws.bedrock",
            "9→7 first chunk",
            "Hello! What can I do for you?",
        ],
    );
}

#[test]
fn embeddings() {
    assert_prints(
        env!("CARGO_BIN_EXE_embeddings"),
        &[
            "retrieval notes",
            "└─ embeddings text-embedding-3-small",
            "the weather in Paris is rainy",
        ],
    );
}

#[test]
fn genai_client() {
    assert_prints(
        env!("CARGO_BIN_EXE_genai_client"),
        &[
            "15→6 openai · gpt-4o-mini-2024-07-18",
            "10→7 first chunk",
            "The capital of France is Paris.",
        ],
    );
}

#[test]
fn rig_agent() {
    assert_prints(
        env!("CARGO_BIN_EXE_rig_agent"),
        &[
            "invoke_agent weather-agent",
            "├─ chat gpt-4o-mini",
            "├─ execute_tool get_weather",
            "└─ chat gpt-4o-mini",
            "15→7 tool_calls",
        ],
    );
}
