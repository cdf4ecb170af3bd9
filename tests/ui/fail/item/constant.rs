#[genai::chat(provider = openai)]
const MODEL: &str = "a";

fn main() {}
