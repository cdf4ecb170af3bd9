//! Calling code that is not ours, and saying something once.
//!
//! In come closures of users and providers, and things to report; out come their results, or nothing where they panicked, and
//! one line per kind in OpenTelemetry's internal log.

pub(crate) mod call_out;
pub(crate) mod guard;
pub(crate) mod locks;
pub(crate) mod retired;
pub(crate) mod sync;
pub(crate) mod warn;
