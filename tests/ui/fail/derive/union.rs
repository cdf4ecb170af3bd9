#[derive(genai::Response)]
union Reply {
    a: u8,
}

fn main() {}
