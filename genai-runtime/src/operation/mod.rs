//! The running operation: attributes and content go in before and during the call; one span, its metrics, its event and the call of the
//! hook come out.
//!
//! A [`Slot`] is `None` where nobody listens. Everything here is outlined from the code of users' functions.

pub(crate) mod active;
mod allowed;
pub(crate) mod attempting;
pub(crate) mod attempts;
mod attribute_sets;
mod before;
mod begin;
mod capture;
mod chunks;
mod clock;
mod constant;
mod custom;
mod entries;
pub(crate) mod evaluation;
mod extra;
mod facts;
mod finish;
mod first_class;
mod gathered;
mod handle;
mod inherited;
mod interner;
mod invoked;
mod labels;
mod leaving;
pub(crate) mod mcp;
mod mcp_facts;
mod metrics;
#[cfg(loom)]
#[cfg(test)]
mod models;
mod name;
mod nested;
mod op;
mod pool;
mod quick_hash;
mod span_names;
mod stack;
mod start;
mod state;
#[cfg(test)]
mod test_seam;

pub(crate) use chunks::ChunkTimer;
pub(crate) use finish::Outcome;
pub(crate) use handle::Watch;
pub(crate) use invoked::Invoked;
pub(crate) use leaving::{leave, left};
pub(crate) use op::Gathers;
pub use op::{Op, Slot};
