//! The library's own diagnostics: one line per kind and process, through OpenTelemetry's internal log.
//!
//! No line holds content, and none a value of a user's that could be one. A line goes to the application's `tracing`
//! subscriber, which is not ours either: its panic ends here.

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
    TooManyAttributes,
    LongAttributeKey,
    ContentWithoutOptIn,
    EventsWithoutLogger,
    NotSerialisable,
    TwoVersions,
    NoProvider,
    ContentMode,
    EmitEvent,
    Propagation,
    Hook,
    SetElsewhere,
    OutsideOfConversation,
    SkippedEvent,
    /// A value does not go along as baggage.
    Unsent,
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    NotAccepted,
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    Ignored,
    EvaluationName,
    EvaluationScore,
    EvaluationResult,
    EvaluationTarget,
    EvaluationsWithoutLogger,
    #[cfg(feature = "genai-client-0_7")]
    NoUsage,
    /// It stays the last one, by which is checked that each has its bit.
    NotAClients,
}

const _: () = assert!((Once::NotAClients as u32) < u32::BITS, "one bit for each");

/// Whether this is the first of its kind.
fn is_first(kind: Once) -> bool {
    let bit = 1_u32 << (kind as u8);
    #[cfg(test)]
    if let Some(is_first) = super::heard::is_first(bit) {
        return is_first;
    }
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
        said(|| {
            opentelemetry::otel_debug!(name: "GenAi.Hint", message = text);
        });
        let _ = text;
    }
}

/// Says `text`.
pub(crate) fn warning(text: &str) {
    said(|| {
        opentelemetry::otel_warn!(name: "GenAi.Warning", message = text);
    });
    let _ = text;
}

/// Says what was configured. Where the application's spans are those of `tracing`, a line belongs to the one that is current,
/// which has nothing to do with this one: it belongs to none.
pub(crate) fn configured(settings: &str, has_hook: bool) {
    #[cfg(feature = "internal-logs")]
    said(|| {
        tracing::debug!(
            name: "GenAi.Configured",
            target: env!("CARGO_PKG_NAME"),
            parent: None,
            hook = has_hook,
            message = settings,
        );
    });
    let _ = (settings, has_hook);
}

/// Writes a line of the internal log.
pub(crate) fn said(line: impl FnOnce()) {
    // There is nowhere to say that this panicked.
    let _ = guard(line);
}
