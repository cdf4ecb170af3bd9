#[genai::chat(provider = openai, operation = text_completion)]
fn a() -> String {
    String::new()
}

#[genai::chat(provider = openai, operation = "generate_content")]
fn b() -> String {
    String::new()
}

#[genai::chat(provider = openai, operation = "mine")]
fn c() -> String {
    String::new()
}

#[genai::agent(provider = openai, operation = invoke_agent)]
fn d() -> String {
    String::new()
}

#[test]
fn runs() {
    assert_eq!(a() + &b() + &c() + &d(), "");
}
