#[genai::chat(provider = openai)]
trait Client {
    fn ask(&self) {}
}

fn main() {}
