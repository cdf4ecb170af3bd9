#[genai::chat(provider = openai, gen_ai.response.id = "1")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
