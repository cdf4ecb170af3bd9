//! What a framing cuts out of a byte stream.

/// An event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawEvent<'a> {
    /// Its name, where the framing has names.
    pub(crate) name: &'a str,
    pub(crate) data: &'a [u8],
    /// The framing says that it is an error.
    pub(crate) exception: bool,
}
