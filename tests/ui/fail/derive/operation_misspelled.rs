#[derive(genai::Request)]
#[genai(operation = embedding)]
struct Reply {
    #[genai(model)]
    value: String,
}

fn main() {}
