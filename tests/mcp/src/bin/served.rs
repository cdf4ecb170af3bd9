//! A server over standard input and output. Its spans go, as lines of JSON, to the file that is named.

use std::io::Write as _;

use genai::mcp::{Transport, observe};
use genai::testing::Harness;
use genai_mcp_tests::seen::Seen;
use genai_mcp_tests::{Server, live};
use rmcp::ServiceExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // A handler panics as planned.
    std::panic::set_hook(Box::new(|_| {}));
    let harness = Harness::install();
    let server = observe(Server::default()).transport(Transport::Stdio);
    let serving = server.serve(rmcp::transport::stdio()).await;
    let serving = serving.expect("a server");
    serving.waiting().await.expect("an end");
    let path = std::env::args().nth(1).expect("the path of a file");
    let mut text = String::new();
    for span in &harness.spans() {
        text += &serde_json::to_string(&Seen::from(span)).expect("JSON");
        text.push('\n');
    }
    let metrics = live::findings(&harness);
    assert!(metrics.is_empty(), "{metrics:?}");
    // The file is there when it is whole.
    let whole = format!("{path}.part");
    let mut file = std::fs::File::create(&whole).expect("a file");
    file.write_all(text.as_bytes()).expect("it is written");
    std::fs::rename(whole, path).expect("it is renamed");
}
