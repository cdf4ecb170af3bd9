use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask<'a>(text: &'a str, _other: &str) -> std::borrow::Cow<'a, str> {
    text.into()
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("a", "")), "a");
}
