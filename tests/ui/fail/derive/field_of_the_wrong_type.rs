#[derive(genai::Response)]
struct Reply {
    #[genai(input_tokens)]
    tokens: String,
}

fn main() {}
