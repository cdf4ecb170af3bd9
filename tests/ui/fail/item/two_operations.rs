#[genai::chat(provider = openai)]
#[genai::tool]
fn ask() -> String {
    String::new()
}

fn main() {}
