//! Where content goes, and where it must not.

mod capture;
