#[genai::chat(provider = openai, model = "a", gen_ai.request.model = "b")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
