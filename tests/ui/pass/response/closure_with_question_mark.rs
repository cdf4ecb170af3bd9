#![deny(warnings)]

#[genai::chat(provider = openai, response(|r| id = (|| r.first()?.strip_prefix("id-"))()))]
fn ask() -> Vec<String> {
    vec!["id-1".to_owned()]
}

fn main() {
    assert_eq!(ask(), ["id-1"]);
}
