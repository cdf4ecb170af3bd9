#[genai::chat(provider = openai, streaming, chunk_timing = false)]
fn ask(mut on_text: impl FnMut(&str)) -> String {
    genai::current().bytes("data: {}\n\n");
    on_text("a");
    "a".to_owned()
}

#[genai::agent(provider = openai, name = "a", streaming)]
fn agent() -> String {
    ask(|_| ())
}

#[test]
fn runs() {
    assert_eq!(agent(), "a");
}
