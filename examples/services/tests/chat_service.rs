//! The example, run as a user runs it without a key: one tree of two processes.

use genai_examples::offline;

#[test]
fn two_processes_are_one_tree() {
    let output = offline(env!("CARGO_BIN_EXE_chat_service"))
        .output()
        .expect("the example runs");
    let (printed, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{errors}");
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
