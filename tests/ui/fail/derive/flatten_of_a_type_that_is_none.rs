struct Usage;

#[derive(genai::Response)]
struct Reply {
    #[genai(flatten)]
    usage: Usage,
}

fn main() {}
