#[derive(genai::Request)]
struct Reply {
    #[genai(input_tokens)]
    value: u64,
}

fn main() {}
