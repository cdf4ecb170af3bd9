#[genai::chat(provider = openai, seed = ratio * 2.0)]
async fn ask(ratio: f64) -> String {
    ratio.to_string()
}

fn main() {}
