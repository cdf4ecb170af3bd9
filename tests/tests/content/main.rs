//! Where content goes, and where it must not.

mod capture;
mod make;
mod ops;
mod sinks;
