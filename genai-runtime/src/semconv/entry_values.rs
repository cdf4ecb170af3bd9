//! The values an entry takes, by the type of its key: what Rust has for it goes in, `None` leaves the key out.

use std::borrow::Cow;
use std::num::{
    NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize,
};
use std::rc::Rc;
use std::sync::Arc;

/// A value for a string key.
#[diagnostic::on_unimplemented(
    message = "this attribute is a string; `{Self}` is not",
    label = "expects a string, or an `Option` of one",
    note = "for an enum or a newtype write out how it becomes text, such as `x.as_str()` or `x.to_string()`"
)]
pub trait StrValue {
    /// The text.
    fn str_value(&self) -> Option<&str>;
}

/// A value for an integer key.
#[diagnostic::on_unimplemented(
    message = "this attribute is an integer; `{Self}` is not",
    label = "expects an integer of any size, or an `Option` of one"
)]
pub trait IntValue {
    /// The number; what does not fit is the nearest that does.
    fn int_value(&self) -> Option<i64>;
}

/// A value for a double key.
#[diagnostic::on_unimplemented(
    message = "this attribute is a double; `{Self}` is not",
    label = "expects a number, or an `Option` of one"
)]
pub trait FloatValue {
    /// The number.
    fn float_value(&self) -> Option<f64>;
}

/// A value for a boolean key.
#[diagnostic::on_unimplemented(
    message = "this attribute is a boolean; `{Self}` is not",
    label = "expects a `bool`, or an `Option` of one"
)]
pub trait BoolValue {
    /// The flag.
    fn bool_value(&self) -> Option<bool>;
}

/// A value for a key that is a list of strings.
#[diagnostic::on_unimplemented(
    message = "this attribute is a list of strings; `{Self}` is not",
    label = "expects a string, a slice, array or `Vec` of strings, or an `Option` of one of these"
)]
pub trait StrsValue {
    /// Calls `f` with each text; whether there is a list at all.
    fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool;
}

macro_rules! through {
    ($($ty:ty),*) => {$(
        impl<T: StrValue + ?Sized> StrValue for $ty {
            fn str_value(&self) -> Option<&str> {
                (**self).str_value()
            }
        }

        impl<T: IntValue + ?Sized> IntValue for $ty {
            fn int_value(&self) -> Option<i64> {
                (**self).int_value()
            }
        }

        impl<T: FloatValue + ?Sized> FloatValue for $ty {
            fn float_value(&self) -> Option<f64> {
                (**self).float_value()
            }
        }

        impl<T: BoolValue + ?Sized> BoolValue for $ty {
            fn bool_value(&self) -> Option<bool> {
                (**self).bool_value()
            }
        }

        impl<T: StrsValue + ?Sized> StrsValue for $ty {
            fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool {
                (**self).each_str(f)
            }
        }
    )*};
}
through!(&T, &mut T, Box<T>, Arc<T>, Rc<T>);

impl<T: StrValue> StrValue for Option<T> {
    fn str_value(&self) -> Option<&str> {
        self.as_ref()?.str_value()
    }
}

impl<T: IntValue> IntValue for Option<T> {
    fn int_value(&self) -> Option<i64> {
        self.as_ref()?.int_value()
    }
}

impl<T: FloatValue> FloatValue for Option<T> {
    fn float_value(&self) -> Option<f64> {
        self.as_ref()?.float_value()
    }
}

impl<T: BoolValue> BoolValue for Option<T> {
    fn bool_value(&self) -> Option<bool> {
        self.as_ref()?.bool_value()
    }
}

impl<T: StrsValue> StrsValue for Option<T> {
    fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool {
        self.as_ref().is_some_and(|v| v.each_str(f))
    }
}

macro_rules! strings {
    ($($ty:ty),*) => {$(
        impl StrValue for $ty {
            fn str_value(&self) -> Option<&str> {
                Some(self)
            }
        }

        impl StrsValue for $ty {
            fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool {
                f(self);
                true
            }
        }
    )*};
}
strings!(str, String, Cow<'_, str>);

macro_rules! integers {
    ($($ty:ty),*) => {$(
        impl IntValue for $ty {
            fn int_value(&self) -> Option<i64> {
                #[allow(unused_comparisons, clippy::allow_attributes, reason = "one text for signed and unsigned")]
                Some(i64::try_from(*self).unwrap_or(if *self < 0 { i64::MIN } else { i64::MAX }))
            }
        }

        impl FloatValue for $ty {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, clippy::allow_attributes, reason = "a double is asked for")]
            fn float_value(&self) -> Option<f64> {
                Some(*self as f64)
            }
        }
    )*};
}
integers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

macro_rules! non_zero {
    ($($ty:ty),*) => {$(
        impl IntValue for $ty {
            fn int_value(&self) -> Option<i64> {
                self.get().int_value()
            }
        }

        impl FloatValue for $ty {
            fn float_value(&self) -> Option<f64> {
                self.get().float_value()
            }
        }
    )*};
}
non_zero!(
    NonZeroI32,
    NonZeroI64,
    NonZeroU8,
    NonZeroU16,
    NonZeroU32,
    NonZeroU64,
    NonZeroUsize
);

impl FloatValue for f64 {
    fn float_value(&self) -> Option<f64> {
        Some(*self)
    }
}

impl FloatValue for f32 {
    fn float_value(&self) -> Option<f64> {
        Some(crate::semconv::value::widen(*self))
    }
}

impl BoolValue for bool {
    fn bool_value(&self) -> Option<bool> {
        Some(*self)
    }
}

impl<T: StrValue> StrsValue for [T] {
    fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool {
        for text in self.iter().filter_map(StrValue::str_value) {
            f(text);
        }
        true
    }
}

impl<T: StrValue, const N: usize> StrsValue for [T; N] {
    fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool {
        self.as_slice().each_str(f)
    }
}

impl<T: StrValue> StrsValue for Vec<T> {
    fn each_str(&self, f: &mut dyn FnMut(&str)) -> bool {
        self.as_slice().each_str(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_integer_fits_an_integer_key() {
        assert_eq!(u64::MAX.int_value(), Some(i64::MAX));
        assert_eq!(i128::MIN.int_value(), Some(i64::MIN));
        assert_eq!((-3_i8).int_value(), Some(-3));
        assert_eq!(Some(&7_usize).int_value(), Some(7));
        assert_eq!(None::<u32>.int_value(), None);
    }

    #[test]
    fn a_single_is_widened_through_its_text() {
        assert_eq!(0.1_f32.float_value(), Some(0.1));
        assert_eq!(f32::INFINITY.float_value(), Some(f64::INFINITY));
        assert_eq!(40_u8.float_value(), Some(40.0));
    }

    #[test]
    fn a_list_key_takes_a_string_or_a_sequence() {
        let all = |v: &dyn StrsValue| {
            let mut list = Vec::new();
            v.each_str(&mut |s| list.push(s.to_owned())).then_some(list)
        };
        assert_eq!(all(&"stop"), Some(vec!["stop".to_owned()]));
        assert_eq!(
            all(&vec![Some("a"), None, Some("b")]),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(all(&["x".to_owned()]), Some(vec!["x".to_owned()]));
        assert_eq!(all(&Some::<[&str; 0]>([])), Some(vec![]));
        assert_eq!(all(&None::<&str>), None);
    }
}
