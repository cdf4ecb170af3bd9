struct Reply {
    model: String,
    id: Option<String>,
    reasons: Vec<&'static str>,
    tokens: (u32, usize, i64, u8, Option<u64>),
}

#[genai::chat(
    provider = openai,
    response(|r| model = r.model, id = r.id, finish_reasons = r.reasons, input_tokens = r.tokens.0, output_tokens = r.tokens.1,
        cache_read_input_tokens = r.tokens.2, cache_creation_input_tokens = r.tokens.3, reasoning_output_tokens = r.tokens.4),
)]
fn ask() -> Reply {
    Reply {
        model: "m".to_owned(),
        id: None,
        reasons: vec!["stop"],
        tokens: (1, 2, 3, 4, Some(5)),
    }
}

#[test]
fn runs() {
    assert_eq!(ask().tokens.4, Some(5));
}
