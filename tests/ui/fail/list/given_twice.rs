#[genai::chat(provider = openai, attributes(a = 1), attributes(b = 2))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
