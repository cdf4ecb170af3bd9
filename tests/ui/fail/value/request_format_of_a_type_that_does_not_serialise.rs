struct Ask;

#[genai::chat(provider = openai, response = none, request = openai(req))]
fn ask(req: Ask) {
    let _ = req;
}

#[genai::chat(provider = openai, response = none, model = "m", request = (openai(&req), req), attributes(a.b = 1))]
fn parts(req: Ask) {
    let _ = req;
}

fn main() {}
