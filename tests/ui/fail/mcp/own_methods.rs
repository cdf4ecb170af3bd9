struct Weather;

#[genai::mcp]
impl Weather {
    async fn get_weather(&self) -> String {
        String::new()
    }
}

fn main() {}
