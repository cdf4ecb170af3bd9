#[derive(genai::Request)]
#[genai(provider = opnai)]
struct Reply {
    #[genai(model)]
    value: String,
}

fn main() {}
