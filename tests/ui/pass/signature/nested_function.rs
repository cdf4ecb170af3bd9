#![deny(warnings)]

fn outer() -> String {
    #[genai::chat(provider = openai)]
    fn inner(text: &str) -> String {
        text.to_owned()
    }
    inner("a")
}

fn main() {
    assert_eq!(outer(), "a");
}
