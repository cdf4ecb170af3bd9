#[genai::chat(provider = openai, temperature = a, top_p = b, top_k = c, frequency_penalty = -1, presence_penalty = 1e-3)]
fn ask(a: f32, b: Option<f64>, c: u8) -> String {
    format!("{a}{b:?}{c}")
}

#[test]
fn runs() {
    assert_eq!(ask(0.5, None, 1), "0.5None1");
}
