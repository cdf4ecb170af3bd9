#[genai::chat(provider = openai)]
#[allow(clippy::needless_pass_by_value)]
#[doc(alias = "question")]
/// Asks.
#[cfg(all())]
fn ask(text: String) -> String {
    #![allow(unused_variables)]
    let unused = 1;
    text
}

#[test]
fn runs() {
    assert_eq!(ask("a".to_owned()), "a");
}
