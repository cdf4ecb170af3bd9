#[derive(genai::Response)]
struct Reply {
    #[genai(model)]
    a: String,
    #[genai(gen_ai.response.model)]
    b: String,
}

fn main() {}
