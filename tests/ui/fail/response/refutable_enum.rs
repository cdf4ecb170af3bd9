enum Failed {
    Refused(&'static str),
    Lost,
}

#[genai::chat(provider = openai, model = model, error(|Failed::Refused(code)| type = code))]
async fn ask(model: &str) -> Result<String, Failed> {
    match model {
        "" => Err(Failed::Refused("empty")),
        "lost" => Err(Failed::Lost),
        _ => Ok(model.to_owned()),
    }
}

fn main() {}
