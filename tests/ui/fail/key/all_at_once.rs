#[genai::chat(
    provider = openai, tempreature = 0.2, max_tokens = "many", input_tokens = 5, gen_ai.system = "openai", dimension_count = 1, model = 1,
)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
