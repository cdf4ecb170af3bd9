struct Weather;

trait ServerHandler {
    async fn ping(&self, context: ()) -> Result<(), ()>;
}

#[genai::mcp]
impl ServerHandler for Weather {
    async fn ping(&self, _: ()) -> Result<(), ()> {
        Ok(())
    }
}

fn main() {}
