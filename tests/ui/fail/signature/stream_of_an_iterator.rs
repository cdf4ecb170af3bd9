#[genai::chat(provider = openai, stream)]
fn ask() -> impl Iterator<Item = u8> {
    std::iter::empty()
}

fn main() {}
