#[genai::chat(provider = openai, gen_ai.operation.name = "chat")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
