#[genai::chat(provider = openai, returns = stream)]
fn ask() -> String {
    String::new()
}

fn main() {}
