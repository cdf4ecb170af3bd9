fn fill(_: &u8, _: &mut genai::Recorder<'_>) {}

#[genai::chat(provider = openai, response = fill)]
fn ask() -> String {
    String::new()
}

fn main() {}
