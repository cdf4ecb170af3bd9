struct Weather;

trait ServerHandler {
    fn get_info(&self) -> String;
}

#[genai::mcp]
impl ServerHandler for Weather {
    fn get_info(&self) -> String {
        String::new()
    }
}

fn main() {}
