#[genai::chat(provider = openai, stop_sequences = a)]
fn slice(a: &[String]) -> String {
    a.concat()
}

#[genai::chat(provider = openai, stop_sequences = a)]
fn optional(a: Option<Vec<&str>>) -> String {
    a.unwrap_or_default().concat()
}

#[genai::chat(provider = openai, stop_sequences = a, response(|r| finish_reasons = [r.as_str(), "x"]))]
fn one(a: &str) -> String {
    a.to_owned()
}

#[test]
fn runs() {
    assert_eq!(slice(&["a".to_owned()]), optional(Some(vec!["a"])));
    assert_eq!(one("a"), "a");
}
