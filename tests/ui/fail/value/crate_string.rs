#[genai::chat(provider = openai, crate = "::genai")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
