#[genai::chat(provider = openai)]
unsafe extern "C" {
    fn ask();
}

fn main() {}
