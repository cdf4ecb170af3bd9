#[derive(genai::Response)]
#[genai(provider = openai)]
struct Reply {
    #[genai(model)]
    value: String,
}

fn main() {}
