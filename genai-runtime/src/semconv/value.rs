//! Values of attributes: conversions that cost no more than they must.

use opentelemetry::{Key, KeyValue, StringValue, Value};

use crate::semconv::registry::{self, Id};

/// Words that most responses use, so that they need no allocation.
const WORDS: [&str; 8] = [
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "end_turn",
    "tool_use",
    "max_tokens",
    "STOP",
];

/// A string value; well-known words are not copied.
pub(crate) fn word(text: &str) -> StringValue {
    match WORDS.iter().find(|w| **w == text) {
        Some(w) => StringValue::from(*w),
        None => StringValue::from(text.to_owned()),
    }
}

/// Widens a single-precision number through its decimal text, so that `0.1_f32` becomes `0.1`.
pub(crate) fn widen(value: f32) -> f64 {
    // Up to three decimals, which is what people write, need no text. Among decimals of at most six digits there is one at most
    // that is this number, and the quotient is the double nearest to it.
    let thousandths = (f64::from(value) * 1000.0).round();
    let short = thousandths / 1000.0;
    if thousandths.abs() < 1_000_000.0 && short as f32 == value {
        return short;
    }
    // The longest text of an `f32` in scientific notation has 16 characters.
    let mut buffer = [0_u8; 32];
    let mut rest = buffer.as_mut_slice();
    let written = std::io::Write::write_fmt(&mut rest, format_args!("{value:e}"));
    let len = 32 - rest.len();
    let text = buffer
        .get(..len)
        .and_then(|text| std::str::from_utf8(text).ok());
    match (written, text.map(str::parse)) {
        (Ok(()), Some(Ok(wide))) => wide,
        _ => f64::from(value),
    }
}

/// Adds an attribute of the conventions to a list.
///
/// The room is looked at before the attribute is made, so that it is constructed in place: docs/performance.md, "Store forwarding".
#[inline]
pub(crate) fn push(list: &mut Vec<KeyValue>, id: Id, value: impl Into<Value>) {
    if list.len() == list.capacity() {
        grow(list, attribute(id, value));
    } else {
        list.push(attribute(id, value));
    }
}

#[cold]
#[inline(never)]
fn grow(list: &mut Vec<KeyValue>, attribute: KeyValue) {
    list.reserve(8);
    list.push(attribute);
}

/// The value of an attribute of the conventions in a list.
pub(crate) fn look_up(list: &[KeyValue], id: Id) -> Option<&Value> {
    let key = registry::key(id);
    let found = list.iter().find(|a| a.key.as_str() == key);
    found.map(|a| &a.value)
}

/// An attribute of the conventions.
#[inline]
pub(crate) fn attribute(id: Id, value: impl Into<Value>) -> KeyValue {
    KeyValue::new(Key::from_static_str(registry::key(id)), value)
}

#[cfg(test)]
mod tests {
    use super::widen;

    #[test]
    fn a_widened_number_has_the_decimals_it_had() {
        for text in [
            "0",
            "-0",
            "0.1",
            "0.7",
            "-0.33",
            "1.9",
            "999.999",
            "0.0005",
            "1e-10",
            "16777216",
            "3.4028235e38",
            "0.123456789",
        ] {
            let narrow: f32 = text.parse().expect("a number");
            let wide: f64 = narrow.to_string().parse().expect("a number");
            assert_eq!(widen(narrow), wide, "{text}");
        }
        for thousandths in -20_000..20_000 {
            let narrow = thousandths as f32 / 1000.0;
            assert_eq!(Ok(widen(narrow)), narrow.to_string().parse(), "{narrow}");
        }
        assert!(widen(f32::NAN).is_nan());
        assert_eq!(widen(f32::INFINITY), f64::INFINITY);
    }
}
