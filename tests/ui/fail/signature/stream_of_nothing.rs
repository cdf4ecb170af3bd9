#[genai::chat(provider = openai, stream)]
async fn ask() {}

fn main() {}
