#[genai::chat(provider = openai)]
#[genai::chat(provider = anthropic)]
fn ask() -> String {
    String::new()
}

fn main() {}
