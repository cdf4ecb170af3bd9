//! What tests share: allocators that count, the clock of a thread, dice, the last step of the SDK, log lines, processes of their own, a
//! server on loopback.

pub mod alloc;
pub mod canary;
pub mod cpu;
pub mod dice;
pub mod last_step;
pub mod log;
pub mod process;
pub mod server;
pub mod spans;
pub mod thorough;
