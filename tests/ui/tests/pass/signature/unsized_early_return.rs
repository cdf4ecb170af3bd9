use genai_ui_tests::block_on;

use std::fmt::Display;

#[genai::chat(provider = openai, response = none)]
async fn ask(short: bool) -> Box<dyn Display> {
    if short {
        return Box::new(1);
    }
    Box::new("long")
}

#[test]
fn runs() {
    assert_eq!(block_on(ask(true)).to_string(), "1");
    assert_eq!(block_on(ask(false)).to_string(), "long");
}
