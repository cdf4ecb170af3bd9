#[genai::chat(provider = openai, response(|r| id = (|| r.first()?.strip_prefix("id-"))()))]
fn ask() -> Vec<String> {
    vec!["id-1".to_owned()]
}

#[test]
fn runs() {
    assert_eq!(ask(), ["id-1"]);
}
