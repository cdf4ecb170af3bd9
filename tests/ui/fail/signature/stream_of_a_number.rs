#[genai::chat(provider = openai, stream)]
fn ask() -> u64 {
    1
}

fn main() {}
