struct Reply {
    text: String,
}

#[genai::chat(provider = openai, response(|text| id = text.text, model = Some("a").map(|text| text.len().to_string())))]
fn ask(text: String) -> Reply {
    Reply { text }
}

#[test]
fn runs() {
    assert_eq!(ask("a".to_owned()).text, "a");
}
