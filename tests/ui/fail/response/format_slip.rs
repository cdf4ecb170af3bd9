use futures_core::Stream;

#[derive(Clone)]
struct Json;

#[genai::chat(provider = openai, response = opnai)]
fn value() -> Json {
    Json
}

#[genai::chat(provider = anthropic, response = antropic, stream)]
fn items() -> impl Stream<Item = Json> {
    nothing()
}

fn nothing() -> std::pin::Pin<Box<dyn Stream<Item = Json>>> {
    unimplemented!()
}

fn main() {}
