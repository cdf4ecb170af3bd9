#[genai::span(attributes(gen_ai.request.max_tokens = "many"))]
async fn step(text: &str, n: u32) -> Result<String, std::io::Error> {
    Ok(text.repeat(n as usize))
}

fn main() {}
