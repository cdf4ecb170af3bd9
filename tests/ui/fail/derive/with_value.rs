#[derive(genai::Response)]
struct Reply {
    #[genai(model = "a")]
    value: String,
}

fn main() {}
