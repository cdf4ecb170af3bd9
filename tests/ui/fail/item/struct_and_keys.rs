#[genai::chat(provider = opnai, max_tokens = "a")]
struct Client;

fn main() {}
