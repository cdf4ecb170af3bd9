#[genai::chat(provider = openai, mcp.method.name = "ping")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
