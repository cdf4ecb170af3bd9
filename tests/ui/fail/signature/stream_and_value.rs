#[genai::chat(provider = openai, stream, returns = value)]
fn ask() -> Box<dyn Iterator<Item = u8>> {
    Box::new(std::iter::empty())
}

fn main() {}
