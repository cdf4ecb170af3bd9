//! The end of an operation: whether its result is an error, and of which class.
//!
//! Autoref specialization distinguishes the classes: `(&&&&&&result).end(call)` finds the impl on the most references whose
//! bound holds.

use std::any::type_name;
use std::error::Error;
use std::fmt::Display;
use std::ops::Deref;

use super::items::Items;
use super::returned::Returned;
use opentelemetry::StringValue;

use crate::extract::failure::{Reading, described, display, of_error, type_path};
use crate::extract::observe::Class;
use crate::extract::traits::ErrorType;
use crate::operation::{Op, Outcome};

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident, $item:ident on [$($receiver:tt)*] for [$($generics:tt)*] $ty:ty, $outcome:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// Ends the operation as the result says.
            fn end(&self, op: Box<Op>);
        }

        impl<$($generics)*> $name for $($receiver)* Returned<'_, $ty> {
            fn end(&self, op: Box<Op>) {
                let class: Class<$ty> = Class($outcome);
                end(class.0(self.0, &op), op);
            }
        }

        /// The same for the items of a stream.
        pub trait $item {
            /// The type of an item.
            type Value;

            /// Distinguishes errors from other items.
            fn class(&self) -> Class<Self::Value>;
        }

        impl<$($generics)*> $item for $($receiver)* Items<$ty> {
            type Value = $ty;

            fn class(&self) -> Class<$ty> {
                Class($outcome)
            }
        }
    )*};
}

levels! {
    /// The error classifies itself.
    ByErrorType, ItemByErrorType on [&&&&&] for [T, E: ErrorType] Result<T, E>,
        |out, op| by_error_type(out.as_ref().err()?, op);
    /// The error holds one of any type: `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
    ByCauses, ItemByCauses on [&&&&] for [T, E: Deref<Target: AnyError>] Result<T, E>,
        |out, op| by_causes(out.as_ref().err()?.any_error(), type_name::<E>(), op);
    /// The error may have causes.
    ByError, ItemByError on [&&&] for [T, E: Error + 'static] Result<T, E>,
        |out, op| by_causes(out.as_ref().err()?, type_name::<E>(), op);
    /// The error has a text.
    ByDisplay, ItemByDisplay on [&&] for [T, E: Display] Result<T, E>,
        |out, op| by_display(out.as_ref().err()?, type_name::<E>(), op);
    /// Only the error's type is known.
    ByPath, ItemByPath on [&] for [T, E] Result<T, E>, |out, _| by_path(out);
    /// There is no error.
    NoError, ItemNoError on [] for [T] T, |_, _| None;
}

/// Ends the operation as a class of its result says.
pub(super) fn end_as<T>(class: Class<T>, result: &T, mut op: Box<Op>) {
    op.complete();
    end(class.0(result, &op), op);
}

#[inline(never)]
fn end(outcome: Option<Outcome>, op: Box<Op>) {
    op.finish(outcome.unwrap_or(Outcome::Ok));
}

#[cold]
fn by_error_type(error: &dyn ErrorType, op: &Op) -> Option<Outcome> {
    let (error_type, message) = described(error, op.error_text_read());
    Some(Outcome::Error {
        error_type: StringValue::from(error_type),
        message,
    })
}

/// Errors of any type.
pub trait AnyError {
    /// Itself, of any type.
    fn any_error(&self) -> &(dyn Error + 'static);
}

macro_rules! any_error {
    ($($ty:ty),+) => {$(
        impl AnyError for $ty {
            fn any_error(&self) -> &(dyn Error + 'static) {
                self
            }
        }
    )+};
}
any_error!(
    dyn Error + 'static,
    dyn Error + Send + 'static,
    dyn Error + Send + Sync + 'static
);

#[cold]
fn by_causes(error: &(dyn Error + 'static), type_name: &'static str, op: &Op) -> Option<Outcome> {
    let (error_type, message) = of_error(error, type_name, Reading::of(op));
    Some(Outcome::Error {
        error_type: StringValue::from(error_type),
        message,
    })
}

#[cold]
fn by_display(error: &dyn Display, path: &'static str, op: &Op) -> Option<Outcome> {
    let message = op.error_text_read().and_then(|read| display(error, read));
    Some(Outcome::Error {
        error_type: type_path(path).into(),
        message,
    })
}

fn by_path<T, E>(out: &Result<T, E>) -> Option<Outcome> {
    out.as_ref().err().map(|_| Outcome::Error {
        error_type: type_path(type_name::<E>()).into(),
        message: None,
    })
}
