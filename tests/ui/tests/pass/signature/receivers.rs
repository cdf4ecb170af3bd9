use std::pin::Pin;
use std::sync::Arc;

use genai_ui_tests::block_on;

struct Client(String);

impl Client {
    #[genai::chat(provider = openai, model = self.0)]
    async fn by_reference(&self) -> String {
        self.0.clone()
    }

    #[genai::chat(provider = openai, model = self.0)]
    async fn by_mut(&mut self) -> &mut String {
        &mut self.0
    }

    #[genai::chat(provider = openai)]
    fn by_mut_sync(&mut self) -> &mut String {
        &mut self.0
    }

    #[genai::chat(provider = openai, model = self.0)]
    async fn by_value(mut self) -> String {
        self.0.push('!');
        self.0
    }

    #[genai::chat(provider = openai, model = self.0)]
    async fn by_box(self: Box<Self>) -> String {
        self.0
    }

    #[genai::chat(provider = openai)]
    async fn by_arc(self: Arc<Self>) -> String {
        self.0.clone()
    }

    #[genai::chat(provider = openai)]
    async fn by_pin(self: Pin<&mut Self>) -> String {
        self.0.clone()
    }
}

#[test]
fn runs() {
    let mut client = Client("a".to_owned());
    assert_eq!(block_on(client.by_reference()), "a");
    assert_eq!(block_on(client.by_mut()), "a");
    assert_eq!(client.by_mut_sync(), "a");
    assert_eq!(block_on(Pin::new(&mut client).by_pin()), "a");
    assert_eq!(block_on(Arc::new(Client("a".to_owned())).by_arc()), "a");
    assert_eq!(block_on(Box::new(Client("a".to_owned())).by_box()), "a");
    assert_eq!(block_on(client.by_value()), "a!");
}
