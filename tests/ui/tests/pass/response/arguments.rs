#[genai::chat(provider = openai, response(|r| id = r, model = model, input_tokens = count))]
fn ask(model: &str, count: u32) -> String {
    format!("{model}{count}")
}

#[test]
fn runs() {
    assert_eq!(ask("m", 1), "m1");
}
