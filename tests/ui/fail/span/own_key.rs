#[genai::span(app.step = text)]
async fn step(text: &str, n: u32) -> Result<String, std::io::Error> {
    Ok(text.repeat(n as usize))
}

fn main() {}
