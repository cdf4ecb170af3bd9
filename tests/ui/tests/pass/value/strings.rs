use std::borrow::Cow;
use std::sync::Arc;

struct Request {
    a: String,
    b: Option<String>,
    c: Cow<'static, str>,
    d: Arc<str>,
    e: Box<str>,
}

const MODEL: &str = "m";

#[genai::chat(provider = r.a, model = r.b, conversation_id = r.c, server.address = r.d, openai.api.type = r.e)]
fn ask(r: &Request) -> String {
    r.a.clone()
}

#[genai::chat(provider = PROVIDER, model = MODEL, conversation_id = None::<&str>, server.address = format!("{}", 1), span_name = MODEL)]
fn constants() -> String {
    MODEL.to_owned()
}

const PROVIDER: &str = "mine";

#[test]
fn runs() {
    let r = Request {
        a: "a".into(),
        b: None,
        c: "c".into(),
        d: "d".into(),
        e: "e".into(),
    };
    assert_eq!(ask(&r), "a");
    assert_eq!(constants(), "m");
}
