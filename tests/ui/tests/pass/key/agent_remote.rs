#[genai::agent(provider = anthropic, name = "n", remote, server.address = "h", server.port = 443, response = none)]
fn answer() -> u8 {
    1
}

#[genai::agent(provider = anthropic, name = "n", operation = create_agent, server.address = "h", response(|r| id = r.to_string()))]
fn create() -> u8 {
    1
}

#[test]
fn runs() {
    assert_eq!(answer() + create(), 2);
}
