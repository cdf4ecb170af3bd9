use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask(mut text: String) -> String {
    text.push('!');
    text
}

#[test]
fn runs() {
    assert_eq!(block_on(ask(String::new())), "!");
}
