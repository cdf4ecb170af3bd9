#[derive(genai::Response)]
struct Reply {
    value: String,
}

fn main() {}
