//! The process default by free functions: what is on, and the flush and shutdown of hooks and uploads.

use std::time::Duration;

use crate::api::telemetry::Telemetry;
use crate::pipeline::config::ContentCapture;
use crate::pipeline::exporting;

fn default() -> Telemetry {
    Telemetry {
        inner: crate::pipeline::gate::default(),
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

/// Hands over what is held back, waiting `deadline` at most; returns whether all of it went through.
///
/// Reached are the hook of the process default with its uploads, and the exporters of everything that `console::init` and
/// `otlp::init` set up. Providers of the application's own are flushed by the application.
///
/// A program that ends with [`std::process::exit`] drops no guard, so this or [`shutdown`] comes before it:
///
/// ```no_run
/// use std::time::Duration;
///
/// # fn run() -> Result<(), std::io::Error> { Ok(()) }
/// if let Err(error) = run() {
///     eprintln!("{error}");
///     genai::shutdown(Duration::from_secs(5));
///     std::process::exit(1);
/// }
/// ```
///
/// It waits on the calling thread; asynchronous code should call it from one that may block.
pub fn flush(deadline: Duration) -> bool {
    hand_over(false, deadline)
}

/// As [`flush`], and stops them: what is reported afterwards is lost. A guard that is dropped later has nothing left to do.
///
/// ```
/// use std::time::Duration;
///
/// if !genai::shutdown(Duration::from_secs(5)) {
///     eprintln!("some telemetry was lost");
/// }
/// ```
pub fn shutdown(deadline: Duration) -> bool {
    hand_over(true, deadline)
}

fn hand_over(stop: bool, deadline: Duration) -> bool {
    let hook = default().hook_work(stop, deadline);
    exporting::hand_over(hook, &exporting::all_installed(), stop, deadline)
}
