#[genai::chat(response = none, request = openai(req))]
fn ask(req: &str) {
    let _ = req;
}

fn main() {}
