//! Recorded provider traffic: loads recordings, replays them, and compares what was recorded with what is expected.

pub mod compare;
pub mod load;
pub mod messages;

pub use compare::{Observed, compare};
pub use load::{Recording, load_all};
