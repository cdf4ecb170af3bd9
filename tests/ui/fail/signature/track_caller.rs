#[genai::chat(provider = openai)]
#[track_caller]
fn ask() -> String {
    String::new()
}

fn main() {}
