//! The library's own diagnostics: one line per kind and process, through OpenTelemetry's internal log.
//!
//! No line holds content, and none a value of a user's that could be one.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::guard::guard;

static SAID: AtomicU32 = AtomicU32::new(0);

/// What is said once per process.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Once {
    EmptyPropertyKey,
    ConventionKey,
    ConventionValue,
    MetricAttribute,
    EmptyAttributeKey,
    ContentWithoutOptIn,
    EventsWithoutLogger,
    RedactorPanicked,
    NotSerialisable,
    HookPanicked,
    RequestPanicked,
    ResponsePanicked,
    ChunkPanicked,
    ErrorTextPanicked,
    SdkPanicked,
    ContentMode,
    EmitEvent,
    Propagation,
    Hook,
}

/// Says `text` unless something of the same kind was said.
pub(crate) fn once(kind: Once, text: impl FnOnce() -> String) {
    let bit = 1_u32 << (kind as u8);
    if SAID.load(Ordering::Relaxed) & bit == 0 && SAID.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        warning(&text());
    }
}

/// Says `text`.
pub(crate) fn warning(text: &str) {
    opentelemetry::otel_warn!(name: "GenAi.Warning", message = text);
    let _ = text;
}

/// Runs code that is not ours; its panic stays here and is said once.
#[inline]
pub(crate) fn contained<T>(kind: Once, what: &str, f: impl FnOnce() -> T) -> Option<T> {
    let value = guard(f);
    if value.is_none() {
        panicked(kind, what);
    }
    value
}

#[cold]
fn panicked(kind: Once, what: &str) {
    once(kind, || {
        format!("{what} panicked; its part is missing from the telemetry, the call goes on")
    });
}
