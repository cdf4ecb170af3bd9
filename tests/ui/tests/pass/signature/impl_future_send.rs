use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
fn ask(text: String) -> impl Future<Output = String> + Send + 'static {
    async move { text }
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("a".to_owned())), "a");
}
