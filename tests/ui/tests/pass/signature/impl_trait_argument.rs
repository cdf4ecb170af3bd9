use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask(text: impl AsRef<str>) -> String {
    text.as_ref().to_owned()
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("a")), "a");
}
