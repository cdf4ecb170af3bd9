use serde_json::json;

use super::*;
use crate::content::message::{InputMessage, Part};

fn standard(text: &str) -> String {
    Rules::standard().text(text).into_owned()
}

#[test]
fn what_rules_find_becomes_a_tag() {
    for (text, expected) in [
        ("Mail 'alice.b+x@mail.example.co.uk'.", "Mail '[email]'."),
        (
            "jörg@exämple.de, 联系bob@example.com谢谢",
            "[email], 联系[email]谢谢",
        ),
        (
            "Call +49 (0)30 901820-12 or 0049 30 901820.",
            "Call [phone] or [phone].",
        ),
        (
            "(415) 555-0132, 1-415-555-0132, 415.555.0132",
            "[phone], [phone], [phone]",
        ),
        (
            "06 12 34 56 78; 030/9018 2012; Tel: 4155550132",
            "[phone]; [phone]; Tel: [phone]",
        ),
        (
            "4111-1111-1111-1111 3782 822463 10005 4111111111111111",
            "[card] [card] [card]",
        ),
        (
            "GB82WEST12345698765432 and nl91 abna 0417 1643 00.",
            "[iban] and [iban].",
        ),
        ("key=sk-proj-abcDEF0123456789abcdefGHIJ!", "key=[api_key]!"),
        (
            r#"{\"api_key\": \"0123456789abcdef0123456789abcdef\"}"#,
            r#"{\"api_key\": \"[api_key]\"}"#,
        ),
        ("AKIAIOSFODNN7EXAMPLE", "[api_key]"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.",
            "[jwt].",
        ),
        (
            "Authorization: Bearer abc1",
            "Authorization: Bearer [bearer]",
        ),
        ("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "basic [bearer]"),
        (
            "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b",
            "a [private_key] b",
        ),
        ("-----BEGIN PRIVATE KEY-----\\nMIIE", "[private_key]"),
    ] {
        assert_eq!(standard(text), expected);
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    for text in [
        "git@github.com:o/r.git, logo@2x.png, @scope/pkg@1.2.3, a@b",
        "4111 1111 1111 1112, 0.4111111111111111, order 1234567890123456",
        "2026-11-29 20:38, 01.02.2026 10 Uhr, 192.168.100.1, ISBN 978-3-16-148410-0, 1,000,000,000",
        "550e8400-e29b-41d4-a716-446655440000 v1.22.333.4444",
        "DE00 3704 0044 0532 0130 00, XX89 3704 0044 0532 0130 00, GB82 WEST",
        "sk-learn-is-a-package-for-machine-learning, the bearer of bad-news-and-worse, basic understanding",
        "api_key = os.environ.get_the_key_of_somebody, eyJub3QiOiJhIGhlYWRlciJ9.eyJhIjoxfQ.x",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----, -----BEGIN CERTIFICATE-----",
    ] {
        assert_eq!(standard(text), text);
        assert!(matches!(Rules::standard().text(text), Cow::Borrowed(_)));
    }
}

#[test]
fn what_overlaps_is_replaced_as_one() {
    assert_eq!(
        standard("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln, x"),
        "Bearer [bearer], x"
    );
    let own = |pattern| {
        Rules::standard()
            .pattern("own", pattern)
            .expect("a pattern")
    };
    assert_eq!(own("alice@").text("alice@example.com."), "[own].");
    assert_eq!(own("ple.com, bo").text("a@example.com, bob"), "[own]b");
}

#[test]
fn each_kind_of_content_may_have_rules_of_its_own() {
    let rules = Rules::standard()
        .instead_in(Content::Tools, Rules::new().with(Rule::Email))
        .instead_in(Content::Errors, Rules::new());
    let text = "a@example.com 4111111111111111";
    let mut arguments = json!({ text: [text, 4111111111111111_u64, 7, null] });
    rules.apply(&mut Redact::Arguments(&mut arguments));
    let kept = "[email] 4111111111111111";
    assert_eq!(
        arguments,
        json!({ kept: [kept, 4111111111111111_u64, 7, null] })
    );
    let mut error = text.to_owned();
    rules.apply(&mut Redact::ErrorText(&mut error));
    assert_eq!(error, text);
    let mut query = text.to_owned();
    rules.apply(&mut Redact::Query(&mut query));
    assert_eq!(query, "[email] [card]");

    let mut message = InputMessage::new("user");
    message.parts.push(Part::Text {
        content: text.to_owned(),
    });
    message.parts.push(Part::ToolCall {
        id: None,
        name: "pay".into(),
        arguments: Some(json!({ "card": 4111111111111111_u64 })),
    });
    rules.redactor()(&mut Redact::Input(&mut message));
    assert_eq!(
        serde_json::to_value(&message.parts).expect("JSON"),
        json!([
            {"type": "text", "content": "[email] [card]"},
            {"type": "tool_call", "name": "pay", "arguments": {"card": "[card]"}},
        ])
    );
}

#[test]
fn patterns_that_cannot_be_used_are_refused() {
    use std::error::Error as _;
    for name in ["", "a b", "é", "[x]"] {
        let error = Rules::new().pattern(name, "x").expect_err("a name");
        assert!(error.source().is_none() && error.to_string().contains("letters"));
    }
    for pattern in ["(", "(a{1000}){1000}"] {
        let error = Rules::new().pattern("x", pattern).expect_err("a pattern");
        assert!(error.source().is_some());
    }
    let empty = Rules::new().pattern("x", "a*").expect("a pattern");
    assert_eq!(empty.text("baab"), "b[x]b");
    assert_eq!(
        format!("{:?}", empty.with(Rule::Jwt)),
        r#"["[x]", "[jwt]"]"#
    );
}
