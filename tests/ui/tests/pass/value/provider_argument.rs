struct Config {
    provider: String,
}

#[genai::chat(provider = openai.provider)]
fn field(openai: &Config) -> String {
    openai.provider.clone()
}

#[genai::chat(provider = openai)]
fn argument(openai: &str) -> String {
    openai.to_owned()
}

impl Config {
    #[genai::chat(provider = self.provider)]
    fn method(&self) -> String {
        self.provider.clone()
    }
}

#[test]
fn runs() {
    let config = Config {
        provider: "p".to_owned(),
    };
    assert_eq!(field(&config), argument("p"));
    assert_eq!(config.method(), "p");
}
