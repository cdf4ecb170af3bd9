#[genai::chat(
    gen_ai.provider.name = openai, gen_ai.request.model = "m", gen_ai.request.temperature = 0.5, gen_ai.request.max_tokens = 5,
    gen_ai.request.stop_sequences = "a", gen_ai.output.type = text, gen_ai.conversation.id = "c", server.address = "h", server.port = 443,
)]
fn ask() -> String {
    "a".to_owned()
}

#[test]
fn runs() {
    assert_eq!(ask(), "a");
}
