//! The process default by free functions: what is on, and the flush and shutdown of hooks and uploads.

use std::time::Duration;

use crate::api::telemetry::Telemetry;
use crate::pipeline::config::ContentCapture;
use crate::pipeline::exporting;
use crate::pipeline::hook::Unfinished;

/// Where content goes; see [`Telemetry::content_capture`].
///
/// ```
/// use genai::{ContentCapture, Telemetry};
///
/// Telemetry::builder().capture(ContentCapture::SpanOnly).install();
/// assert_eq!(genai::content_capture(), ContentCapture::SpanOnly);
/// ```
pub fn content_capture() -> ContentCapture {
    Telemetry::global().content_capture()
}

/// Whether chats emit an event; see [`Telemetry::emits_events`].
///
/// ```
/// // Without a logger provider there is nothing to emit events to.
/// genai::Telemetry::builder().emit_events(true).install();
/// assert!(!genai::emits_events());
/// ```
pub fn emits_events() -> bool {
    Telemetry::global().emits_events()
}

/// Whether the environment opts into the experimental conventions; see [`Telemetry::is_experimental`].
///
/// ```
/// // `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental` opts in.
/// println!("{}", genai::is_experimental());
/// ```
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

/// Hands over what is held back, waiting `timeout` at most.
///
/// Reached are the hook of the process default with its uploads, and the exporters of everything that `console::init` and
/// `otlp::init` set up. Providers of the application's own are flushed by the application.
///
/// It waits on the calling thread; asynchronous code should call it from one that may block.
///
/// # Errors
///
/// What is not done by then, and exports that failed.
///
/// ```
/// use std::time::Duration;
///
/// genai::flush(Duration::from_secs(1))?;
/// # Ok::<(), genai::hook::Unfinished>(())
/// ```
pub fn flush(timeout: Duration) -> Result<(), Unfinished> {
    hand_over(false, timeout)
}

/// As [`flush`], and stops them: what is reported afterwards is lost. A guard that is dropped later has nothing left to do.
///
/// A program that ends with [`std::process::exit`] drops no guard, so this comes before it:
///
/// ```no_run
/// use std::time::Duration;
///
/// # fn run() -> Result<(), std::io::Error> { Ok(()) }
/// if let Err(error) = run() {
///     eprintln!("{error}");
///     if let Err(left) = genai::shutdown(Duration::from_secs(5)) {
///         eprintln!("telemetry {left}");
///     }
///     std::process::exit(1);
/// }
/// ```
///
/// # Errors
///
/// What is not done by then, and will not be.
pub fn shutdown(timeout: Duration) -> Result<(), Unfinished> {
    hand_over(true, timeout)
}

fn hand_over(stop: bool, timeout: Duration) -> Result<(), Unfinished> {
    let hook = Telemetry::global().hook_work(stop, timeout);
    exporting::hand_over(hook, &exporting::all_installed(), stop, timeout)
}
