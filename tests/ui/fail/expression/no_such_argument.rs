#[genai::chat(provider = openai, model = modle)]
fn ask(model: &str) -> String {
    model.to_owned()
}

fn main() {}
