#[derive(genai::Response)]
struct Reply {
    #[genai(documents)]
    value: String,
}

fn main() {}
