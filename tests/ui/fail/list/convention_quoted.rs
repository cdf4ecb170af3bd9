#[genai::chat(provider = openai, attributes("gen_ai.request.model" = "a"))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
