#[derive(genai::Request)]
#[genai(provider = openai)]
struct Ask {
    #[genai(model)]
    model: String,
    #[genai(temperature)]
    temperature: Option<f32>,
    #[genai(gen_ai.request.max_tokens)]
    limit: u32,
    #[genai(stop_sequences)]
    stop: Vec<String>,
    #[genai(message)]
    prompt: String,
    #[genai(system)]
    system: Option<&'static str>,
    #[genai(flatten)]
    sampling: Option<Sampling>,
    _secret: String,
}

#[derive(genai::Request)]
struct Sampling {
    #[genai(top_p)]
    top_p: f64,
}

#[genai::chat(request = ask)]
fn ask(ask: &Ask) -> String {
    ask.prompt.clone()
}

#[test]
fn runs() {
    let request = Ask {
        model: "m".to_owned(),
        temperature: None,
        limit: 5,
        stop: Vec::new(),
        prompt: "a".to_owned(),
        system: None,
        sampling: Some(Sampling { top_p: 0.5 }),
        _secret: String::new(),
    };
    assert_eq!(ask(&request), "a");
}
