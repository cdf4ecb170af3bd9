#[genai::chat(provider = openai, stream)]
fn ask() -> (u8, u8) {
    (1, 2)
}

fn main() {}
