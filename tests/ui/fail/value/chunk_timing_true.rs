#[genai::chat(provider = openai, chunk_timing = true, returns = stream)]
fn ask(text: String) -> impl Iterator<Item = String> {
    std::iter::once(text)
}

fn main() {}
