#[genai::chat(provider = openai)]
struct Client;

fn main() {}
