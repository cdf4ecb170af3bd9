#[derive(genai::Response)]
#[genai(operation = embeddings, crate = ::genai)]
struct Vectors<'a, T, U = u32>
where
    T: Clone,
{
    #[genai(model)]
    model: T,
    #[genai(dimension_count)]
    dimensions: Option<U>,
    #[genai(input_tokens)]
    tokens: &'a u64,
    rows: Vec<T>,
}

#[genai::embeddings(provider = openai)]
fn embed(tokens: &u64) -> Vectors<'_, String> {
    Vectors {
        model: "m".to_owned(),
        dimensions: Some(3),
        tokens,
        rows: Vec::new(),
    }
}

#[test]
fn runs() {
    let vectors = embed(&5);
    assert_eq!(
        (
            vectors.model.as_str(),
            vectors.dimensions,
            *vectors.tokens,
            vectors.rows.len()
        ),
        ("m", Some(3), 5, 0)
    );
}
