#[genai::chat(provider = openai, gen_ai.openai.request.response_format = json_object)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
