#[derive(genai::Response)]
struct Reply {
    #[genai(temperature)]
    value: f64,
}

fn main() {}
