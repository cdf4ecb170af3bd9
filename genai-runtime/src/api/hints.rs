//! What the macros point at to warn: the compiler shows the note of a deprecated constant at the place that names it.

/// Named in the body of a function that returns a stream without `stream`.
#[deprecated(
    note = "a warning, nothing is deprecated: the operation ends when the stream is returned, not when it ends; add `stream` to the attribute, or `returns = value` if that is intended"
)]
pub const STREAM_WITHOUT_STREAM: () = ();
