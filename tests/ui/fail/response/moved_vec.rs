#[genai::chat(provider = openai, response(|r| input_tokens = parts.len()))]
async fn ask(parts: Vec<String>) -> String {
    parts.concat()
}

fn main() {}
