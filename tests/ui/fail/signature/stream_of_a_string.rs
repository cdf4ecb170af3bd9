#[genai::chat(provider = openai, stream)]
async fn ask() -> String {
    String::new()
}

fn main() {}
