//! A server over standard input and output. Its spans go, as lines of `trace parent span transport name`, to the file that is named.

use std::io::Write as _;

use genai::mcp::{Transport, observe};
use genai::testing::Harness;
use genai_mcp_tests::Server;
use rmcp::ServiceExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let harness = Harness::install();
    let server = observe(Server::default()).transport(Transport::Stdio);
    let serving = server.serve(rmcp::transport::stdio()).await;
    let serving = serving.expect("a server");
    serving.waiting().await.expect("an end");
    let path = std::env::args().nth(1).expect("the path of a file");
    let mut file = std::fs::File::create(path).expect("a file");
    for span in harness.spans() {
        let parent = span.parent_span_id.map(|id| id.to_string());
        writeln!(
            file,
            "{} {} {} {} {}",
            span.trace_id,
            parent.unwrap_or_default(),
            span.span_id,
            span.str("network.transport").unwrap_or("-"),
            span.name
        )
        .expect("a line");
    }
}
