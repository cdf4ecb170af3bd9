use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask((mut a, _): (String, u8), _: &str, [b, ..]: [&str; 2]) -> String {
    a.push_str(b);
    a
}

#[test]
fn runs() {
    assert_eq!(block_on(ask((String::new(), 1), "", ["a", ""])), "a");
}
