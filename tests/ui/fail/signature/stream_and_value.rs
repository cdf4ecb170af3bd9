#[genai::chat(provider = openai, stream, returns = value)]
fn ask() -> std::iter::Empty<u8> {
    std::iter::empty()
}

fn main() {}
