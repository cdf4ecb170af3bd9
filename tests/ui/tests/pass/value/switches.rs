#[genai::chat(provider = openai, capture = none, span_kind = internal, span_name = "x", returns = value, crate = ::genai, response = none)]
fn ask() -> u8 {
    1
}

#[test]
fn runs() {
    assert_eq!(ask(), 1);
}
