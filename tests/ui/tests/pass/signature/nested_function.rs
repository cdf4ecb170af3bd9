fn outer() -> String {
    #[genai::chat(provider = openai)]
    fn inner(text: &str) -> String {
        text.to_owned()
    }
    inner("a")
}

#[test]
fn runs() {
    assert_eq!(outer(), "a");
}
