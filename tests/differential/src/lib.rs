//! Nothing of its own: `build.rs` writes functions, and `tests/differential.rs` runs them.
