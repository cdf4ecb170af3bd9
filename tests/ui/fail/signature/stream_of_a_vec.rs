#[genai::chat(provider = openai, stream)]
async fn ask() -> Result<Vec<u8>, std::fmt::Error> {
    Ok(Vec::new())
}

fn main() {}
