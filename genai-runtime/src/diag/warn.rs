//! The library's own diagnostics: one line per kind and process, through OpenTelemetry's internal log.
//!
//! No line holds content, and none a value of a user's that could be one.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::diag::guard::guard;

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
    TwoVersions,
    ContentMode,
    EmitEvent,
    Propagation,
    Hook,
    #[cfg(feature = "genai-client-0_7")]
    NoUsage,
}

/// Whether this is the first of its kind.
fn is_first(kind: Once) -> bool {
    let bit = 1_u32 << (kind as u8);
    SAID.load(Ordering::Relaxed) & bit == 0 && SAID.fetch_or(bit, Ordering::Relaxed) & bit == 0
}

/// Says `text` unless something of the same kind was said.
pub(crate) fn once(kind: Once, text: impl FnOnce() -> String) {
    if is_first(kind) {
        warning(&text());
    }
}

/// Likewise for what is no fault: a program may well want it so.
#[cfg(feature = "genai-client-0_7")]
pub(crate) fn hint(kind: Once, text: &str) {
    if is_first(kind) {
        opentelemetry::otel_debug!(name: "GenAi.Hint", message = text);
        let _ = text;
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
