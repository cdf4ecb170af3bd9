#[derive(genai::Response)]
struct Reply {
    #[genai(prompt_tokens)]
    value: u64,
}

fn main() {}
