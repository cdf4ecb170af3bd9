#[genai::context(conversation_id = "a", gen_ai.conversation.id = "b")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
