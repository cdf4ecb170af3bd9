trait Client {
    #[genai::chat(provider = openai)]
    fn ask(&self) -> String;
}

fn main() {}
