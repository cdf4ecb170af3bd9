struct Client;

#[genai::chat(provider = openai)]
impl Client {
    fn ask(&self) {}
}

fn main() {}
