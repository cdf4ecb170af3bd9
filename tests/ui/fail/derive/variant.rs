#[derive(genai::Response)]
enum Reply {
    #[genai(model)]
    One { model: String },
}

fn main() {}
