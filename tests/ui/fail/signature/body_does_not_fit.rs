#[genai::chat(provider = openai)]
async fn ask() -> String {
    5
}

fn main() {}
