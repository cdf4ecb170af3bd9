#[genai::span(operation = step, span_name = "step", capture = none, metric_attributes(app.n = n))]
async fn step(text: &str, n: u32) -> Result<String, std::io::Error> {
    Ok(text.repeat(n as usize))
}

fn main() {}
