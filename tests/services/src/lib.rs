//! What the tests of services and of redaction share.

pub mod calls;
pub mod corpus;
pub mod traffic;
