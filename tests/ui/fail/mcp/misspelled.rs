struct Weather;

trait ServerHandler {
    async fn ping(&self, context: ());
}

#[genai::mcp(transport = htpp, sever = "x")]
impl ServerHandler for Weather {
    async fn ping(&self, _: ()) {}
}

fn main() {}
