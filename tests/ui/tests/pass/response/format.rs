use genai::{Recorder, keys};

fn openai(_: &String, recorder: &mut Recorder<'_>) {
    recorder.int(keys::GEN_AI_USAGE_INPUT_TOKENS, 1);
}

#[genai::chat(provider = openai, request = openai(prompt), response = openai)]
fn ask(prompt: String) -> Result<Vec<u8>, std::fmt::Error> {
    Ok(prompt.into_bytes())
}

#[genai::chat(provider = openai, response = self::openai)]
fn by_path() -> String {
    String::new()
}

// The name of a format is also that of a variable.
#[genai::chat(provider = openai, model = openai, request = auto(openai), response = auto)]
fn shadowed(openai: &str) -> String {
    openai.to_owned()
}

#[test]
fn runs() {
    assert_eq!(ask("a".to_owned()), Ok(vec![97]));
    assert_eq!(by_path() + &shadowed("b"), "b");
}
