struct Request {
    model: String,
    limit: Option<u32>,
}

#[genai::chat(provider = openai, model = request.model, max_tokens = request.limit, conversation_id = request.model.clone() + "x")]
fn ask(request: Request) -> String {
    request.model
}

#[test]
fn runs() {
    assert_eq!(
        ask(Request {
            model: "m".into(),
            limit: None
        }),
        "m"
    );
}
