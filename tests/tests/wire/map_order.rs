//! Some clients switch `serde_json/preserve_order` on for the whole build. With it and without, the same is recorded: the same
//! attributes, the same parsed messages, the same names of uploads.

use std::io::Write as _;
use std::process::{Command, Stdio};

use genai_tests::recordings::all;
use serde_json::json;

/// Lines for the program, with keys in no order.
fn lines() -> String {
    let tools = r#"[{"type":"function","function":{"name":"f","parameters":{"type":"object","required":["z","a"],"properties":{
        "z":{"type":"string","description":"d"},"a":{"enum":[1,2],"type":"integer"}},"additionalProperties":false}}}]"#
        .replace('\n', "");
    let mut lines = vec![
        format!(
            r#"{{"provider":"openai","request":{{"temperature":0.5,"tools":{tools},"model":"m","messages":[{{"role":"user",
            "content":"q"}},{{"tool_calls":[{{"type":"function","id":"c","function":{{"name":"f","arguments":"{{\"z\":1,\"a\":{{\"y\":2,\"b\":3}}}}"}}}}],
            "role":"assistant"}}],"max_tokens":7}},"response":{{"usage":{{"prompt_tokens":1,"completion_tokens":2}},"model":"m",
            "id":"i","choices":[{{"message":{{"role":"assistant","content":"a"}},"index":0,"finish_reason":"stop"}}]}},
            "chunks":["{{\"usage\":null,\"id\":\"i\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"t\"}}}}]}}"]}}"#
        ),
        r#"{"provider":"anthropic","request":{"system":"s","model":"m","tools":[{"name":"g","input_schema":{"type":"object",
            "properties":{"q":{"type":"string"},"b":{}}}}],"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}],
            "max_tokens":9},"response":{"type":"message","id":"i","model":"m","usage":{"output_tokens":1,"input_tokens":2},
            "content":[{"type":"tool_use","name":"g","id":"c","input":{"z":{"k":1,"a":2},"b":1}}],"stop_reason":"tool_use",
            "role":"assistant"},"chunks":[]}"#
            .to_owned(),
    ];
    for recording in all().into_iter().flatten() {
        let line = json!({"provider": recording.provider, "request": recording.request,
            "response": recording.response.body, "chunks": recording.response.sse});
        lines.push(line.to_string());
    }
    lines
        .iter()
        .map(|line| line.replace('\n', "") + "\n")
        .collect()
}

/// The first line, which has the order, and the rest.
fn split(text: Vec<u8>) -> (String, Vec<String>) {
    let text = String::from_utf8(text).expect("text");
    let mut lines = text.lines().map(str::to_owned);
    (lines.next().unwrap_or_default(), lines.collect())
}

/// What this program records, whichever order it was built with.
fn here(input: &str) -> (String, Vec<String>) {
    let mut out = Vec::new();
    genai_map_order::write(input.as_bytes(), &mut out).expect("it reads all");
    split(out)
}

/// What the program prints, built with these arguments more.
fn printed(more: &[&str], input: &str) -> (String, Vec<String>) {
    // By the profile of `cargo test`, which has built the macros.
    let mut program = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--profile",
            "test",
            "--package",
            "genai-map-order",
        ])
        .args(more)
        .current_dir(genai_tests::workspace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo runs");
    let mut stdin = program.stdin.take().expect("piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let out = program.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads all");
    assert!(out.status.success());
    split(out.stdout)
}

#[test]
#[ignore = "builds the library again; .ci/run runs it"]
fn the_order_of_maps_changes_nothing() {
    let input = lines();
    // One of the two is what the tests were built with; only the other needs a build of its own.
    let (sorted, preserved) = match here(&input) {
        (order, sorted) if order == "ab" => {
            (sorted, printed(&["--features", "preserve_order"], &input))
        }
        (order, preserved) => {
            let (default, sorted) = printed(&[], &input);
            assert_eq!(default, "ab", "the default is a sorted map");
            (sorted, (order, preserved))
        }
    };
    let (order, preserved) = preserved;
    assert_eq!(order, "ba", "the feature preserves the order");
    assert!(sorted.len() > 40, "{sorted:#?}");
    let names = sorted
        .iter()
        .filter(|line| line.ends_with(".json") && !line.contains('='));
    assert!(names.count() >= 4, "{sorted:#?}");
    for (one, other) in sorted.iter().zip(&preserved) {
        assert_eq!(one, other);
    }
    assert_eq!(sorted.len(), preserved.len());
}
