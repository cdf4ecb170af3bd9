#[genai::chat(provider = openai, response = none, request = openai(req, more))]
fn ask(req: &str, more: &str) {
    let _ = (req, more);
}

fn main() {}
