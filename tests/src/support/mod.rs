//! What tests share: allocators that count, log lines, processes of their own, a server on loopback.

pub mod alloc;
pub mod log;
pub mod process;
pub mod server;
pub mod spans;
