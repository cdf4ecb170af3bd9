#![deny(warnings)]

#[genai::chat(provider = openai)]
async fn ask(text: String) -> String {
    String::new()
}

fn main() {
    drop(ask(String::new()));
}
