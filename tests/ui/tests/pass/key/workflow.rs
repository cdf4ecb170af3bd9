#[genai::workflow(name = "refund", input = text, response(|r| output = r))]
fn refund(text: &str) -> String {
    text.to_owned()
}

#[test]
fn runs() {
    assert_eq!(refund("a"), "a");
}
