use futures_core::Stream;

#[genai::chat(provider = openai, stream)]
fn pushes(mut on_text: impl FnMut(&str)) -> String {
    on_text("a");
    String::new()
}

#[genai::chat(provider = openai, response = none, stream, streaming)]
fn both() -> std::pin::Pin<Box<dyn Stream<Item = String>>> {
    unimplemented!()
}

#[genai::chat(provider = openai, response = none, gen_ai.request.stream = true, streaming)]
fn twice() {}

#[genai::chat(provider = openai, response = none, streaming = true)]
fn value() {}

#[genai::span(streaming)]
fn own() {}

fn main() {}
