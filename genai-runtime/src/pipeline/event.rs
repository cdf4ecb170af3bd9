//! Events: attributes in, a log record out through whatever logger provider was given.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry::trace::{SpanContext, TraceContextExt as _};

use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::hook::Event;

/// The event an inference emits.
pub(crate) const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// The event of a client operation that failed.
pub(crate) const EXCEPTION: &str = "gen_ai.client.operation.exception";

/// The event of an evaluation.
pub(crate) const EVALUATION: &str = "gen_ai.evaluation.result";

/// A logger of any provider's, behind one type.
pub(crate) trait EventLogger: Send + Sync {
    /// Emits the event as part of the span in `cx`, with the time it belongs to.
    fn emit(&self, event: Event, severity: Severity, cx: &Context, at: SystemTime) {
        self.emit_with_body(event, None, severity, cx, at);
    }

    /// As [`emit`](Self::emit), for the events that have a body.
    fn emit_with_body(
        &self,
        event: Event,
        body: Option<AnyValue>,
        severity: Severity,
        cx: &Context,
        at: SystemTime,
    ) {
        let span = cx.span();
        let span = Some(span.span_context()).filter(|span| span.is_valid());
        self.emit_on(event, body, severity, span, at);
    }

    /// Likewise for a span that need not be in any context.
    fn emit_on(
        &self,
        event: Event,
        body: Option<AnyValue>,
        severity: Severity,
        span: Option<&SpanContext>,
        at: SystemTime,
    );
}

/// A logger as an [`EventLogger`].
pub(crate) struct Logging<L>(pub(crate) L);

impl<L: Logger + Send + Sync> EventLogger for Logging<L> {
    fn emit_on(
        &self,
        event: Event,
        body: Option<AnyValue>,
        severity: Severity,
        span: Option<&SpanContext>,
        at: SystemTime,
    ) {
        contained(CallOut::Logging, || {
            if !self.0.event_enabled(severity, "genai", Some(event.name)) {
                return;
            }
            let mut record = self.0.create_log_record();
            record.set_event_name(event.name);
            record.set_severity_number(severity);
            record.set_timestamp(at);
            record.set_observed_timestamp(at);
            record.add_attributes(event.attributes);
            if let Some(body) = body {
                record.set_body(body);
            }
            if let Some(span) = span {
                record.set_trace_context(span.trace_id(), span.span_id(), Some(span.trace_flags()));
            }
            self.0.emit(record);
        });
    }
}
