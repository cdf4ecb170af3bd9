#[genai::chat(provider = openai)]
type Client = u8;

fn main() {}
