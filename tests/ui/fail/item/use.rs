#[genai::chat(provider = openai)]
pub use std::fmt;

fn main() {}
