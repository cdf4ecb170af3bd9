//! Recorded provider traffic: loads recordings, replays them, and compares what was recorded with what is expected.

pub mod compare;
pub mod deviations;
pub mod http;
pub mod load;
pub mod messages;
pub mod mutate;
pub mod probe;
pub mod replay;

pub use compare::{Observed, compare};
pub use load::{Recording, all, load};
