#[genai::chat(provider = openai, response(|r| gen_ai.openai.response.service_tier = r))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
