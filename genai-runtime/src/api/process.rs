//! The process default by free functions: what is on, and the flush and shutdown of hooks and uploads.

use std::time::Duration;

use crate::api::telemetry::Telemetry;
use crate::pipeline::config::ContentCapture;
use crate::pipeline::hook::Unfinished;

/// Where content goes; see [`Telemetry::content_capture`].
pub fn content_capture() -> ContentCapture {
    Telemetry::global().content_capture()
}

/// Whether chats emit an event; see [`Telemetry::emits_events`].
pub fn emits_events() -> bool {
    Telemetry::global().emits_events()
}

/// Whether the environment opts into the experimental conventions; see [`Telemetry::is_experimental`].
pub fn is_experimental() -> bool {
    Telemetry::global().is_experimental()
}

/// Whether a span, an event that will be emitted, or a hook gets content; see [`Telemetry::captures_content`].
///
/// ```
/// if genai::captures_content() {
///     // Build messages that only telemetry needs.
/// }
/// ```
pub fn captures_content() -> bool {
    Telemetry::global().captures_content()
}

/// Waits until hooks and uploads have done what was handed to them, `timeout` at most.
///
/// # Errors
///
/// What is not done by then.
///
/// ```
/// use std::time::Duration;
///
/// genai::flush(Duration::from_secs(1))?;
/// # Ok::<(), genai::hook::Unfinished>(())
/// ```
pub fn flush(timeout: Duration) -> Result<(), Unfinished> {
    Telemetry::global().flush(timeout)
}

/// As [`flush`], and stops them. Providers are shut down by whoever made them, after this.
///
/// # Errors
///
/// What is not done by then, and will not be.
///
/// ```
/// use std::time::Duration;
///
/// if let Err(left) = genai::shutdown(Duration::from_secs(5)) {
///     eprintln!("{left}");
/// }
/// ```
pub fn shutdown(timeout: Duration) -> Result<(), Unfinished> {
    Telemetry::global().shutdown(timeout)
}
