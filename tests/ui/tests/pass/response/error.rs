#[derive(Debug)]
struct Failure(u16);

#[genai::chat(provider = openai, error(|e| type = e.0.to_string()))]
fn ask(code: u16) -> Result<String, Failure> {
    if code == 200 {
        Ok(String::new())
    } else {
        Err(Failure(code))
    }
}

#[genai::tool(error(|Failure(code)| type = match code { 404 => "missing", _ => "other" }))]
fn tool() -> Result<(), Failure> {
    Err(Failure(404))
}

#[test]
fn runs() {
    assert!(ask(200).is_ok());
    assert_eq!(ask(500).map_err(|e| e.0), Err(500));
    assert_eq!(tool().map_err(|e| e.0), Err(404));
}
