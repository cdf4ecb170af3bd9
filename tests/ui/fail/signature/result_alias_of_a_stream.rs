use genai_ui_tests::Words;

type Answer = Result<Words, std::io::Error>;

#[genai::chat(provider = openai, model = "m", stream, returns = stream)]
async fn ask(text: &str) -> Answer {
    Ok(genai_ui_tests::words(text))
}

fn main() {}
