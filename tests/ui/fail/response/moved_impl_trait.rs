#[genai::chat(provider = openai, response(|r| id = text.to_string()))]
fn ask(text: impl ToString) -> String {
    text.to_string()
}

fn main() {}
