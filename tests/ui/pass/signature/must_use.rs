#![deny(warnings)]

#[genai::chat(provider = openai)]
#[must_use]
#[inline]
fn ask(text: &str) -> String {
    text.to_owned()
}

fn main() {
    assert_eq!(ask("a"), "a");
}
