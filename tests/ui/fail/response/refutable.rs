#[genai::chat(provider = openai, model = model, response(|Some(text)| id = text))]
async fn ask(model: &str) -> Result<Option<String>, std::io::Error> {
    Ok(Some(model.to_owned()))
}

fn main() {}
