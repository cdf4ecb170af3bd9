macro_rules! ask {
    ($name:ident, $provider:literal, $limit:literal, $temperature:literal) => {
        #[genai::chat(provider = $provider, max_tokens = $limit, temperature = $temperature, seed = -$limit)]
        fn $name() -> String {
            String::new()
        }
    };
}

ask!(one, "openai", 5, 1);
ask!(two, "mine", 6, -0.5);

#[test]
fn runs() {
    assert_eq!(one(), two());
}
