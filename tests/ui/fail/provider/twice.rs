#[genai::chat(provider = openai, gen_ai.provider.name = "openai")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
