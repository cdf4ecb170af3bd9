struct Ask;

#[genai::chat(provider = openai, request = ask)]
fn ask(ask: &Ask) -> String {
    let _ = ask;
    String::new()
}

fn main() {}
