#![deny(warnings)]

extern crate genai as tel;

mod inner {
    pub use genai as again;
}

#[tel::chat(provider = openai, crate = ::genai)]
fn one() -> String {
    String::new()
}

#[tel::chat(provider = openai, crate = crate::inner::again)]
fn two() -> String {
    String::new()
}

fn main() {
    assert_eq!(one(), two());
}
