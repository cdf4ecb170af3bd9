#[derive(genai::Request)]
#[genai(crate = genai)]
struct Reply {
    #[genai(model)]
    value: String,
}

fn main() {}
