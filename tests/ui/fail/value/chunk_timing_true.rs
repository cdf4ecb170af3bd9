struct Tokens;

#[genai::chat(provider = openai, chunk_timing = true, returns = stream)]
fn ask() -> Tokens {
    Tokens
}

fn main() {}
