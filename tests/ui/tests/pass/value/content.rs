use genai::message;

#[genai::chat(provider = openai, system = "be brief", input = message::user(prompt), response(|r| output = r))]
fn one(prompt: &str) -> String {
    prompt.to_owned()
}

#[genai::chat(provider = openai, input = prompt, system = None::<&str>)]
fn two(prompt: &str) -> String {
    prompt.to_owned()
}

#[test]
fn runs() {
    assert_eq!(one("a"), two("a"));
}
