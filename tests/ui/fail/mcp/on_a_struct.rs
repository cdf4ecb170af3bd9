#[genai::mcp]
struct Weather;

fn main() {}
