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
    // What only touches is replaced one by one.
    let two = Rules::new().pattern("one", "ab").expect("a pattern");
    let two = two.pattern("two", "cd").expect("a pattern");
    assert_eq!(two.text("abcdab cd"), "[one][two][one] [two]");
    // Three of which each overlaps the next have the tag of the first rule.
    let three = two.pattern("three", "bcd?").expect("a pattern");
    assert_eq!(three.text("xabcdx"), "x[one]x");
    let last = Rules::new().pattern("last", "de").expect("a pattern");
    let last = last.pattern("first", "cd").expect("a pattern");
    let last = last.pattern("middle", "bc").expect("a pattern");
    assert_eq!(last.text("abcdef"), "a[last]f");
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

/// What a number stands in: its separators, what is around it, and what is before it.
#[test]
fn a_number_is_one_by_what_is_around_it() {
    let check = |rule: Rule, rows: &[(&str, &str)]| {
        for (text, expected) in rows {
            let rules = Rules::new().with(rule);
            assert_eq!(rules.text(text), *expected, "{text}");
            // At the end of a text and inside of it.
            let inside = rules.text(&format!("({text}) ")).into_owned();
            let is_found = expected != text;
            assert!(!is_found || inside.contains(rule.tag()), "{inside}");
        }
    };
    check(
        Rule::Card,
        &[
            ("No.4111111111111111", "No.[card]"),
            ("pay 1 4111111111111111", "pay 1 [card]"),
            ("4111111111111111.", "[card]."),
            ("4111111111111111, 4111111111111111", "[card], [card]"),
            ("xGB00 4111 1111 1111 1111", "xGB00 [card]"),
            ("GB00-4111 1111 1111 1111", "GB00-[card]"),
            ("3782-822463-10005", "[card]"),
            // A decimal, a word, the number of an account.
            ("0.4111111111111111", "0.4111111111111111"),
            ("4111111111111111.5", "4111111111111111.5"),
            ("4111111111111111,5", "4111111111111111,5"),
            ("4111111111111111_x", "4111111111111111_x"),
            ("4111111111111111x", "4111111111111111x"),
            ("x4111111111111111", "x4111111111111111"),
            ("GB00 4111 1111 1111 1111", "GB00 4111 1111 1111 1111"),
            // Other separators, and other groups.
            ("4111 1111-1111 1111", "4111 1111-1111 1111"),
            ("4111  1111  1111  1111", "4111  1111  1111  1111"),
            ("4111.1111.1111.1111", "4111.1111.1111.1111"),
            ("41111 11111 111111", "41111 11111 111111"),
            ("411 1111 1111 1111 11", "411 1111 1111 1111 11"),
        ],
    );
    check(
        Rule::Iban,
        &[
            ("DE89 3704 0044 0532 0130 00", "[iban]"),
            ("de89-3704-0044-0532-0130-00", "[iban]"),
            ("NO9386011117947", "[iban]"),
            // The sum, the length, the separators, the beginning.
            ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
            (
                "DE89 3704 0044 0532 0130 001",
                "DE89 3704 0044 0532 0130 001",
            ),
            ("DE89 3704 0044 0532 0130 0", "DE89 3704 0044 0532 0130 0"),
            ("DE89.3704.0044.0532.0130.00", "DE89.3704.0044.0532.0130.00"),
            (
                "DE89  3704 0044 0532 0130 00",
                "DE89  3704 0044 0532 0130 00",
            ),
            (
                "xDE89 3704 0044 0532 0130 00",
                "xDE89 3704 0044 0532 0130 00",
            ),
        ],
    );
    check(
        Rule::Phone,
        &[
            ("+(49) 30 901820", "[phone]"),
            ("(+49) 30 901820", "([phone]"),
            ("#+49 30 901820", "#[phone]"),
            ("+4930901820 5551234567", "[phone] 5551234567"),
            ("+49-30-901820 5551234567", "[phone] 5551234567"),
            ("(030) 90182012", "[phone]"),
            ("030 90182012", "[phone]"),
            ("030 - 90182012", "[phone]"),
            ("01234 567890", "[phone]"),
            ("06 12 34 56 78", "[phone]"),
            ("0049 30 901820", "[phone]"),
            // A part of something else.
            ("#030 90182012", "#030 90182012"),
            ("1234 030 90182012", "1234 030 90182012"),
            ("GB00 030 90182012", "GB00 030 90182012"),
            ("030 90182012.5", "030 90182012.5"),
            ("415-555-0132-12345678901", "415-555-0132-12345678901"),
            // The digits and their groups.
            ("+12345678", "+12345678"),
            ("+1234567890123456", "+1234567890123456"),
            ("+0123456789", "+0123456789"),
            ("030 90182", "030 90182"),
            ("0 30 90182012", "0 30 90182012"),
            ("012345 67890", "012345 67890"),
            ("03090182012", "03090182012"),
            ("00493012345678", "00493012345678"),
            ("115-555-0132", "115-555-0132"),
            ("415-155-0132", "415-155-0132"),
            ("2-415-555-0132", "2-415-555-0132"),
            ("030 -- 90182012", "030 -- 90182012"),
        ],
    );
}

/// After a word that announces it, a number of a telephone may have any groups, but is no date.
#[test]
fn a_number_that_is_announced_is_taken_unless_it_is_a_date() {
    let rules = Rules::new().with(Rule::Phone);
    for number in [
        "4155550132",
        "12 34 567",
        "123456789012345",
        "(415) 555 0132",
        "32.12.2026",
        "12.32.2026",
        "2026-13-01",
        "2026-12-32",
        "12.12.202",
    ] {
        let found = rules.text(&format!("Tel: {number}")).into_owned();
        assert_eq!(found, "Tel: [phone]", "{number}");
    }
    // The bracket is the number's, whatever is before it.
    assert_eq!(rules.text("Tel:(12) 34 567"), "Tel:[phone]");
    for number in [
        "12 34 56",
        "1234567890123456",
        "4155550132x",
        "31.12.2026",
        "12.31.2026",
        "31.12.2026 10",
        "2026-12-31",
        "2026-01-01 10",
    ] {
        let text = format!("Tel: {number}");
        assert_eq!(rules.text(&text), text);
    }
}

/// Digits in more groups than a card has are none, though their first five fit.
#[test]
fn a_card_has_no_more_than_five_groups() {
    let rules = Rules::new().with(Rule::Card);
    let is_card = |number: &str| rules.text(number) == "[card]";
    // An issuer with cards of 16 to 19 digits: of the last digits one is right for each length.
    let with_last = |digits: &str| {
        (0..10)
            .map(|last| format!("{digits}{last}"))
            .find(|number| is_card(number))
            .expect("one is right")
    };
    let wrong = |digits: &str| {
        (0..10)
            .map(|last| format!("{digits}{last}"))
            .find(|number| !is_card(number))
            .expect("nine are wrong")
    };
    // Only all 18 digits have a sum that is right.
    let digits = with_last(&wrong(&wrong("621234567890123")));
    let grouped = |lengths: &[usize]| {
        let mut rest = digits.as_str();
        let mut groups = Vec::new();
        for length in lengths {
            let (group, after) = rest.split_at(*length);
            groups.push(group);
            rest = after;
        }
        groups.join(" ")
    };
    assert!(is_card(&digits));
    assert!(is_card(&grouped(&[4, 4, 4, 4, 2])));
    assert!(!is_card(&grouped(&[4, 4, 4, 4, 1, 1])));
    assert_eq!(
        rules.text(&grouped(&[4, 4, 4, 4, 1, 1])),
        grouped(&[4, 4, 4, 4, 1, 1])
    );
}

/// A key, a token and a credential are what they are by their letters, and end before the punctuation after them.
#[test]
fn secrets_are_found_and_words_are_left() {
    let hex = "0123456789abcdef0123456789abcdef";
    let mixed = "AbcdefghijklmnopqrstuvwxyzAbcdef";
    for (text, expected) in [
        ("gsk_abcdefghijklmnopqrs1", "[api_key]"),
        ("gsk_abcdefghijklmnopqrsT", "[api_key]"),
        ("sk-proj-abcDEF0123456789abcdefGHIJ-- x", "[api_key]-- x"),
        ("api_key=abcDEF0123456789abc. x", "api_key=[api_key]. x"),
        (&format!("api_key={hex}"), "api_key=[api_key]"),
        (&format!("api_key={mixed}"), "api_key=[api_key]"),
        ("api_key=abcdefghi1-bcdefg", "api_key=[api_key]"),
        ("Bearer abcDEF012345", "Bearer [bearer]"),
        ("Bearer abcDEF012345.", "Bearer [bearer]."),
        ("Basic YTpiYw==", "Basic [bearer]"),
        ("'.a@example.com", "'.[email]"),
        ("%a@example.com", "%[email]"),
    ] {
        assert_eq!(standard(text), expected);
    }
    for text in [
        "gsk_abcdefghijklmnopqrst",
        "xgsk_abcdefghijklmnopqrs1",
        "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        &format!("api_key={}", &mixed[..31]),
        &format!("api_key={}", mixed.to_lowercase()),
        "api_key=Abcdefgh-Abcdefgh-Abcdefgh-Abcdefgh",
        "api_key=abcdefgh1-bcdefgh",
        "Bearer abcDEF01234",
        "Bearer certificates-and-more",
        // In base64: no colon; a colon, but no ASCII.
        "basic dW5kZXJzdGFuZGluZw==",
        "basic w6k6eA==",
        "'...@example.com",
    ] {
        assert_eq!(standard(text), text);
    }
}

#[test]
fn every_rule_has_its_tag_and_its_name_in_debug() {
    assert_eq!(
        format!("{:?}", Rules::standard().without(Rule::Iban)),
        r#"["[private_key]", "[bearer]", "[jwt]", "[api_key]", "[email]", "[card]", "[phone]"]"#
    );
    assert_eq!(format!("{:?}", Rules::new()), "[]");
}
