#![deny(warnings)]

#[genai::chat(provider = openai, capture = none, span_kind = internal, span_name = "x", returns = value, crate = ::genai, response = none)]
fn ask() -> u8 {
    1
}

fn main() {
    assert_eq!(ask(), 1);
}
