//! Two processes, connected by standard input and output: one trace.

use genai::mcp::{Transport, observe_client};
use genai::testing::Harness;
use genai_mcp_tests::seen::Seen;
use genai_mcp_tests::{Client, Era, soon};
use rmcp::model::CallToolRequestParams;
use rmcp::service::ClientServiceExt as _;
use rmcp::transport::TokioChildProcess;
use tokio::process::Command;

#[tokio::test]
async fn two_processes_are_one_trace() {
    for era in Era::BOTH {
        let h = Harness::install();
        let name = format!("genai-mcp-{}-{}", std::process::id(), era.version());
        let file = std::env::temp_dir().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_served"));
        command.arg(&file);
        let child = TokioChildProcess::new(command).expect("a child");
        let client = soon(Client.serve_with_lifecycle(child, era.lifecycle())).await;
        let client = observe_client(client.expect("a client")).transport(Transport::Stdio);
        let call = client.call_tool(CallToolRequestParams::new("get_weather"));
        soon(call).await.expect("an answer");
        soon(client.into_running().cancel()).await.expect("an end");

        let sent = h.span("tools/call get_weather");
        assert_eq!(sent.str("network.transport"), Some("pipe"));
        assert_eq!(sent.str("network.protocol.name"), None);
        assert_eq!(sent.str("mcp.protocol.version"), Some(era.version()));
        let lines = soon(async {
            loop {
                match std::fs::read_to_string(&file) {
                    Ok(text) => break text,
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                }
            }
        })
        .await;
        let mut served =
            (lines.lines()).map(|line| serde_json::from_str::<Seen>(line).expect("a span"));
        let parent = Some(sent.span_id.to_string());
        let served = served.find(|span| span.parent == parent);
        let served = served.unwrap_or_else(|| panic!("no child in {lines}"));
        assert_eq!(served.trace, sent.trace_id.to_string());
        assert_eq!(served.name, "tools/call get_weather");
        assert_eq!(served.get("network.transport"), Some("pipe"));
        std::fs::remove_file(&file).expect("the file is there");
    }
}
