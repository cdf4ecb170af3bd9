//! An attempt in the call that runs on this thread: the call counts those that begin or end, and says which one it is.

use std::time::Instant;

use opentelemetry::KeyValue;

use super::attempts::{Attempts, COUNT, Place};
use super::inherited::Inherited;
use super::stack::{Active, Frame, with};

/// Another attempt in the call that runs here. Where none does, it is the first.
pub(crate) fn begin(now: Instant) -> Place {
    let place = with(Frame::is_there, |active| match active {
        Active::Operation(op) => {
            let place = op.rare_mut().attempts.begin(now);
            if place.number > 1 {
                op.attribute(COUNT, i64::from(place.number).into());
            }
            Some(place)
        }
        Active::Invocation(attachment) => {
            let invoked = &attachment.invoked;
            let place = invoked.with_attempts(|attempts| attempts.begin(now));
            if place.number > 1 {
                invoked.inherit(Inherited {
                    own_attributes: vec![KeyValue::new(COUNT, i64::from(place.number))],
                    ..Inherited::default()
                });
            }
            Some(place)
        }
        Active::Busy => None,
    });
    let alone = || Attempts::default().begin(now);
    place.flatten().unwrap_or_else(alone)
}

/// An attempt in the call that runs here has ended.
pub(crate) fn end(now: Instant) {
    with(Frame::is_there, |active| match active {
        Active::Operation(op) => op.rare_mut().attempts.end(now),
        Active::Invocation(attachment) => {
            (attachment.invoked).with_attempts(|attempts| attempts.end(now));
        }
        Active::Busy => {}
    });
}
