#[genai::chat(provider = openai, metric_attributes(gen_ai.provider.name = "a"))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
