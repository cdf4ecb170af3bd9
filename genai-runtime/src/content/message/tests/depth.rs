//! How deep JSON is written, copied, measured and shown to a redactor: the same depth for lists and for objects.

use serde::Serialize;

use super::*;
use crate::content::redact::Redact;

fn nested(levels: usize, is_list: bool) -> Value {
    (0..levels).fold(json!(7), |value, _| match is_list {
        true => json!([value]),
        false => json!({"k": value}),
    })
}

#[test]
fn what_is_too_deep_is_a_mark_wherever_it_goes() {
    let written = |value: &Value| {
        let mut out = out::Out::new(0, usize::MAX, false);
        out.value(value);
        out.finish().unwrap()
    };
    let serialized = |value: &Value| to_json(value).unwrap();
    let copied = |value: &Value| bound::json(value).to_string();
    let redacted = |value: &Value| {
        let mut value = value.clone();
        Redact::Arguments(&mut value).each_text(|_| {});
        value.to_string()
    };
    type Way<'a> = &'a dyn Fn(&Value) -> String;
    let ways: [(Way<'_>, usize); 4] = [
        (&written, 100),
        (&serialized, 99),
        (&copied, 100),
        (&redacted, 100),
    ];
    for (way, most) in ways {
        for (is_list, open, close) in [(true, "[", "]"), (false, "{\"k\":", "}")] {
            for (levels, inner) in [
                (most, "7".to_owned()),
                (most + 1, format!("{TOO_DEEP:?}")),
                (most + 9, format!("{TOO_DEEP:?}")),
            ] {
                assert_eq!(
                    way(&nested(levels, is_list)),
                    open.repeat(most) + &inner + &close.repeat(most)
                );
            }
        }
    }
    // Measured it is as deep as it is written.
    let of_mark = TOO_DEEP.len() + 3;
    for (is_list, each) in [(true, 3), (false, 2 + 1 + 4)] {
        assert_eq!(size::json(&nested(100, is_list)), 100 * each + 12);
        assert_eq!(size::json(&nested(101, is_list)), 100 * each + of_mark);
    }
}

/// A variant with fields is two levels: its name and what is in it.
#[test]
fn variants_are_two_levels() {
    #[derive(Serialize)]
    enum Nested {
        Two(Box<Nested>, u8),
        Named { a: Box<Nested> },
        End,
    }
    let two = (0..60).fold(Nested::End, |inner, _| Nested::Two(Box::new(inner), 1));
    let text = to_json(&two).unwrap();
    assert_eq!(text.matches("{\"Two\":[").count(), 50);
    assert_eq!(text.matches(TOO_DEEP).count(), 1);
    let named = (0..60).fold(Nested::End, |a, _| Nested::Named { a: Box::new(a) });
    let text = to_json(&named).unwrap();
    assert_eq!(text.matches("{\"Named\":{\"a\":").count(), 50);
    parsed(&text);
}
