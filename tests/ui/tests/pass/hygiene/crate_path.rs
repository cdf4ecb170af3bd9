extern crate genai as tel;

mod inner {
    pub use genai as again;
}

#[tel::chat(provider = openai, crate = ::genai)]
fn one() -> String {
    String::new()
}

#[tel::chat(provider = openai, crate = crate::hygiene::crate_path::inner::again)]
fn two() -> String {
    String::new()
}

#[test]
fn runs() {
    assert_eq!(one(), two());
}
