//! What an attribute costs: allocations, instructions, the size of futures and of the expansion.

mod allocations;
mod expansion;
mod instructions;
mod sizes;
