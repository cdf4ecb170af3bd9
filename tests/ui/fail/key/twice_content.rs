#[genai::chat(provider = openai, system = "a", gen_ai.system_instructions = "b")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
