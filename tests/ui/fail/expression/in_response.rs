#[genai::chat(provider = openai, response(|r| input_tokens = r.as_str(), id = r.len()))]
fn ask() -> String {
    String::new()
}

fn main() {}
