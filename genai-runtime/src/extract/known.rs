//! The standard library's types as requests, responses, chunks and errors: what a wrapper holds speaks for it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::content::message::{OutputMessage, Part};
use crate::extract::accumulator::Accumulator;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{Chunk, ErrorType, ProviderRequest, Request, Response};

macro_rules! through {
    ($($ty:ty),*) => {$(
        impl<T: Request + ?Sized> Request for $ty {
            fn record_request(&self, recorder: &mut Recorder<'_>) {
                (**self).record_request(recorder);
            }
        }

        impl<T: ProviderRequest + ?Sized> ProviderRequest for $ty {
            fn provider(&self) -> Cow<'_, str> {
                (**self).provider()
            }
        }

        impl<T: Response + ?Sized> Response for $ty {
            fn record_response(&self, recorder: &mut Recorder<'_>) {
                (**self).record_response(recorder);
            }
        }

        impl<T: Chunk + ?Sized> Chunk for $ty {
            fn record_chunk(&self, stream: &mut Accumulator) {
                (**self).record_chunk(stream);
            }
        }

        impl<T: ErrorType + ?Sized> ErrorType for $ty {
            fn error_type(&self) -> Cow<'_, str> {
                (**self).error_type()
            }

            fn description(&self) -> Option<Cow<'_, str>> {
                (**self).description()
            }
        }
    )*};
}
through!(&T, &mut T, Box<T>, Arc<T>);

impl<T: Request> Request for Option<T> {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        if let Some(request) = self {
            request.record_request(recorder);
        }
    }
}

/// Says nothing, which is what a function that returns nothing has to say.
impl Response for () {
    fn record_response(&self, _: &mut Recorder<'_>) {}
}

impl<T: Response> Response for Option<T> {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        if let Some(response) = self {
            response.record_response(recorder);
        }
    }
}

impl<T: Response, E> Response for Result<T, E> {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        if let Ok(response) = self {
            response.record_response(recorder);
        }
    }
}

impl<T: Chunk> Chunk for Option<T> {
    fn record_chunk(&self, stream: &mut Accumulator) {
        if let Some(chunk) = self {
            chunk.record_chunk(stream);
        }
    }
}

/// Several chunks that arrived at once.
impl<T: Chunk> Chunk for Vec<T> {
    fn record_chunk(&self, stream: &mut Accumulator) {
        at_once(self, stream, T::record_chunk);
    }
}

/// Takes in chunks that arrived at once: they are output if one of them is.
#[inline]
pub(crate) fn at_once<T>(
    chunks: &[T],
    stream: &mut Accumulator,
    take: impl Fn(&T, &mut Accumulator),
) {
    let mut is_output = false;
    for chunk in chunks {
        take(chunk, stream);
        is_output |= stream.take_output();
    }
    if !is_output {
        stream.no_output();
    }
}

/// A request in two parts, such as messages and options; the first wins.
impl<A: Request, B: Request> Request for (A, B) {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        self.0.record_request(recorder);
        self.1.record_request(recorder);
    }
}

/// Nothing is known of the error.
impl ErrorType for () {
    fn error_type(&self) -> Cow<'_, str> {
        Cow::Borrowed(crate::semconv::OTHER)
    }
}

impl<T: Chunk, E> Chunk for Result<T, E> {
    fn record_chunk(&self, stream: &mut Accumulator) {
        match self {
            Ok(chunk) => chunk.record_chunk(stream),
            Err(_) => stream.no_output(),
        }
    }
}

/// An assistant's text: content, and nothing else is known of it.
impl Response for str {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        if recorder.wants_content() {
            let message = OutputMessage {
                role: Cow::Borrowed("assistant"),
                parts: vec![Part::Text {
                    content: self.to_owned(),
                }],
                finish_reason: None,
                name: None,
            };
            recorder.output(Cow::Owned(vec![message]));
        }
    }
}

/// An assistant's text.
impl Response for String {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        self.as_str().record_response(recorder);
    }
}

/// An assistant's text.
impl Response for Cow<'_, str> {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        (**self).record_response(recorder);
    }
}
