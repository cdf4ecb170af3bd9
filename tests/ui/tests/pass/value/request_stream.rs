#[genai::chat(provider = openai, model = "m", gen_ai.request.stream = true)]
fn always(on_chunk: impl Fn(&str)) {
    on_chunk("a");
}

#[genai::chat(provider = openai, model = "m", gen_ai.request.stream = is_streamed)]
fn sometimes(is_streamed: Option<bool>) {
    let _ = is_streamed;
}

#[test]
fn runs() {
    always(|_| {});
    sometimes(None);
}
