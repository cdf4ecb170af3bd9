#[genai::context()]
struct Handler;

fn main() {}
