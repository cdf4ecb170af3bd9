struct Weather;

impl Weather {
    #[genai::mcp]
    async fn get_weather(&self, city: String) -> String {
        city
    }
}

fn main() {}
