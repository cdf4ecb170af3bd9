#[genai::span]
struct Step;

fn main() {}
