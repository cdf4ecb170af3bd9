#[derive(genai::Response)]
struct Reply {
    #[genai]
    value: String,
}

fn main() {}
