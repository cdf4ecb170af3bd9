#[genai::chat(provider = openai, response(|r| time_to_first_chunk = 0.5))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
