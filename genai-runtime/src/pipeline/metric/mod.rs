//! Instruments of the user's own: definitions and measurements go in, points of the meter provider that the operations use come
//! out.

mod define;
mod error;
mod labels;
mod record;
mod registry;

pub(crate) use define::{Definition, Type, check_name};
pub use error::InstrumentError;
pub(crate) use record::Measurement;
pub(crate) use registry::{Core, Registry};
