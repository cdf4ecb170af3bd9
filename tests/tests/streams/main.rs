//! Streams: what is recorded wherever they end, and the memory they take.

mod large;
mod memory;
mod positions;
mod pushed;
mod times;
