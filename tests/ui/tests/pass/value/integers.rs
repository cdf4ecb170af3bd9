#[genai::chat(provider = openai, max_tokens = a, seed = b, choice_count = c, server.port = d, response(|_| input_tokens = a, output_tokens = Some(c)))]
fn ask(a: u64, b: Option<i32>, c: usize, d: u16) -> String {
    format!("{a}{b:?}{c}{d}")
}

#[genai::chat(provider = openai, max_tokens = 0xff, seed = -5_i64, choice_count = 1_000)]
fn literals() -> String {
    String::new()
}

#[test]
fn runs() {
    assert_eq!(ask(1, None, 2, 3), "1None23");
    literals();
}
