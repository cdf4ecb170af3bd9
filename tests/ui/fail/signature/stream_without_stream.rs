#![deny(warnings)]

use futures_core::Stream;

#[genai::chat(provider = openai, response = none)]
fn ask() -> impl Stream<Item = String> {
    genai_ui_tests::words("a b")
}

fn main() {
    drop(ask());
}
