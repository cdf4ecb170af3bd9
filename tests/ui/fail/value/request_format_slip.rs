#[genai::chat(provider = openai, response = none, request = opneai(req))]
fn ask(req: &str) {
    let _ = req;
}

fn main() {}
