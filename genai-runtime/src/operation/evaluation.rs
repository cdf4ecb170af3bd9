//! An evaluation of a call: what was judged, and how, goes in; the conventions' event on the span that was judged comes out, and,
//! where Phoenix reads along, a span with a link to it.
//!
//! The span that was judged is not touched: it may have ended long ago, in another process.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{Link, SpanBuilder, SpanKind, TraceContextExt as _};
use opentelemetry::{Context, Key, KeyValue, Value};

use super::finish::any_value;
use super::op::{add, own_attribute};
use crate::content::limits::prefix;
use crate::content::redact;
use crate::context::{self, SpanRef, ambient};
use crate::diag::call_out::{CallOut, contained};
use crate::diag::warn::{Once, once};
use crate::pipeline::compat::Compat;
use crate::pipeline::event::EVALUATION;
use crate::pipeline::hook::Event;
use crate::pipeline::listening;
use crate::pipeline::state::{Handle, Inner};
use crate::semconv::registry::{Id, key, keys};

/// Who judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judge {
    Human,
    Model,
    Code,
}

/// What was judged of a call, and how.
pub(crate) struct Judgement<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) score: Option<f64>,
    /// A score that is one of two.
    pub(crate) passed: Option<bool>,
    pub(crate) label: Option<Cow<'a, str>>,
    pub(crate) explanation: Option<Cow<'a, str>>,
    pub(crate) error_type: Option<Cow<'a, str>>,
    pub(crate) judge: Option<Judge>,
    /// The name of the model, or of whatever else judged.
    pub(crate) judge_name: Option<Cow<'a, str>>,
    pub(crate) identifier: Option<Cow<'a, str>>,
    pub(crate) attributes: Vec<(Key, Value)>,
    /// No explanation, whatever the configuration says.
    pub(crate) without_content: bool,
}

impl<'a> Judgement<'a> {
    pub(crate) fn new(name: Cow<'a, str>) -> Self {
        Self {
            name,
            score: None,
            passed: None,
            label: None,
            explanation: None,
            error_type: None,
            judge: None,
            judge_name: None,
            identifier: None,
            attributes: Vec::new(),
            without_content: false,
        }
    }

    /// The label: the one that was given, else that of a score that is one of two.
    fn label(&self) -> Option<&str> {
        let of_score = self
            .passed
            .map(|passed| if passed { "true" } else { "false" });
        let given = self.label.as_deref().filter(|label| !label.is_empty());
        given.or(of_score)
    }

    /// The score as a number.
    fn number(&self) -> Option<f64> {
        self.score
            .or_else(|| self.passed.map(|passed| if passed { 1.0 } else { 0.0 }))
    }

    /// Whether it says what the conventions ask for; what is missing is said once.
    fn is_complete(&self, target: &SpanRef) -> bool {
        let is_number = self.score.is_none_or(f64::is_finite);
        if self.name.is_empty() {
            refuse(Once::EvaluationName, "it has no name");
        } else if !is_number {
            refuse(Once::EvaluationScore, "its score is no finite number");
        } else if self.number().is_none() && self.label().is_none() && self.error_type.is_none() {
            refuse(
                Once::EvaluationResult,
                "it has neither a score nor a label nor an error",
            );
        } else if target.is_empty() {
            refuse(
                Once::EvaluationTarget,
                "its handle is empty: neither the span nor the response of the call is known",
            );
        } else {
            return true;
        }
        false
    }
}

fn refuse(kind: Once, why: &str) {
    once(kind, || {
        format!(
            "an evaluation is not emitted, since {why}; further ones like it are left out without a word"
        )
    });
}

/// Whether anything gets evaluations by this configuration.
fn is_heard(telemetry: &Inner) -> bool {
    !telemetry.config.is_disabled
        && (telemetry.logger.is_some() || has_carrier(telemetry))
        && !ambient::is_suppressed()
}

/// Whether Phoenix gets them on spans.
fn has_carrier(telemetry: &Inner) -> bool {
    telemetry.config.compat.contains(Compat::PHOENIX)
}

/// Whether evaluations are to be made at all; where they are lost for want of a logger, that is said once.
pub(crate) fn is_wanted(telemetry: &Inner) -> bool {
    if is_heard(telemetry) {
        return true;
    }
    let is_used = !telemetry.uses_globals || listening::is_on();
    if is_used && telemetry.logger.is_none() && !telemetry.config.is_disabled {
        once(Once::EvaluationsWithoutLogger, || {
            "evaluations are events, but no logger provider was given (Telemetry::builder().logger_provider(..)): none are emitted".to_owned()
        });
    }
    false
}

/// Whether anything gets the explanation.
pub(crate) fn wants_explanation(judgement: &Judgement<'_>, telemetry: &Inner) -> bool {
    let capture = telemetry.config.capture;
    let on_event = capture.on_events() && telemetry.logger.is_some();
    let on_span = capture.on_spans() && has_carrier(telemetry);
    !judgement.without_content && (on_event || on_span)
}

/// Emits the event on the span that was judged.
pub(crate) fn emit(judgement: Judgement<'_>, target: &SpanRef, telemetry: &Handle) {
    if is_wanted(telemetry) && judgement.is_complete(target) {
        Report::new(judgement, target, telemetry).emit();
    }
}

/// An evaluation that is to be reported.
struct Report<'a> {
    judgement: Judgement<'a>,
    target: &'a SpanRef,
    telemetry: &'a Inner,
    /// Association properties, then the user's own attributes.
    others: Vec<KeyValue>,
    explanation: Option<String>,
    at: SystemTime,
}

impl<'a> Report<'a> {
    fn new(mut judgement: Judgement<'a>, target: &'a SpanRef, telemetry: &'a Inner) -> Self {
        let config = &telemetry.config;
        let limits = &config.limits;
        let mut own = Vec::new();
        for (key, value) in std::mem::take(&mut judgement.attributes) {
            if let Some(attribute) = own_attribute(key, value, limits) {
                add(&mut own, attribute, limits.attributes);
            }
        }
        let mut others = Vec::new();
        if config.context_propagation {
            context::read(|context, _| {
                others = context
                    .attributes()
                    .iter()
                    .take(limits.properties)
                    .cloned()
                    .collect();
            });
        }
        others.append(&mut own);
        let is_wanted = wants_explanation(&judgement, telemetry);
        let text = judgement.explanation.as_deref();
        let text = text.filter(|text| is_wanted && !text.is_empty());
        let redactor = telemetry.redactor.as_ref();
        let explanation = text.and_then(|text| redact::explanation(redactor, text, limits.content));
        Self {
            judgement,
            target,
            telemetry,
            others,
            explanation,
            at: SystemTime::now(),
        }
    }

    /// A name, label or id within the limit.
    fn within(&self, text: &str) -> String {
        prefix(text, self.telemetry.config.limits.names).to_owned()
    }

    fn emit(self) {
        if let Some(logger) = &self.telemetry.logger {
            let event = self.event();
            let emit = || {
                let span = self.target.span_context();
                logger.emit_on(event, None, Severity::Info, span.as_ref(), self.at);
            };
            if self.target.has_span() {
                emit();
            } else {
                // A record without a span gets the current one's ids, and that is not what was judged.
                let _nothing = ambient::Kept::new(&Context::new());
                emit();
            }
        }
        if has_carrier(self.telemetry) {
            contained(CallOut::Tracing, || self.carry());
        }
    }

    fn event(&self) -> Event {
        let judgement = &self.judgement;
        let mut attributes: Vec<(Key, AnyValue)> = Vec::new();
        let mut put = |id: Id, value: AnyValue| {
            attributes.push((Key::from_static_str(key(id)), value));
        };
        let text = |text: &str| AnyValue::from(self.within(text));
        put(keys::GEN_AI_EVALUATION_NAME.id(), text(&judgement.name));
        if let Some(score) = judgement.score {
            put(
                keys::GEN_AI_EVALUATION_SCORE_VALUE.id(),
                AnyValue::Double(score),
            );
        }
        if let Some(label) = judgement.label() {
            put(keys::GEN_AI_EVALUATION_SCORE_LABEL.id(), text(label));
        }
        let explanation = self.explanation.as_ref();
        if let Some(why) = explanation.filter(|_| self.telemetry.config.capture.on_events()) {
            put(
                keys::GEN_AI_EVALUATION_EXPLANATION.id(),
                AnyValue::from(why.clone()),
            );
        }
        if let Some(id) = self.target.response_id() {
            put(keys::GEN_AI_RESPONSE_ID.id(), AnyValue::from(id.to_owned()));
        }
        if let Some(error_type) = judgement.error_type.as_deref() {
            put(keys::ERROR_TYPE.id(), text(error_type));
        }
        let others = self.others.iter();
        attributes.extend(others.map(|a| (a.key.clone(), any_value(a.value.clone()))));
        Event {
            name: EVALUATION,
            attributes,
        }
    }

    /// A span of its own with the evaluation as OpenInference writes it, linked to the one that was judged.
    fn carry(&self) {
        let Some(target) = self.target.span_context() else {
            return;
        };
        let judgement = &self.judgement;
        let (number, label) = (judgement.number(), judgement.label());
        let is_captured = self.telemetry.config.capture.on_spans();
        let explanation = self.explanation.as_deref().filter(|_| is_captured);
        if number.is_none() && label.is_none() && explanation.is_none() {
            return;
        }
        let mut attributes = vec![KeyValue::new("openinference.span.kind", "EVALUATOR")];
        let mut put = |field: &str, value: Option<Value>| {
            if let Some(value) = value {
                let key = format!("evaluations.0.evaluation.{field}");
                attributes.push(KeyValue::new(key, value));
            }
        };
        let text = |text: Option<&str>| text.map(|text| Value::from(self.within(text)));
        put("name", text(Some(&judgement.name)));
        put("score", number.map(Value::F64));
        put("label", text(label));
        put(
            "explanation",
            explanation.map(|why| Value::from(why.to_owned())),
        );
        let kind = judgement.judge.map(|judge| match judge {
            Judge::Human => "HUMAN",
            Judge::Model => "LLM",
            Judge::Code => "CODE",
        });
        put("annotator_kind", text(kind));
        put("identifier", text(judgement.identifier.as_deref()));
        let metadata = judgement.judge_name.as_deref().map(|name| {
            let metadata = serde_json::json!({ "evaluator": self.within(name) });
            Value::from(metadata.to_string())
        });
        put("metadata", metadata);
        attributes.extend(self.others.iter().cloned());
        let spans = if self.telemetry.uses_globals {
            self.telemetry.blueprint.spans()
        } else {
            Arc::clone(&self.telemetry.spans)
        };
        let span = SpanBuilder {
            span_kind: Some(SpanKind::Internal),
            name: format!("evaluation {}", self.within(&judgement.name)).into(),
            start_time: Some(self.at),
            attributes: Some(attributes),
            events: None,
            links: Some(vec![Link::with_context(target)]),
        };
        // Not while the current context is borrowed: samplers and processors may attach one.
        let parent = ambient::current();
        let mut cx = Context::new();
        if spans.start(span, &parent, &mut cx).is_own {
            cx.span().end_with_timestamp(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_seam::with_logger;
    use super::*;
    use crate::{ContentCapture, Telemetry, TelemetryBuilder};

    fn inner(settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Handle {
        settings(Telemetry::builder()).build().inner
    }

    fn judged<'a>(set: impl FnOnce(&mut Judgement<'a>)) -> Judgement<'a> {
        let mut judgement = Judgement::new("relevance".into());
        set(&mut judgement);
        judgement
    }

    #[test]
    fn a_score_that_is_one_of_two_is_a_label_and_a_number() {
        for (score, passed, label, shown, number) in [
            (None, None, None, None, None),
            (Some(0.5), None, None, None, Some(0.5)),
            (None, Some(true), None, Some("true"), Some(1.0)),
            (None, Some(false), None, Some("false"), Some(0.0)),
            (None, Some(true), Some(""), Some("true"), Some(1.0)),
            (None, Some(true), Some("pass"), Some("pass"), Some(1.0)),
            (None, None, Some("pass"), Some("pass"), None),
            (None, None, Some(""), None, None),
        ] {
            let judgement = judged(|j| {
                (j.score, j.passed) = (score, passed);
                j.label = label.map(Cow::Borrowed);
            });
            assert_eq!((judgement.label(), judgement.number()), (shown, number));
        }
    }

    #[test]
    fn what_says_nothing_or_is_of_nothing_is_not_complete() {
        let seen = SpanRef::of_response("r");
        let score = |score: f64| judged(|j| j.score = Some(score));
        for (judgement, is_complete) in [
            (score(0.5), true),
            (score(f64::NAN), false),
            (score(f64::INFINITY), false),
            (judged(|_| {}), false),
            (judged(|j| j.passed = Some(false)), true),
            (judged(|j| j.label = Some("pass".into())), true),
            (judged(|j| j.label = Some("".into())), false),
            (judged(|j| j.error_type = Some("timeout".into())), true),
            (
                judged(|j| (j.name, j.score) = ("".into(), Some(0.5))),
                false,
            ),
            (judged(|j| j.explanation = Some("why".into())), false),
        ] {
            assert_eq!(judgement.is_complete(&seen), is_complete);
            assert!(!judgement.is_complete(&SpanRef::new()));
        }
    }

    #[test]
    fn an_explanation_is_wanted_where_an_event_or_a_span_may_have_it() {
        use ContentCapture::{EventOnly, NoContent, SpanAndEvent, SpanOnly};
        for (capture, on_event, on_span) in [
            (NoContent, false, false),
            (EventOnly, true, false),
            (SpanOnly, false, true),
            (SpanAndEvent, true, true),
        ] {
            for has_logger in [false, true] {
                for compat in [Compat::NONE, Compat::PHOENIX] {
                    let telemetry = inner(|t| {
                        let t = t.capture(capture).compat(compat);
                        if has_logger { with_logger(t) } else { t }
                    });
                    let has_carrier = compat == Compat::PHOENIX;
                    let expected = (on_event && has_logger) || (on_span && has_carrier);
                    let mut judgement = judged(|_| {});
                    assert_eq!(wants_explanation(&judgement, &telemetry), expected);
                    judgement.without_content = true;
                    assert!(!wants_explanation(&judgement, &telemetry));
                    assert_eq!(is_heard(&telemetry), has_logger || has_carrier);
                    assert_eq!(is_wanted(&telemetry), has_logger || has_carrier);
                }
            }
        }
    }

    #[test]
    fn an_explanation_that_is_empty_or_not_wanted_is_none() {
        let seen = SpanRef::of_response("r");
        let telemetry = inner(|t| with_logger(t).capture(ContentCapture::SpanAndEvent));
        for (why, without_content, expected) in [
            ("why", false, Some("why")),
            ("why", true, None),
            ("", false, None),
        ] {
            let judgement = judged(|j| {
                j.explanation = Some(why.into());
                j.without_content = without_content;
            });
            let report = Report::new(judgement, &seen, &telemetry);
            assert_eq!(report.explanation.as_deref(), expected, "{why}");
        }
    }

    #[test]
    fn what_is_suppressed_is_not_heard() {
        let telemetry = inner(with_logger);
        assert!(is_heard(&telemetry));
        let _quiet = Context::enter_telemetry_suppressed_scope();
        assert!(!is_heard(&telemetry) && !is_wanted(&telemetry));
    }
}
