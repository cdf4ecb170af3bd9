#[genai::tool]
extern "C" fn add(a: u8, b: u8) -> u8 {
    a + b
}

#[test]
fn runs() {
    assert_eq!(add(1, 2), 3);
}
