//! The example, run as a user runs it without a key: one tree of two processes.

use genai_examples::offline;

#[test]
fn two_processes_are_one_tree() {
    let output = offline(env!("CARGO_BIN_EXE_mcp_agent"))
        .output()
        .expect("the example runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let tree = printed.split("trace ").nth(1).expect("a tree");
    for wanted in [
        "  invoke_agent weather-agent [agent]",
        "  ├─ tools/list · pipe [agent]",
        "  │  └─ tools/list · 1 · pipe [server]",
        "  ├─ chat gpt-4o-mini [agent]",
        "  ├─ execute_tool get_weather · tools/call · 2 · pipe [agent]",
        "  │  └─ tools/call get_weather · 2 · pipe [server]",
        "  │     └─ retrieval stations [server]",
        "  └─ chat gpt-4o-mini [agent]",
    ] {
        assert!(
            tree.contains(wanted),
            "no {wanted:?} in\n{printed}\n{errors}"
        );
    }
}
