//! How far an operation got: whoever drops an unfinished one need not say why, the phase tells a panic from a cancellation.

/// How far an operation got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its attributes are being evaluated.
    #[default]
    Preparing,
    /// It starts when its future is first polled; until then it does not exist for anyone.
    Lazy,
    /// The user's code runs. Found in an operation that is dropped, it means that this code panicked: `thread::panicking()`
    /// would also be true for a future that is dropped while some other panic unwinds.
    Running,
    /// The user's code waits to be polled again.
    Waiting,
    /// The user's code is done; what its result says is being read.
    Complete,
    /// The user's code is being dropped unfinished, with its span current.
    Leaving,
}
