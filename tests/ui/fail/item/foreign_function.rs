unsafe extern "C" {
    #[genai::chat(provider = openai)]
    fn ask() -> u8;
}

fn main() {}
