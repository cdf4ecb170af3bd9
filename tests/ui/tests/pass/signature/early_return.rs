use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask(text: &str) -> Result<String, std::num::ParseIntError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let number: u8 = text.parse()?;
    Ok(number.to_string())
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("7")).unwrap_or_default(), "7");
}
