#[genai::chat(provider = openai, openai.request.service_tier = automatic)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
