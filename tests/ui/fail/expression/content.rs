struct Prompt;

#[genai::chat(provider = openai, input = prompt)]
fn ask(prompt: &Prompt) -> String {
    let _ = prompt;
    String::new()
}

fn main() {}
