//! Values of association properties: a user's value in, an OpenTelemetry value out.

use std::sync::Arc;

use opentelemetry::{Array, StringValue, Value};

use crate::diag::call_out::{CallOut, contained};

/// A value of an association property: a boolean, integer, double, string, or flat list of one of these; anything else that
/// serialises becomes compact JSON text through [`message::to_json`](crate::message::to_json). An absent `Option` is left out.
///
/// ```
/// use genai::GenAiContext;
///
/// let context = GenAiContext::new()
///     .property("user.id", "alice")
///     .property("attempt", 2)
///     .property("tags", ["a", "b"])
///     .property("tenant", None::<&str>);
/// assert_eq!(context.properties().count(), 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value for a property",
    label = "expects a string, number, boolean, a list of one of these, or an `Option` of it",
    note = "render other values yourself, for example with `genai::message::to_json(&value)`"
)]
pub trait PropertyValue {
    /// The value; `None` leaves the property out.
    fn property_value(&self) -> Option<Value>;
}

/// The value of a property, of whatever says it.
pub(crate) fn value_of(value: &dyn PropertyValue) -> Option<Value> {
    contained(CallOut::Property, || value.property_value()).flatten()
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl PropertyValue for $ty {
            fn property_value(&self) -> Option<Value> {
                Some(Value::I64(i64::try_from(*self).unwrap_or(i64::MAX)))
            }
        }
        impl PropertyValue for [$ty] {
            fn property_value(&self) -> Option<Value> {
                let list = self.iter().map(|v| i64::try_from(*v).unwrap_or(i64::MAX)).collect();
                Some(Value::Array(Array::I64(list)))
            }
        }
    )*};
}
integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

macro_rules! scalars {
    ($($ty:ty, $value:path, $array:path, $convert:expr;)*) => {$(
        impl PropertyValue for $ty {
            fn property_value(&self) -> Option<Value> {
                Some($value($convert(self)))
            }
        }
        impl PropertyValue for [$ty] {
            fn property_value(&self) -> Option<Value> {
                Some(Value::Array($array(self.iter().map($convert).collect())))
            }
        }
    )*};
}
scalars! {
    f64, Value::F64, Array::F64, |v: &f64| *v;
    f32, Value::F64, Array::F64, |v: &f32| crate::semconv::value::widen(*v);
    bool, Value::Bool, Array::Bool, |v: &bool| *v;
    String, Value::String, Array::String, |v: &String| super::shared(v);
}

impl PropertyValue for [&str] {
    fn property_value(&self) -> Option<Value> {
        Some(Value::Array(Array::String(
            self.iter().map(|v| super::shared(v)).collect(),
        )))
    }
}

impl PropertyValue for str {
    fn property_value(&self) -> Option<Value> {
        Some(Value::String(super::shared(self)))
    }
}

impl PropertyValue for std::borrow::Cow<'_, str> {
    fn property_value(&self) -> Option<Value> {
        Some(Value::String(super::shared(self)))
    }
}

impl PropertyValue for Value {
    fn property_value(&self) -> Option<Value> {
        Some(self.clone())
    }
}

impl PropertyValue for StringValue {
    fn property_value(&self) -> Option<Value> {
        Some(Value::String(self.clone()))
    }
}

impl PropertyValue for serde_json::Value {
    fn property_value(&self) -> Option<Value> {
        match self {
            Self::Null => None,
            Self::Bool(b) => Some(Value::Bool(*b)),
            Self::Number(n) => n
                .as_i64()
                .map(Value::I64)
                .or_else(|| n.as_f64().map(Value::F64)),
            Self::String(s) => s.property_value(),
            Self::Array(items) => {
                list(items).or_else(|| Some(Value::String(self.to_string().into())))
            }
            Self::Object(_) => Some(Value::String(self.to_string().into())),
        }
    }
}

/// A flat list of one type; nulls are left out.
fn list(items: &[serde_json::Value]) -> Option<Value> {
    let mut items = items.iter().filter(|v| !v.is_null()).peekable();
    let array = match items.peek() {
        None => Array::String(Vec::new()),
        Some(serde_json::Value::Bool(_)) => Array::Bool(
            items
                .map(serde_json::Value::as_bool)
                .collect::<Option<_>>()?,
        ),
        Some(serde_json::Value::String(_)) => Array::String(
            items
                .map(|v| v.as_str().map(super::shared))
                .collect::<Option<_>>()?,
        ),
        Some(v) if v.is_i64() => Array::I64(
            items
                .map(serde_json::Value::as_i64)
                .collect::<Option<_>>()?,
        ),
        // Lists and objects are no numbers.
        Some(_) => Array::F64(
            items
                .map(serde_json::Value::as_f64)
                .collect::<Option<_>>()?,
        ),
    };
    Some(Value::Array(array))
}

impl<T> PropertyValue for Vec<T>
where
    [T]: PropertyValue,
{
    fn property_value(&self) -> Option<Value> {
        self.as_slice().property_value()
    }
}

impl<T, const N: usize> PropertyValue for [T; N]
where
    [T]: PropertyValue,
{
    fn property_value(&self) -> Option<Value> {
        self.as_slice().property_value()
    }
}

impl<T: PropertyValue> PropertyValue for Option<T> {
    fn property_value(&self) -> Option<Value> {
        self.as_ref().and_then(PropertyValue::property_value)
    }
}

macro_rules! through {
    ($($ty:ty)*) => {$(
        impl<T: PropertyValue + ?Sized> PropertyValue for $ty {
            fn property_value(&self) -> Option<Value> {
                (**self).property_value()
            }
        }
    )*};
}
through!(&T &mut T Box<T> Arc<T>);

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;
    use crate::GenAiContext;

    #[test]
    fn texts_of_every_kind_are_texts() {
        let text = Some(Value::String("a".into()));
        for value in [
            &"a" as &dyn PropertyValue,
            &"a".to_owned(),
            &Cow::Borrowed("a"),
            &Box::<str>::from("a"),
            &StringValue::from("a"),
            &Some(Value::String("a".into())),
            &json!("a"),
        ] {
            assert_eq!(value_of(value), text);
        }
        assert_eq!(value_of(&json!(null)), None);
        assert_eq!(value_of(&None::<Cow<'_, str>>), None);
    }

    #[test]
    fn lists_of_json_have_one_type() {
        for (json, array) in [
            (json!([1, null, 2]), Array::I64(vec![1, 2])),
            (json!([1.5, 2]), Array::F64(vec![1.5, 2.0])),
            (json!([u64::MAX]), Array::F64(vec![u64::MAX as f64])),
            (json!([true]), Array::Bool(vec![true])),
            (json!(["a"]), Array::String(vec!["a".into()])),
            (json!([null]), Array::String(Vec::new())),
        ] {
            assert_eq!(value_of(&json), Some(Value::Array(array)), "{json}");
        }
        for json in [json!([1, "a"]), json!([{}]), json!([[1]])] {
            assert_eq!(
                value_of(&json),
                Some(Value::String(json.to_string().into()))
            );
        }
    }

    #[test]
    fn lists_and_what_points_at_a_value_are_the_value() {
        let list = Some(Value::Array(Array::I64(vec![1, 2])));
        assert_eq!(value_of(&Vec::from([1_i64, 2])), list);
        assert_eq!(value_of(&[1_i64, 2]), list);
        assert_eq!(value_of(&[1_i64, 2].as_slice()), list);
        assert_eq!(value_of(&Arc::new(7_i64)), Some(Value::I64(7)));
        assert_eq!(value_of(&Some(7_i64)), Some(Value::I64(7)));
    }

    #[test]
    fn a_context_with_one_of_both_is_not_empty() {
        assert!(GenAiContext::new().is_empty());
        assert!(!GenAiContext::new().conversation_id("").is_empty());
        assert!(!GenAiContext::new().property("a", 1).is_empty());
    }
}
