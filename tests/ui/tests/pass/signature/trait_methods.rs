use genai_ui_tests::block_on;

trait Model {
    fn ask(&self, text: &str) -> impl Future<Output = String>;

    #[genai::chat(provider = openai)]
    fn provided(&self) -> String {
        "a".to_owned()
    }
}

struct Fixed;

impl Model for Fixed {
    #[genai::chat(provider = openai, conversation_id = text)]
    async fn ask(&self, text: &str) -> String {
        text.to_owned()
    }
}

#[test]
fn runs() {
    assert_eq!(block_on(Fixed.ask("a")), Fixed.provided());
}
