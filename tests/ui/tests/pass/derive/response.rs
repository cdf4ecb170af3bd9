use genai_ui_tests::block_on;

#[derive(genai::Response)]
struct Reply {
    #[genai(id)]
    id: Option<String>,
    #[genai(finish_reasons)]
    stop: &'static str,
    #[genai(message)]
    text: String,
    #[genai(flatten)]
    usage: Usage,
}

#[derive(genai::Response)]
struct Usage {
    #[genai(input_tokens)]
    prompt: u32,
    #[genai(output_tokens)]
    answer: Option<u64>,
}

#[genai::chat(provider = openai)]
async fn ask(text: &str) -> Result<Reply, std::fmt::Error> {
    let usage = Usage {
        prompt: 1,
        answer: None,
    };
    Ok(Reply {
        id: None,
        stop: "stop",
        text: text.to_owned(),
        usage,
    })
}

#[test]
fn runs() {
    assert_eq!(block_on(ask("a")).map(|r| r.text), Ok("a".to_owned()));
}
