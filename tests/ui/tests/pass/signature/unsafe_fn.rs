use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async unsafe fn ask(text: &str) -> String {
    text.to_owned()
}

#[test]
fn runs() {
    assert_eq!(unsafe { block_on(ask("a")) }, "a");
}
