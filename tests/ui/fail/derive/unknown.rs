#[derive(genai::Response)]
struct Reply {
    #[genai(inptu_tokens)]
    value: u64,
}

fn main() {}
