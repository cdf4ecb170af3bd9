#[genai::chat(provider = openai, openai.request.servicetier = auto)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
