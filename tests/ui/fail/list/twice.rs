#[genai::chat(provider = openai, attributes(app.feature = "a", "app.feature" = "b"))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
