//! What tests share: allocators that count, the clock of a thread, dice, log lines, processes of their own, a server on loopback.

pub mod alloc;
pub mod canary;
pub mod cpu;
pub mod dice;
pub mod log;
pub mod process;
pub mod server;
pub mod spans;
pub mod thorough;
