#[genai::chat(provider = openai, response(|r| id = r, gen_ai.response.id = r))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
