use genai_ui_tests::block_on;

#[genai::context(conversation_id = thread)]
#[genai::chat(provider = openai)]
async fn first(thread: &str) -> String {
    thread.to_owned()
}

#[genai::chat(provider = openai)]
#[genai::context(conversation_id = thread)]
async fn second(thread: &str) -> String {
    thread.to_owned()
}

#[test]
fn runs() {
    assert_eq!(block_on(first("a")), block_on(second("a")));
}
