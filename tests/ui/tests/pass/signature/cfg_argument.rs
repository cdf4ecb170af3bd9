use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask(#[cfg(any())] missing: u8, #[cfg(all())] text: &str) -> String {
    text.to_owned()
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("a")), "a");
}
