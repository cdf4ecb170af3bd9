#[genai::chat(provider = openai)]
const fn ask() -> u8 {
    1
}

fn main() {}
