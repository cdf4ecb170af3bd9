#![deny(warnings)]

struct Reply;

#[genai::chat(provider = openai)]
fn ask() -> Reply {
    Reply
}

fn main() {
    ask();
}
