//! What one operation records, whatever becomes of it: how it starts, how its body ends, and what fails on the way.

mod answers;
mod behaviour;
mod call_outs;
mod campaigns;
mod causes;
mod configured;
mod exceptions;
mod faults;
mod inside;
mod instruments;
mod late;
mod lifecycle;
mod limits;
mod mcp;
mod off;
mod processes;
mod secrets;
mod start;
mod vocabulary;
