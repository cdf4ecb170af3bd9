//! What a word of a JSON text is that stands for itself: a number, `true`, `false`, `null`, or no JSON at all.

use serde_json::{Number, Value};

use super::visit::Scalar;

/// What a word is that stands for itself. What is no JSON, such as `NaN`, is lost, and so is a number that is not finite.
pub(super) fn scalar_of(word: &str) -> Scalar<'static> {
    match word {
        "true" => return Scalar::Bool(true),
        "false" => return Scalar::Bool(false),
        _ if !is_number(word) => return Scalar::Null,
        _ => {}
    }
    if let Ok(n) = word.parse() {
        return Scalar::Int(n);
    }
    if let Ok(n) = word.parse() {
        return Scalar::Uint(n);
    }
    let finite = word.parse().ok().filter(|n: &f64| n.is_finite());
    finite.map_or(Scalar::Null, Scalar::Float)
}

/// The same as a value.
pub(super) fn value_of(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => word
            .parse()
            .map_or(Value::Null, |number: Number| Value::Number(number)),
    }
}

/// Whether it begins as a number does: `inf` and `nan` parse as well.
fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && word.ends_with(|last: char| last == '.' || last.is_ascii_digit())
}
