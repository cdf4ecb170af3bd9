#[genai::span(error(|e| type = text))]
async fn step(text: String) -> Result<String, std::io::Error> {
    Ok(text)
}

fn main() {}
