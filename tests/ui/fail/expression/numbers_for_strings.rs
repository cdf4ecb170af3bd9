#[genai::chat(provider = openai, stop_sequences = numbers)]
fn ask(numbers: &[u8]) -> String {
    numbers.len().to_string()
}

fn main() {}
