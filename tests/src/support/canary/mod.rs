//! Content that is recognised wherever it turns up, operations that are given it, and all places where it could leave.

pub mod make;
pub mod more;
pub mod ops;
pub mod outputs;
