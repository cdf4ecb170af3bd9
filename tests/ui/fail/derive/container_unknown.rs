#[derive(genai::Request)]
#[genai(providr = openai)]
struct Reply {
    #[genai(model)]
    value: String,
}

fn main() {}
