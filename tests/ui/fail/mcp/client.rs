struct Weather;

trait ClientHandler {}

#[genai::mcp]
impl ClientHandler for Weather {}

fn main() {}
