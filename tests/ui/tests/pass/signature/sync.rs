#[genai::chat(provider = openai)]
fn ask(text: String) -> String {
    text
}

#[test]
fn runs() {
    assert_eq!(ask("a".to_owned()), "a");
}
