//! Tests of the formats: recorded traffic, streams, bad input.

mod bad_input;
mod dialects;
mod framing;
mod rows;
mod streams;
