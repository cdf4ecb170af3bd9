#[genai::embeddings(
    provider = openai, model = "m", dimension_count = 3, encoding_formats = "float", server.address = "h",
    response(|v| model = "m", input_tokens = v.len(), dimension_count = v.first().map(Vec::len)),
)]
fn embed(text: &str) -> Vec<Vec<usize>> {
    vec![vec![text.len(); 3]]
}

#[test]
fn runs() {
    assert_eq!(embed("abc"), [[3, 3, 3]]);
}
