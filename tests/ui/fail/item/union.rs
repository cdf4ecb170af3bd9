#[genai::chat(provider = openai)]
union Client {
    a: u8,
}

fn main() {}
