#[derive(genai::Request)]
struct Ask;

fn main() {}
