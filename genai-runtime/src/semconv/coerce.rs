//! A value and the attribute it is meant for in; the value in the type of the conventions, or nothing, out.

use opentelemetry::{Array, Value};

use super::registry::{Id, Type, keys, ty};

/// The value as a span or metric may have it under a key of the conventions: of the conventions' type, and no content.
pub(crate) fn convention_value(id: Id, value: Value) -> Option<Value> {
    let is_content = id == keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id()
        || id == keys::EXCEPTION_MESSAGE.id()
        || id == keys::EXCEPTION_STACKTRACE.id();
    coerce(id, value).filter(|_| !is_content)
}

/// The value as the type of `id` has it; `None` if it cannot be.
pub(crate) fn coerce(id: Id, value: Value) -> Option<Value> {
    let value = match (ty(id)?, value) {
        #[allow(
            clippy::cast_precision_loss,
            reason = "an integer given for a double is a double"
        )]
        (Type::Double, Value::I64(n)) => Value::F64(n as f64),
        (Type::Strs, Value::String(text)) => Value::Array(Array::String(vec![text])),
        (_, value) => value,
    };
    let fits = matches!(
        (ty(id)?, &value),
        (Type::Str, Value::String(_))
            | (Type::Int, Value::I64(_))
            | (Type::Double, Value::F64(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Strs, Value::Array(Array::String(_)))
    );
    fits.then_some(value)
}
