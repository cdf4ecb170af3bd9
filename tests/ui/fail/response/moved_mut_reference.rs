#[genai::chat(provider = openai, response(|r| input_tokens = *count))]
fn ask(count: &mut u64) -> String {
    *count += 1;
    count.to_string()
}

fn main() {}
