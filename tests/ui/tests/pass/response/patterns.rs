struct Reply {
    id: String,
    usage: (u32, u32),
}

#[genai::chat(provider = openai, response(|Reply { id, usage: (input, _) }| id = id, input_tokens = *input))]
fn taken_apart() -> Reply {
    Reply {
        id: "i".to_owned(),
        usage: (1, 2),
    }
}

#[genai::chat(provider = openai, response(|(a, b)| id = a, input_tokens = b))]
fn tuple() -> Result<(String, u32), std::fmt::Error> {
    Ok(("a".to_owned(), 1))
}

#[genai::chat(provider = openai, response(|_| id = "x",))]
fn ignored() -> Option<u8> {
    None
}

#[test]
fn runs() {
    assert_eq!(taken_apart().usage.1, 2);
    assert_eq!(tuple().map(|t| t.1), Ok(1));
    assert_eq!(ignored(), None);
}
