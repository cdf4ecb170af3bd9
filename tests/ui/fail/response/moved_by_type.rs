struct Ask {
    id: String,
}

#[genai::chat(provider = openai, response(|_| id = ask.id))]
fn ask(ask: Ask) -> String {
    ask.id
}

fn main() {}
