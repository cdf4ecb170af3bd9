//! Operations inside operations, and the context they share: who is whose parent, and whose conversation and user it is.

mod below;
mod conversations;
mod engine;
mod fields;
mod lost;
mod nesting;
mod order;
mod orders;
mod reach;
mod set_context;
