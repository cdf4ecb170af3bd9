#[genai::span(response(|r| output = r))]
async fn step(text: &str, n: u32) -> Result<String, std::io::Error> {
    Ok(text.repeat(n as usize))
}

fn main() {}
