#![deny(warnings)]

#[genai::chat(provider = openai)]
fn ask(text: String) -> String {
    text
}

fn main() {
    assert_eq!(ask("a".to_owned()), "a");
}
