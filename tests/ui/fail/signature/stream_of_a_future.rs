#[genai::chat(provider = openai, stream)]
fn ask() -> impl Future<Output = String> {
    async { String::new() }
}

fn main() {}
