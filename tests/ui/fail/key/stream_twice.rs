use futures_core::Stream;

#[genai::chat(provider = openai, stream, gen_ai.request.stream = true)]
fn both(model: &str) -> impl Stream<Item = String> + use<> {
    genai_ui_tests::words(model)
}

#[genai::chat(provider = openai, gen_ai.request.stream = true, gen_ai.request.stream = false)]
fn twice() {}

#[genai::chat(provider = openai, gen_ai.request.stream = 1)]
fn no_boolean() {}

#[genai::embeddings(provider = openai, gen_ai.request.stream = true)]
fn not_here() {}

fn main() {}
