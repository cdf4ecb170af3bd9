#[genai::chat(provider = openai)]
mod client {}

fn main() {}
