//! `error.type` from what a provider says of an error: a code, a type or a status, never a message.

use serde_json::Value;

use super::visit::Scalar;
use crate::content::message::Word;
use crate::extract::pending::ErrorFields;
use crate::extract::words::word;

/// How long a word may be that counts as a type.
const MAX_TYPE: usize = 64;

/// Whether `text` is a word of few values, as a type must be.
pub(crate) fn is_type(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_TYPE
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
}

/// The type among what an error object says: a code in words, a type, a status in words, then numbers.
pub(crate) fn chosen(error: &ErrorFields) -> Word {
    let fields = [&error.code, &error.kind, &error.status];
    let in_words = fields
        .iter()
        .filter_map(|f| f.as_ref())
        .find(|f| !f.bytes().all(|b| b.is_ascii_digit()));
    let any = in_words.or_else(|| fields.iter().filter_map(|f| f.as_ref()).next());
    any.cloned()
        .unwrap_or(Word::Borrowed(crate::semconv::OTHER))
}

/// A field that says of which kind an error is: a word, or a number.
pub(super) fn error_field(slot: &mut Option<Word>, value: Scalar<'_>) {
    match value {
        Scalar::Str(text) if is_type(text) => *slot = Some(word(text)),
        Scalar::Int(code) => *slot = Some(Word::Owned(code.to_string())),
        _ => {}
    }
}

fn field(object: &Value, key: &str) -> Option<Word> {
    match object.get(key)? {
        Value::String(text) if is_type(text) => Some(Word::Owned(text.clone())),
        Value::Number(code) => Some(Word::Owned(code.to_string())),
        _ => None,
    }
}

/// The type of the error in a body; `None` if it has none in words.
pub(crate) fn of_body(body: &Value) -> Option<Word> {
    // Gemini's streams answer a list of one.
    let body = body.get(0).unwrap_or(body);
    let error = body
        .get("error")
        .filter(|error| error.is_object())
        .unwrap_or(body);
    let fields = ErrorFields {
        code: field(error, "code"),
        kind: field(error, "type"),
        status: field(error, "status"),
    };
    // `__type` is how AWS names an exception in a body: `namespace#Name`.
    let exception = field_after_hash(body);
    exception.or_else(|| {
        Some(chosen(&fields))
            .filter(|word| word != crate::semconv::OTHER && word.parse::<u64>().is_err())
    })
}

fn field_after_hash(body: &Value) -> Option<Word> {
    let text = body.get("__type")?.as_str()?;
    let name = text.rsplit('#').next().unwrap_or(text);
    is_type(name).then(|| Word::Owned(name.to_owned()))
}
