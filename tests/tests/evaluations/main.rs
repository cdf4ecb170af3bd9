//! What is known of a call only when it has ended: the handle that names it, and the evaluations that are given to that.

mod attempts;
mod attribute;
mod conformance;
mod handle;
mod results;
