#[genai::chat(provider = openai, seed = 9_223_372_036_854_775_808)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
