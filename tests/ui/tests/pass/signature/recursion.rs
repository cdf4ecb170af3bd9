use genai_ui_tests::block_on;

#[genai::agent(provider = openai)]
async fn count(n: u32) -> String {
    if n == 0 {
        String::new()
    } else {
        Box::pin(count(n - 1)).await + "x"
    }
}

#[test]
fn runs() {
    assert_eq!(block_on(count(3)), "xxx");
}
