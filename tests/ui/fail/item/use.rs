#[genai::chat(provider = openai)]
use std::fmt;

fn main() {}
