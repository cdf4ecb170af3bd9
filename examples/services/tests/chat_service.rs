//! The examples, run as a user runs them without a key: one tree of two processes, and an answer that is written late.

use genai_examples::offline;

/// What a program prints, and what the console does.
fn run(program: &str) -> (String, String) {
    let output = offline(program).output().expect("the example runs");
    let [printed, errors] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{errors}");
    (printed, errors)
}

#[test]
fn an_answer_that_is_written_late_is_in_its_conversation() {
    let (printed, console) = run(env!("CARGO_BIN_EXE_sse_chat"));
    assert_eq!(printed, "Hello! What can I do for you?\n", "{console}");
    let traces: Vec<&str> = console.split("trace ").skip(1).collect();
    assert_eq!(traces.len(), 1, "{console}");
    let blanks = traces[0].split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "invoke_workflow page",
        "└─ chat gpt-4o-mini",
        "conversation c-1",
        "user.id=alice",
        "10→7 first chunk",
    ] {
        assert!(blanks.contains(wanted), "no {wanted:?} in\n{console}");
    }
}

#[test]
fn two_processes_are_one_tree() {
    let (printed, errors) = run(env!("CARGO_BIN_EXE_chat_service"));
    let traces: Vec<&str> = printed.split("trace ").skip(1).collect();
    assert_eq!(traces.len(), 2, "{printed}\n{errors}");
    for (trace, conversation, user, thumbs) in [
        (traces[0], "conv-1", "alice", "true"),
        (traces[1], "conv-2", "bob", "false"),
    ] {
        for wanted in [
            format!("conversation {conversation} · user.id={user}"),
            format!("  invoke_workflow support [front, {conversation}]"),
            format!("  ├─ chat gpt-4o-mini [worker, {conversation}]"),
            "  │     * helpfulness: ".to_owned(),
            format!("  │     * thumbs: {thumbs}"),
            format!("  └─ chat gpt-4.1 [worker, {conversation}]"),
        ] {
            assert!(
                trace.contains(&wanted),
                "no {wanted:?} in\n{printed}\n{errors}"
            );
        }
    }
}
