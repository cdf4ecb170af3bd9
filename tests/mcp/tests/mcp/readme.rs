//! The code in the README's section about MCP, word for word.

use rmcp::ServerHandler;

#[derive(Clone)]
struct Weather;

impl ServerHandler for Weather {}

#[rustfmt::skip]
mod code {
    use super::Weather;
// >
use rmcp::{ServiceExt, model::CallToolRequestParams, transport::{TokioChildProcess, stdio}};

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let server = genai::mcp::observe(Weather).serve(stdio()).await?;
    server.waiting().await?;
    Ok(())
}

async fn ask() -> Result<(), Box<dyn std::error::Error>> {
    let child = TokioChildProcess::new(tokio::process::Command::new("weather-server"))?;
    let client = genai::mcp::observe_client(().serve(child).await?);
    client.call_tool(CallToolRequestParams::new("get_weather")).await?;
    Ok(())
}
// <

    /// Both are there to be compiled.
    pub(super) fn both() {
        drop(serve());
        drop(ask());
    }
}

#[test]
fn the_code_of_the_readme_compiles() {
    code::both();
    let here = include_str!("readme.rs");
    let code = here
        .split("// >\n")
        .nth(1)
        .and_then(|rest| rest.split("// <").next());
    let code = code.expect("the code between the marks");
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains(&format!("```rust,ignore\n{code}```")));
}
