//! What is switched on: settings from code first, then the environment, then the defaults.
//!
//! The environment is read once, when a configuration is built, and never on the way of a call.

mod env;
mod mcp;
mod metrics_filter;

pub(crate) use env::Environment;
pub(crate) use mcp::McpConfig;
pub use metrics_filter::ContextInMetrics;

/// Where message content goes: `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`.
///
/// ```
/// use genai::{ContentCapture, Telemetry};
///
/// let telemetry = Telemetry::builder().capture(ContentCapture::SpanOnly).build();
/// assert!(telemetry.content_capture().on_spans() && !telemetry.content_capture().on_events());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentCapture {
    /// Nowhere; the default.
    #[default]
    NoContent,
    /// On spans, as JSON text.
    SpanOnly,
    /// On events, structured.
    EventOnly,
    /// On both.
    SpanAndEvent,
}

impl ContentCapture {
    /// Whether spans carry content.
    pub fn on_spans(self) -> bool {
        matches!(self, Self::SpanOnly | Self::SpanAndEvent)
    }

    /// Whether events carry content.
    pub fn on_events(self) -> bool {
        matches!(self, Self::EventOnly | Self::SpanAndEvent)
    }
}

/// The settings of a [`Telemetry`](crate::Telemetry), code and environment merged.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) is_experimental: bool,
    pub(crate) capture: ContentCapture,
    pub(crate) emit_events: bool,
    pub(crate) error_messages: bool,
    pub(crate) chunk_timing: bool,
    pub(crate) context_propagation: bool,
    pub(crate) context_in_metrics: ContextInMetrics,
    pub(crate) limits: crate::content::limits::Limits,
    pub(crate) compat: crate::pipeline::compat::Compat,
    pub(crate) exception_events: bool,
    pub(crate) mcp: McpConfig,
    pub(crate) baggage: crate::context::Baggage,
    pub(crate) is_disabled: bool,
}

/// What code said; `None` leaves a setting to the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) capture: Option<ContentCapture>,
    pub(crate) emit_events: Option<bool>,
    pub(crate) error_messages: Option<bool>,
    pub(crate) chunk_timing: Option<bool>,
    pub(crate) context_propagation: Option<bool>,
    pub(crate) context_in_metrics: Option<ContextInMetrics>,
    pub(crate) limits: Option<crate::content::limits::Limits>,
    pub(crate) compat: Option<crate::pipeline::compat::Compat>,
    pub(crate) exception_events: bool,
    pub(crate) mcp: McpConfig,
    pub(crate) baggage: crate::context::Baggage,
}

impl Config {
    /// Merges what code said with the environment.
    pub(crate) fn new(settings: Settings, env: &Environment) -> Self {
        let is_experimental = env.is_experimental();
        let capture = settings
            .capture
            .unwrap_or_else(|| env.capture(is_experimental));
        let switch = settings
            .emit_events
            .or_else(|| env.emit_event(is_experimental));
        let emit_events = switch.unwrap_or_else(|| capture.on_events());
        Self {
            is_experimental,
            capture,
            emit_events,
            error_messages: settings.error_messages.unwrap_or(true),
            chunk_timing: settings.chunk_timing.unwrap_or(true),
            context_propagation: settings
                .context_propagation
                .unwrap_or_else(|| env.context_propagation()),
            context_in_metrics: settings
                .context_in_metrics
                .unwrap_or_else(|| env.context_in_metrics()),
            limits: settings.limits.unwrap_or_default(),
            compat: settings
                .compat
                .unwrap_or_else(|| env.compat())
                .without_conflicts(),
            exception_events: settings.exception_events,
            mcp: settings.mcp,
            baggage: settings.baggage,
            is_disabled: env.is_disabled(),
        }
    }

    /// The one line a start-up says.
    pub(crate) fn describe(&self) -> String {
        format!(
            "capture={:?} events={} error_messages={} chunk_timing={} context_propagation={} context_in_metrics={} compat={}",
            self.capture,
            on(self.emit_events),
            on(self.error_messages),
            on(self.chunk_timing),
            on(self.context_propagation),
            self.context_in_metrics,
            self.compat,
        )
    }
}

fn on(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compat;

    #[test]
    fn each_content_mode_is_for_spans_events_both_or_neither() {
        for (mode, on_spans, on_events) in [
            (ContentCapture::NoContent, false, false),
            (ContentCapture::SpanOnly, true, false),
            (ContentCapture::EventOnly, false, true),
            (ContentCapture::SpanAndEvent, true, true),
        ] {
            assert_eq!((mode.on_spans(), mode.on_events()), (on_spans, on_events));
        }
    }

    #[test]
    fn a_configuration_is_described_by_what_it_switches() {
        let config = Config::new(Settings::default(), &Environment::default());
        assert!(!config.is_experimental && !config.is_disabled && !config.exception_events);
        assert_eq!(
            config.describe(),
            "capture=NoContent events=off error_messages=on chunk_timing=on context_propagation=on context_in_metrics=none compat=none"
        );
        let settings = Settings {
            capture: Some(ContentCapture::EventOnly),
            error_messages: Some(false),
            chunk_timing: Some(false),
            context_propagation: Some(false),
            context_in_metrics: Some(ContextInMetrics::all()),
            compat: Some(Compat::SESSION | Compat::PHOENIX | Compat::LANGFUSE),
            ..Settings::default()
        };
        let config = Config::new(settings.clone(), &Environment::default());
        assert_eq!(
            config.describe(),
            "capture=EventOnly events=on error_messages=off chunk_timing=off context_propagation=off context_in_metrics=all compat=session"
        );
        let settings = Settings {
            emit_events: Some(false),
            ..settings
        };
        let config = Config::new(settings, &Environment::default());
        assert!(!config.emit_events, "code wins over the mode");
    }
}
