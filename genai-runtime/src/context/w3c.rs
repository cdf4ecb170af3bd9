//! W3C Trace Context: the texts of `traceparent` and `tracestate` go in and a remote span comes out, and the other way round.
//!
//! The texts come from anywhere: what is not in the form of the recommendation is no span. Nothing of them is kept beside the ids,
//! the sampled flag and the members of the state.

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

pub(crate) const PARENT: &str = "traceparent";
pub(crate) const STATE: &str = "tracestate";

/// The most bytes of a `tracestate` that are read; the recommendation asks for 512 at least.
const STATE_BYTES: usize = 8_192;

/// The length of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// The span that a `traceparent` names, in whatever version that has the fields of version 00; with the state, if that is well formed.
pub(crate) fn read(parent: &str, state: Option<&str>) -> Option<SpanContext> {
    let (known, more) = parent.split_at_checked(LENGTH)?;
    let mut fields = known.split('-');
    let version = hex::<2>(fields.next()?)?;
    let trace = hex::<32>(fields.next()?)?;
    let span = hex::<16>(fields.next()?)?;
    let flags = hex::<2>(fields.next()?)?;
    let is_well_formed = match version {
        0 => more.is_empty(),
        0xff => false,
        // A later version may have more fields.
        _ => more.is_empty() || more.starts_with('-'),
    };
    if !is_well_formed || fields.next().is_some() {
        return None;
    }
    let flags = if flags & 1 == 1 {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    let state = state
        .filter(|state| !state.is_empty() && state.len() <= STATE_BYTES)
        .and_then(|state| state.parse::<TraceState>().ok())
        .unwrap_or_default();
    let span = SpanId::from_bytes(u64::try_from(span).ok()?.to_be_bytes());
    let span = SpanContext::new(
        TraceId::from_bytes(trace.to_be_bytes()),
        span,
        flags,
        true,
        state,
    );
    span.is_valid().then_some(span)
}

/// The span that the fields name.
pub(crate) fn remote(fields: &dyn Extractor) -> Option<SpanContext> {
    read(fields.get(PARENT)?, fields.get(STATE))
}

/// The number that `N` lowercase hexadecimal digits write.
fn hex<const N: usize>(text: &str) -> Option<u128> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == N && text.bytes().all(is_hex))
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

/// The `traceparent` of a span; `None` of one that is not valid.
pub(crate) fn parent(span: &SpanContext) -> Option<String> {
    span.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            span.trace_id(),
            span.span_id(),
            span.trace_flags() & TraceFlags::SAMPLED
        )
    })
}

/// The `tracestate` of a span; `None` where it is empty.
pub(crate) fn state(span: &SpanContext) -> Option<String> {
    let state = span.trace_state().header();
    (!state.is_empty()).then_some(state)
}

/// Writes the fields of a span, if it is a valid one.
pub(crate) fn write(span: &SpanContext, fields: &mut dyn Injector) {
    if let Some(parent) = parent(span) {
        fields.set(PARENT, parent);
        if let Some(state) = state(span) {
            fields.set(STATE, state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_written_is_what_was_read() {
        for (text, sampled) in [(TEXT, true), (&TEXT.replace("-01", "-00"), false)] {
            let span = read(text, Some("a=1,b=2")).expect("a span");
            assert!(span.is_remote());
            assert_eq!(span.is_sampled(), sampled);
            assert_eq!(parent(&span).as_deref(), Some(text));
            assert_eq!(state(&span).as_deref(), Some("a=1,b=2"));
        }
        assert_eq!(parent(&SpanContext::empty_context()), None);
        assert_eq!(state(&read(TEXT, None).expect("a span")), None);
    }

    #[test]
    fn the_flags_that_are_not_known_are_not_handed_on() {
        let span = read(&TEXT.replace("-01", "-ff"), None).expect("a span");
        assert_eq!(parent(&span).as_deref(), Some(TEXT));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = |more: &str| format!("01{}{more}", &TEXT[2..]);
        assert!(read(&later(""), None).is_some());
        assert!(read(&later("-what-comes"), None).is_some());
        assert!(read(&later("x"), None).is_none());
    }

    #[test]
    fn what_is_malformed_is_no_span() {
        let ids = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
        let mut texts = vec![
            String::new(),
            TEXT.to_uppercase(),
            format!("{TEXT}-00"),
            format!("{TEXT}0"),
            TEXT.replacen("00-", "ff-", 1),
            TEXT.replace('-', "_"),
            TEXT.replace(ids[0], &"0".repeat(32)),
            TEXT.replace(ids[1], &"0".repeat(16)),
            TEXT.replace("-01", "-+1"),
            TEXT.replace("b7", "é"),
            "-".repeat(LENGTH),
            "0".repeat(10_000_000),
        ];
        texts.extend((0..TEXT.len()).map(|end| TEXT[..end].to_owned()));
        for text in texts {
            assert_eq!(read(&text, None), None, "{:.80}", text);
        }
    }

    #[test]
    fn a_state_of_many_members_is_kept_up_to_its_bytes() {
        // As many members of 256 bytes as fit, with the commas between them.
        let member = |at: usize, bytes: usize| format!("k{at:02}={}", "x".repeat(bytes - 4));
        let state_of = |last: usize| {
            let mut members: Vec<_> = (0..31).map(|at| member(at, 255)).collect();
            members.push(member(31, last));
            members.join(",")
        };
        let longest = state_of(256);
        assert_eq!(longest.len(), STATE_BYTES);
        let span = read(TEXT, Some(&longest)).expect("a span");
        assert_eq!(state(&span).as_deref(), Some(&*longest));
        let span = read(TEXT, Some(&state_of(257))).expect("a span");
        assert_eq!(state(&span), None);
        assert_eq!(state(&read(TEXT, Some("")).expect("a span")), None);
    }

    #[test]
    fn fields_are_written_and_read_by_their_names() {
        let span = read(TEXT, Some("a=1")).expect("a span");
        let mut fields = std::collections::HashMap::<String, String>::new();
        write(&SpanContext::NONE, &mut fields);
        assert!(fields.is_empty() && remote(&fields).is_none());
        write(&read(TEXT, None).expect("a span"), &mut fields);
        assert_eq!(fields.len(), 1);
        write(&span, &mut fields);
        assert_eq!(fields.get(PARENT).map(String::as_str), Some(TEXT));
        assert_eq!(fields.get(STATE).map(String::as_str), Some("a=1"));
        assert_eq!(remote(&fields), Some(span));
        fields.remove(PARENT);
        assert_eq!(remote(&fields), None);
    }

    #[test]
    fn a_state_that_is_too_long_or_malformed_leaves_the_span() {
        for state_text in ["no member", &format!("a={}", "x".repeat(STATE_BYTES))] {
            let span = read(TEXT, Some(state_text)).expect("a span");
            assert_eq!(state(&span), None);
        }
    }
}
