use std::borrow::Cow;

use genai::message::{self, InputMessage, ToInput};

#[genai::chat(provider = openai, system = "be brief", input = message::user(prompt), response(|r| output = r))]
fn one(prompt: &str) -> String {
    prompt.to_owned()
}

#[genai::chat(provider = openai, input = prompt, system = None::<&str>)]
fn two(prompt: &str) -> String {
    prompt.to_owned()
}

/// An application's own message, in a list of an application's own.
struct Turn(String);

struct Prompt {
    messages: Vec<Turn>,
}

impl ToInput for Turn {
    fn to_input(&self) -> Cow<'_, [InputMessage]> {
        Cow::Owned(vec![message::user(&self.0)])
    }
}

#[genai::chat(provider = openai, input = prompt.messages, response(|r| output = r))]
fn three(prompt: &Prompt) -> String {
    prompt.messages.iter().map(|turn| turn.0.as_str()).collect()
}

#[test]
fn runs() {
    let messages = vec![Turn("a".to_owned())];
    assert_eq!(three(&Prompt { messages }), "a");
    assert_eq!(one("a"), two("a"));
}
