use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask(text: String) -> String {
    text
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("a".to_owned())), "a");
}
