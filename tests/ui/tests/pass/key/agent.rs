#[genai::agent(
    provider = anthropic, name = "n", id = "i", description = "d", version = "1", model = "m", data_source_id = "s", temperature = 0.1,
    choice_count = 1, output_type = text, conversation_id = "c",
    response(|r| finish_reasons = "stop", input_tokens = r.len(), output_tokens = 1, reasoning_output_tokens = 1, id = "i"),
)]
fn answer() -> String {
    "a".to_owned()
}

#[test]
fn runs() {
    assert_eq!(answer(), "a");
}
