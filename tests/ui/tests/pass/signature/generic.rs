use genai_ui_tests::block_on;

#[genai::chat(provider = openai)]
async fn ask<T: Into<String> + Send, const N: usize>(text: T) -> String
where
    T: Clone,
{
    let _ = N;
    text.into()
}

#[test]
fn runs() {
    assert_eq!(block_on(ask::<_, 3>("a")), "a");
}
