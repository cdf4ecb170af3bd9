#[genai::chat(provider = openai)]
static MODEL: &str = "a";

fn main() {}
