#[genai::chat(
    provider = openai, model = "m", temperature = 0.5, top_p = 1, top_k = 40, max_tokens = 5, frequency_penalty = -0.5,
    presence_penalty = 0.5, stop_sequences = ["a", "b"], seed = 7, choice_count = 2, output_type = json, conversation_id = "c",
)]
fn ask() -> String {
    "a".to_owned()
}

#[test]
fn runs() {
    assert_eq!(ask(), "a");
}
