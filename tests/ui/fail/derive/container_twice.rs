#[derive(genai::Request)]
#[genai(provider = openai, provider = anthropic)]
struct Reply {
    #[genai(model)]
    value: String,
}

fn main() {}
