use genai_ui_tests::block_on;

/// What unit says is nothing: there is nothing to warn of.
#[genai::chat(provider = openai, model = "m")]
fn pushes(chunks: &mut Vec<String>) {
    chunks.push(String::new());
}

#[genai::chat(provider = openai, model = "m")]
async fn may_fail(chunks: &mut Vec<String>) -> Result<(), std::io::Error> {
    chunks.push(String::new());
    Ok(())
}

#[genai::agent(provider = openai, name = "a")]
async fn optional() -> Option<()> {
    Some(())
}

#[test]
fn runs() {
    let mut chunks = Vec::new();
    pushes(&mut chunks);
    assert!(block_on(may_fail(&mut chunks)).is_ok());
    assert!(block_on(optional()).is_some());
    assert_eq!(chunks.len(), 2);
}
