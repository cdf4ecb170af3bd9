//! Trace context in the `_meta` object of MCP messages: a context goes in and becomes keys of the object; an object of the other
//! side goes in, and a context with its span as the remote one comes out.
//!
//! OpenTelemetry's global propagator is a no-op unless the program sets one, so the W3C fields are written and read here. What
//! comes from the other side is bounded, and whatever is no trace context counts as none.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Map, Value};

use super::entry::{of_context, with_members};
use super::{GenAiContext, ambient, baggage, propagator, w3c};

/// The most bytes of a `traceparent` or `tracestate`, and of another propagator's field.
const LONGEST: usize = 512;
const LONGEST_OTHER: usize = 8192;

/// How the trace goes through MCP: [`TelemetryBuilder::mcp_propagation`](crate::TelemetryBuilder::mcp_propagation).
///
/// Baggage is no part of this: [`TelemetryBuilder::mcp_baggage`](crate::TelemetryBuilder::mcp_baggage).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Propagation {
    /// The W3C fields `traceparent` and `tracestate`, and those of OpenTelemetry's global propagator where one is set; the default.
    #[default]
    W3c,
    /// Only what OpenTelemetry's global propagator writes and reads: nothing where none is set.
    Global,
    /// Nothing is written and nothing read.
    Off,
}

/// Writes the span of `cx` into `meta`, if it has a valid one, and with it what of its baggage is sent, if that `goes_along`. Other
/// keys stay, as does a baggage that is there.
pub(crate) fn inject(
    how: Propagation,
    goes_along: bool,
    cx: &Context,
    meta: &mut Map<String, Value>,
) {
    let span = cx.span();
    let span = span.span_context();
    if how == Propagation::Off || !span.is_valid() {
        return;
    }
    if how == Propagation::W3c {
        // One of another span does not go with this one.
        meta.remove(w3c::STATE);
        w3c::write(span, &mut Writer(meta));
    }
    propagator::write(cx, &mut Writer(meta), |_| {});
    if goes_along && !meta.contains_key(baggage::FIELD) {
        let own = of_context(cx).cloned();
        let newer = with_members(cx, &own.unwrap_or_else(GenAiContext::current));
        if let Some(members) = baggage::members(newer.as_ref().unwrap_or(cx)) {
            meta.insert(baggage::FIELD.to_owned(), Value::String(members));
        }
    }
}

/// The current context with the span that `meta` names as the remote one; `None` where it names none.
pub(crate) fn extract(how: Propagation, meta: &Map<String, Value>) -> Option<Context> {
    if how == Propagation::Off || meta.is_empty() {
        return None;
    }
    let here = ambient::current();
    let fields = Reader(meta);
    let own = match how {
        Propagation::W3c => w3c::remote(&fields),
        _ => None,
    };
    let own = own.map(|span| here.with_remote_span_context(span));
    let theirs = propagator::read(own.as_ref().unwrap_or(&here), &fields, |_| true);
    // It may have found none, and left the one that is here.
    let is_here = |cx: &Context| cx.span().span_context() == here.span().span_context();
    theirs.filter(|cx| own.is_some() || !is_here(cx)).or(own)
}

/// What is ambient, with what is accepted of the baggage in `meta`, if anything `accepts` it and it has some.
pub(crate) fn accepted(accepts: bool, meta: &Map<String, Value>) -> Option<GenAiContext> {
    let members = meta.get(baggage::FIELD).filter(|_| accepts)?.as_str()?;
    let members = || std::iter::once(members.as_bytes());
    Some(baggage::accepted(GenAiContext::current(), members))
}

/// A string of `meta` that is not too long.
fn short<'a>(meta: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let text = meta.get(key)?.as_str()?;
    (text.len() <= longest(key)).then_some(text)
}

fn longest(key: &str) -> usize {
    match key {
        w3c::PARENT | w3c::STATE => LONGEST,
        _ => LONGEST_OTHER,
    }
}

/// A propagator would write and read all of it: the other side is not to be trusted with that, nor trusted.
fn is_baggage(key: &str) -> bool {
    key.eq_ignore_ascii_case(baggage::FIELD)
}

/// Where a propagator writes.
struct Writer<'a>(&'a mut Map<String, Value>);

impl Injector for Writer<'_> {
    fn set(&mut self, key: &str, value: String) {
        let is_one = !is_baggage(key) && !value.is_empty();
        if is_one && key.len() <= LONGEST && value.len() <= longest(key) {
            self.0.insert(key.to_owned(), Value::String(value));
        }
    }
}

/// What a propagator reads.
struct Reader<'a>(&'a Map<String, Value>);

impl Extractor for Reader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if is_baggage(key) {
            None
        } else {
            short(self.0, key)
        }
    }

    fn keys(&self) -> Vec<&str> {
        let keys = self.0.keys().map(String::as_str);
        keys.filter(|key| self.get(key).is_some()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use serde_json::json;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    fn meta(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn read(value: Value) -> Option<SpanContext> {
        let cx = extract(Propagation::W3c, &meta(value))?;
        Some(cx.span().span_context().clone())
    }

    #[test]
    fn what_is_written_is_read() {
        for flags in [TraceFlags::SAMPLED, TraceFlags::NOT_SAMPLED] {
            for state in ["", "a=1,b=2"] {
                let span = SpanContext::new(
                    TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128),
                    SpanId::from(0x00f0_67aa_0ba9_02b7_u64),
                    flags,
                    true,
                    TraceState::from_str(state).unwrap_or_default(),
                );
                let cx = Context::new().with_remote_span_context(span.clone());
                let mut meta = meta(json!({"progressToken": 7, "tracestate": "stale=1"}));
                inject(Propagation::W3c, false, &cx, &mut meta);
                assert_eq!(meta.get("progressToken"), Some(&json!(7)));
                assert_eq!(meta.get("tracestate").is_some(), !state.is_empty());
                let back = extract(Propagation::W3c, &meta).expect("a context");
                assert_eq!(back.span().span_context(), &span);
            }
        }
    }

    #[test]
    fn nothing_is_written_of_no_span_and_nothing_where_it_is_off() {
        let mut meta = meta(json!({"traceparent": "kept"}));
        let before = meta.clone();
        inject(Propagation::W3c, false, &Context::new(), &mut meta);
        let span = w3c::read(PARENT, None).expect("valid");
        let cx = Context::new().with_remote_span_context(span);
        inject(Propagation::Off, false, &cx, &mut meta);
        // Without a global propagator there is nothing that writes.
        inject(Propagation::Global, false, &cx, &mut meta);
        assert_eq!(meta, before);
        for how in [Propagation::Off, Propagation::Global] {
            assert!(
                extract(how, &self::meta(json!({"traceparent": PARENT}))).is_none(),
                "{how:?}"
            );
        }
    }

    #[test]
    fn what_is_no_trace_context_counts_as_none() {
        assert!(read(json!({"traceparent": PARENT})).is_some());
        let later = PARENT.replacen("00", "01", 1) + "-more";
        assert!(read(json!({"traceparent": later})).is_some());
        let long = "a".repeat(10_000_000);
        for bad in [
            json!(1),
            json!(1.5),
            json!(null),
            json!([PARENT]),
            json!({"traceparent": PARENT}),
            json!(""),
            json!("\u{0}\u{fffd}"),
            json!(long),
            json!(format!("{PARENT}-more")),
            json!(PARENT.to_uppercase()),
            json!(format!(" {PARENT}")),
            json!(PARENT.replacen("00", "ff", 1)),
            json!("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            json!("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
            json!("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-0"),
            json!("00-0af7651916cd43dd8448eb211c80319-00f067aa0ba902b7-01"),
            json!("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-+1"),
        ] {
            assert!(read(json!({"traceparent": bad})).is_none());
        }
        // A bad state does not take the parent with it.
        for bad in [json!(7), json!("no pairs"), json!("a".repeat(513))] {
            let span = read(json!({"traceparent": PARENT, "tracestate": bad})).expect("a span");
            assert_eq!(span.trace_state().header(), "");
        }
    }

    #[test]
    fn fields_are_read_up_to_their_length_and_baggage_never() {
        let fields = json!({
            "traceparent": "x".repeat(LONGEST),
            "tracestate": "x".repeat(LONGEST + 1),
            "b3": "x".repeat(LONGEST_OTHER),
            "uber": "x".repeat(LONGEST_OTHER + 1),
            "Baggage": "a=1",
            "number": 7,
            "empty": "",
        });
        let fields = meta(fields);
        let reader = Reader(&fields);
        let mut keys = reader.keys();
        keys.sort_unstable();
        assert_eq!(keys, ["b3", "empty", "traceparent"]);
        for (key, length) in [
            ("traceparent", Some(LONGEST)),
            ("tracestate", None),
            ("b3", Some(LONGEST_OTHER)),
            ("uber", None),
            ("Baggage", None),
            ("baggage", None),
            ("number", None),
            ("absent", None),
            ("empty", Some(0)),
        ] {
            assert_eq!(reader.get(key).map(str::len), length, "{key}");
        }
    }

    #[test]
    fn fields_are_written_up_to_their_length_and_baggage_never() {
        for (key, length, is_written) in [
            ("traceparent", LONGEST, true),
            ("traceparent", LONGEST + 1, false),
            ("b3", LONGEST_OTHER, true),
            ("b3", LONGEST_OTHER + 1, false),
            ("b3", 0, false),
            ("BAGGAGE", 1, false),
            (&"k".repeat(LONGEST), 1, true),
            (&"k".repeat(LONGEST + 1), 1, false),
        ] {
            let mut fields = Map::new();
            Writer(&mut fields).set(key, "x".repeat(length));
            assert_eq!(fields.len(), usize::from(is_written), "{key:.20} {length}");
            assert_eq!(fields.contains_key(key), is_written);
        }
    }

    #[test]
    fn nothing_is_accepted_that_is_no_text_or_not_asked_for() {
        let baggage = meta(json!({"baggage": "a=1"}));
        assert!(accepted(false, &baggage).is_none());
        assert!(accepted(true, &baggage).is_some());
        for none in [json!({}), json!({"baggage": 7}), json!({"Baggage": "a=1"})] {
            assert!(accepted(true, &meta(none)).is_none());
        }
    }
}
