//! The process default by free functions: what is on, and the flush and shutdown of hooks and uploads.

use std::time::Duration;

use crate::api::telemetry::Telemetry;
use crate::pipeline::config::ContentCapture;

fn default() -> Telemetry {
    Telemetry {
        inner: crate::pipeline::current::default(),
    }
}

/// Where content goes; see [`Telemetry::content_capture`].
pub fn content_capture() -> ContentCapture {
    default().content_capture()
}

/// Whether chats emit an event; see [`Telemetry::emits_events`].
pub fn emits_events() -> bool {
    default().emits_events()
}

/// Whether the environment opts into the experimental conventions; see [`Telemetry::is_experimental`].
pub fn is_experimental() -> bool {
    default().is_experimental()
}

/// Whether a span, an event that will be emitted, or a hook gets content; see [`Telemetry::captures_content`].
///
/// ```
/// if genai::captures_content() {
///     // Build messages that only telemetry needs.
/// }
/// ```
pub fn captures_content() -> bool {
    default().captures_content()
}

/// Waits until hooks and uploads have done what was handed to them, `deadline` at most; returns whether they have.
///
/// ```
/// use std::time::Duration;
///
/// assert!(genai::flush(Duration::from_secs(1)));
/// ```
pub fn flush(deadline: Duration) -> bool {
    default().flush(deadline)
}

/// As [`flush`], and stops them. Providers are shut down by whoever made them, after this.
///
/// ```
/// use std::time::Duration;
///
/// if !genai::shutdown(Duration::from_secs(5)) {
///     eprintln!("some uploads were lost");
/// }
/// ```
pub fn shutdown(deadline: Duration) -> bool {
    default().shutdown(deadline)
}
