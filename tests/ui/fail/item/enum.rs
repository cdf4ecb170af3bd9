#[genai::chat(provider = openai)]
enum Client {
    One,
}

fn main() {}
