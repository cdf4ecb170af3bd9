const PROVIDER: &str = "mine";

#[derive(genai::Request)]
#[genai(provider = PROVIDER)]
struct Ping;

#[derive(genai::Request)]
#[genai(provider = "text")]
struct Pong {
    #[genai(seed)]
    r#type: i8,
}

#[genai::chat(request = Ping)]
fn ping() -> String {
    String::new()
}

#[genai::chat(request = pong)]
fn pong(pong: &Pong) -> String {
    pong.r#type.to_string()
}

#[test]
fn runs() {
    assert_eq!(ping() + &pong(&Pong { r#type: 1 }), "1");
}
