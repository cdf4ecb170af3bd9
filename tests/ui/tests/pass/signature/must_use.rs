#[genai::chat(provider = openai)]
#[must_use]
#[inline]
fn ask(text: &str) -> String {
    text.to_owned()
}

#[test]
fn runs() {
    assert_eq!(ask("a"), "a");
}
