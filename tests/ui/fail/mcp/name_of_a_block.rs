struct Weather;

trait ServerHandler {
    async fn ping(&self, context: ());
}

#[genai::mcp(name = "get_weather")]
impl ServerHandler for Weather {
    async fn ping(&self, _: ()) {}
}

fn main() {}
