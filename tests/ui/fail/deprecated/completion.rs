#[genai::chat(provider = openai, response(|r| gen_ai.completion = r))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
