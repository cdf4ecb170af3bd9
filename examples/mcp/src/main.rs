//! An agent whose tools live in another process: a model embedded in the example, a server of tools as a child over standard input
//! and output, and one trace through both, printed as one tree.
//!
//! `cargo run -p genai-mcp-example --bin mcp_agent`
//!
//! The child is this program too, started with `serve`. Its spans come over its standard error; a real one would export them.

mod agent;
mod server;
mod spans;

use std::error::Error;
use std::process::Stdio;

use genai::mcp::{Transport, observe_client};
use rmcp::ServiceExt as _;
use rmcp::transport::TokioChildProcess;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        spans::install(spans::Exporter::Lines);
        return server::serve().await;
    }
    let own = spans::Kept::default();
    spans::install(spans::Exporter::Kept(own.clone()));

    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve");
    let child = TokioChildProcess::builder(command).stderr(Stdio::piped());
    let (transport, lines) = child.spawn()?;
    let theirs = tokio::spawn(async move {
        let mut found = Vec::new();
        if let Some(lines) = lines {
            let mut lines = BufReader::new(lines).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                found.extend(spans::Line::parse(&line));
            }
        }
        found
    });

    let tools = observe_client(().serve(transport).await?).transport(Transport::Stdio);
    let answer = agent::run(&tools, "What is the weather in Paris?").await?;
    println!("{answer}\n");
    tools.into_running().cancel().await?;

    let mut all = own.take();
    all.extend(theirs.await?);
    print!("{}", spans::tree(&all));
    Ok(())
}
