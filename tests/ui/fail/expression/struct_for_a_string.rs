struct Model;

#[genai::chat(provider = openai, model = model)]
fn ask(model: &Model) -> String {
    let _ = model;
    String::new()
}

fn main() {}
