//! The smaller examples, run as a user runs them without a key: what they print.

use genai_examples::offline;

fn assert_prints(program: &str, wanted: &[&str]) {
    let output = offline(program).output().expect("the example runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // What the program itself says, and what the console does.
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let text = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in wanted {
        assert!(text.contains(wanted), "no `{wanted}` in\n{printed}");
    }
}

#[test]
fn raw_reqwest() {
    assert_prints(
        env!("CARGO_BIN_EXE_raw_reqwest"),
        &[
            "15→6 openai · gpt-4o-mini-2024-07-18",
            "15→6 first chunk",
            "✗ 404 · openai",
            "The capital of France is Paris.",
        ],
    );
}

#[test]
fn agent_loop() {
    assert_prints(
        env!("CARGO_BIN_EXE_agent_loop"),
        &[
            "conversation conv-1 invoke_agent weather-agent",
            "├─ execute_tool get_weather",
            "The tool says: Rainy, 57°F in Paris.",
        ],
    );
}

#[test]
fn provider_callbacks() {
    assert_prints(
        env!("CARGO_BIN_EXE_provider_callbacks"),
        &[
            "The capital of France is Paris. (",
            "conversation conv-7",
            "15→6",
            "first chunk",
            "✗ 404 · openai",
            "as expected: HTTP status client error",
        ],
    );
}

#[test]
fn channel_agent() {
    assert_prints(
        env!("CARGO_BIN_EXE_channel_agent"),
        &[
            "invoke_agent reader",
            "chat gpt-4o-mini",
            "15→6",
            "chat gpt-unknown",
            "✗ 404 · openai",
            " bytes",
        ],
    );
}

#[test]
fn context_engine() {
    assert_prints(
        env!("CARGO_BIN_EXE_context_engine"),
        &[
            "invoke_agent contextweaver",
            "contextweaver.budget.exceeded contextweaver.budget.limit=13",
            "contextweaver.firewall.interceptions contextweaver.firewall.reason=prompt_injection 1",
            "contextweaver.items.excluded contextweaver.exclude.reason=budget 1",
            "contextweaver.items.excluded contextweaver.exclude.reason=duplicate 1",
            "histogram count p50 p95 max contextweaver.routing.candidates",
        ],
    );
}
