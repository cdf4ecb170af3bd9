struct Opaque;

#[genai::chat(provider = openai, response = none)]
fn ask() -> Result<Opaque, std::fmt::Error> {
    Ok(Opaque)
}

#[test]
fn runs() {
    assert!(ask().is_ok());
}
