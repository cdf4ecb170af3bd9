struct Text;

#[derive(genai::Response)]
struct Reply {
    #[genai(message)]
    text: Text,
}

fn main() {}
