#[genai::chat(provider = openai, attributes(gen_ai.association.properties.user = "a"))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
