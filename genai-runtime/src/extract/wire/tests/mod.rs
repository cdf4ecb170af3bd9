//! Tests of the formats: recorded traffic, streams, bad input.

mod again;
mod bad_input;
mod dialects;
mod every_field;
mod framing;
mod lenient;
mod quiet;
mod rows;
mod streams;
