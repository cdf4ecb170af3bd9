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

/// An issuer's numbers have its lengths; a number of no issuer, or of another length, is none.
#[test]
fn cards_of_every_issuer_are_found() {
    // With the last digit that makes the sum right.
    let card = |start: &str, length: usize| {
        let mut digits: Vec<u32> = start.chars().filter_map(|c| c.to_digit(10)).collect();
        digits.resize(length - 1, 7);
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(at, digit)| match at % 2 {
                0 if *digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => *digit,
            })
            .sum();
        digits.push((10 - sum % 10) % 10);
        let digits = digits
            .iter()
            .filter_map(|digit| char::from_digit(*digit, 10));
        digits.collect::<String>()
    };
    let found = |number: &str| Rules::new().with(Rule::Card).text(number) == "[card]";
    for (start, lengths) in [
        ("34", &[15][..]),
        ("37", &[15]),
        ("30", &[14, 15, 16, 17, 18, 19]),
        ("36", &[14, 19]),
        ("38", &[14, 19]),
        ("39", &[14, 19]),
        ("3528", &[16, 17, 18, 19]),
        ("3589", &[16]),
        ("40", &[13, 16, 19]),
        ("49", &[13, 16, 19]),
        ("51", &[16]),
        ("55", &[16]),
        ("2221", &[16]),
        ("2720", &[16]),
        ("2200", &[16, 17, 18, 19]),
        ("2204", &[16]),
        ("60", &[16, 19]),
        ("62", &[16, 19]),
        ("64", &[16, 19]),
        ("65", &[16, 19]),
        ("50", &[13, 14, 15, 16, 19]),
        ("56", &[13, 19]),
        ("58", &[13, 19]),
        ("61", &[13, 19]),
        ("63", &[13, 19]),
        ("66", &[13, 19]),
        ("69", &[13, 19]),
    ] {
        for length in 12..=20 {
            let number = card(start, length);
            let is_one = lengths.contains(&length);
            let is_range = matches!(
                start,
                "34" | "37" | "30" | "3528" | "40" | "49" | "51" | "55" | "2221" | "2720"
            );
            if is_one || is_range {
                assert_eq!(found(&number), is_one, "{number}, of {length}");
            }
        }
    }
    for start in [
        "31", "32", "33", "3527", "3590", "2199", "2205", "2220", "2721", "10", "70", "99",
    ] {
        assert!(!found(&card(start, 16)), "{start}");
    }
    // One digit wrong.
    assert!(found("4111111111111111") && !found("4111111111111112"));
}

#[test]
fn dates_are_no_numbers_of_telephones() {
    for text in [
        "2026-11-29 20 38 11",
        "2026 12 31 11",
        "31.12.2026 10 20",
        "29 11 2026 20 38",
    ] {
        assert_eq!(standard(text), text);
    }
    for text in ["(+49) 30 901820", "(+1) 415 555 0132", "+49 30 901820"] {
        let found = Rules::new().with(Rule::Phone).text(text).into_owned();
        assert!(
            found.contains("[phone]") && !found.contains("901820") && !found.contains("0132"),
            "{found}"
        );
    }
}

/// A value that a name announces is taken where it looks drawn: hexadecimal digits in groups are, words are not.
#[test]
fn what_a_name_announces_is_taken_where_it_is_drawn() {
    for (value, is_drawn) in [
        ("7f3a-99b1-04cd-e2f0-1188-aa02", true),
        ("12ab34cd-56ef-78ab-90cd-12ef34ab56cd", true),
        ("the-key-of-room-12-in-the-house", false),
        ("abcDEF0123456789abcDEF", true),
        ("get_the_key_of_somebody_else", false),
        ("0123456789012345678901234567", false),
    ] {
        let text = format!("api_key = {value}");
        let expected = if is_drawn {
            "api_key = [api_key]"
        } else {
            &*text
        };
        assert_eq!(standard(&text), expected);
    }
}

/// Attributes of tools go by the rules of tools, others by those of what is sent.
#[test]
fn attributes_go_by_the_rules_of_their_kind() {
    let rules = Rules::standard().instead_in(Content::Tools, Rules::new());
    for (key, expected) in [
        ("gen_ai.tool.description", "a@example.com"),
        ("gen_ai.request.user", "[email]"),
    ] {
        let mut value = "a@example.com".to_owned();
        rules.apply(&mut Redact::Attribute {
            key,
            text: &mut value,
        });
        assert_eq!(value, expected, "{key}");
    }
}

#[test]
fn a_rule_may_be_left_out() {
    let text = "a@example.com 4111111111111111";
    assert_eq!(
        Rules::standard().without(Rule::Card).text(text),
        "[email] 4111111111111111"
    );
    assert_eq!(
        Rules::standard().without(Rule::Email).text(text),
        "a@example.com [card]"
    );
    assert_eq!(
        Rules::standard().without(Rule::Jwt).text(text),
        "[email] [card]"
    );
}
