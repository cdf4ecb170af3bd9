#[genai::chat(provider = openai, model = count)]
fn ask(count: u32) -> String {
    count.to_string()
}

fn main() {}
