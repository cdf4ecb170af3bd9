//! The running operation: facts go in before and during the call, one span, its metrics, event and hook call come out.
//!
//! `None` in a [`Slot`] is an operation nobody listens to. Everything here is outlined from the code of users' functions.

pub(crate) mod active;
mod allowed;
mod begin;
mod cache;
mod capture;
mod chunks;
mod clock;
mod custom;
mod entries;
mod extra;
mod facts;
mod finish;
mod inherited;
mod leaving;
mod metrics;
mod name;
mod nested;
mod op;
mod phase;
mod pool;
mod quick_hash;
mod start;
#[cfg(test)]
mod test_seam;

pub(crate) use chunks::ChunkClock;
pub(crate) use finish::Outcome;
pub(crate) use leaving::{leave, left};
pub use op::{Op, Slot};
pub(crate) use phase::Phase;
