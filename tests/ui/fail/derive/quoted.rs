#[derive(genai::Response)]
struct Reply {
    #[genai("model")]
    value: String,
}

fn main() {}
