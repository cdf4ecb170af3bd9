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

/// An event, or a part of one that is too large to be held whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut<'a> {
    Whole(RawEvent<'a>),
    /// A large event begins, with what was held of it.
    Begin(RawEvent<'a>),
    /// It goes on.
    More(&'a [u8]),
    /// It has ended; its name, which may have come after its data.
    End(&'a str),
}

/// Takes what is cut out.
pub(crate) type Taken<'t> = &'t mut dyn FnMut(Cut<'_>);
