//! A measurement: value and attributes go in, a point with clean attributes comes out at the meter provider of the moment.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::metrics::{Counter, Histogram, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue, Value};

use super::define::{Definition, Type};
use crate::diag::warn::{Once, once};
use crate::pipeline::config::Config;
use crate::semconv::registry;

#[derive(Clone, Copy)]
pub(crate) enum Measurement {
    Count(u64),
    Value(f64),
}

/// The instrument of one meter provider.
pub(super) struct Bound {
    pub(super) provider: Arc<dyn MeterProvider + Send + Sync>,
    pub(super) scope: InstrumentationScope,
    pub(super) made: Made,
}

/// An instrument of the API.
#[derive(Clone)]
pub(super) enum Made {
    Counter(Counter<u64>),
    Histogram(Histogram<f64>),
}

impl Made {
    pub(super) fn new(
        definition: &Definition,
        provider: &dyn MeterProvider,
        scope: InstrumentationScope,
    ) -> Self {
        let meter = provider.meter_with_scope(scope);
        let name = definition.name.clone();
        match definition.ty {
            Type::Counter => {
                let mut builder = meter.u64_counter(name);
                if let Some(unit) = definition.unit.clone() {
                    builder = builder.with_unit(unit);
                }
                if let Some(text) = definition.description.clone() {
                    builder = builder.with_description(text);
                }
                Self::Counter(builder.build())
            }
            Type::Histogram => {
                let mut builder = meter.f64_histogram(name);
                if let Some(unit) = definition.unit.clone() {
                    builder = builder.with_unit(unit);
                }
                if let Some(text) = definition.description.clone() {
                    builder = builder.with_description(text);
                }
                if let Some(boundaries) = definition.boundaries.clone() {
                    builder = builder.with_boundaries(boundaries);
                }
                Self::Histogram(builder.build())
            }
        }
    }

    pub(super) fn record(&self, measurement: Measurement, attributes: &[KeyValue]) {
        match (self, measurement) {
            (Self::Counter(counter), Measurement::Count(value)) => counter.add(value, attributes),
            (Self::Histogram(histogram), Measurement::Value(value)) => {
                histogram.record(value, attributes);
            }
            // A counter's core is made by a counter, a histogram's by a histogram.
            _ => {}
        }
    }
}

/// The attributes as a metric may have them, with what of the ambient context goes on metrics.
pub(super) fn clean<'a>(config: &Config, attributes: &'a [KeyValue]) -> Cow<'a, [KeyValue]> {
    let filter = &config.context_in_metrics;
    let limit = config.limits.names;
    let mut all = if attributes.iter().all(|a| is_clean(a, limit)) {
        Cow::Borrowed(attributes)
    } else {
        Cow::Owned(
            attributes
                .iter()
                .filter_map(|a| cleaned(a, limit))
                .collect(),
        )
    };
    if !filter.is_none() && config.context_propagation {
        let ambient = crate::context::read(|context, _| {
            let id = context.id().filter(|id| !id.as_str().is_empty());
            let id = id.map(|id| {
                crate::semconv::value::attribute(
                    registry::keys::GEN_AI_CONVERSATION_ID.id(),
                    id.clone(),
                )
            });
            let properties = context.attributes().iter().cloned();
            id.into_iter()
                .chain(properties)
                .filter(|a| filter.includes(a.key.as_str()) && fits(&a.value, limit))
                .collect::<Vec<_>>()
        });
        for attribute in ambient {
            if !all.iter().any(|a| a.key == attribute.key) {
                all.to_mut().push(attribute);
            }
        }
    }
    all
}

fn is_clean(attribute: &KeyValue, limit: usize) -> bool {
    let key = attribute.key.as_str();
    fits(&attribute.value, limit) && !key.is_empty() && registry::find(key).is_none()
}

/// Whether a label may have this value.
fn fits(value: &Value, limit: usize) -> bool {
    match value {
        Value::String(text) => text.as_str().len() <= limit,
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => true,
        _ => false,
    }
}

fn cleaned(attribute: &KeyValue, limit: usize) -> Option<KeyValue> {
    let cleaned = match registry::find(attribute.key.as_str()) {
        _ if attribute.key.as_str().is_empty() => None,
        Some(id) => crate::semconv::coerce::convention_value(id, attribute.value.clone()),
        None => Some(attribute.value.clone()),
    };
    let cleaned = cleaned.filter(|value| !matches!(value, Value::Array(_)));
    if cleaned.is_none() {
        once(Once::MetricAttribute, || {
            format!(
                "the metric attribute {:?} has no key, a list as its value, or not the type the conventions give its key; it is left out",
                crate::content::limits::prefix(attribute.key.as_str(), 64)
            )
        });
    }
    let value = cleaned?;
    let is_too_long = matches!(&value, Value::String(text) if text.as_str().len() > limit);
    (!is_too_long).then(|| KeyValue::new(attribute.key.clone(), value))
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::GenAiContext;
    use crate::pipeline::config::{ContextInMetrics, Environment, Settings};

    fn config(filter: ContextInMetrics, is_inherited: bool) -> Config {
        let settings = Settings {
            context_in_metrics: Some(filter),
            context_propagation: Some(is_inherited),
            ..Settings::default()
        };
        Config::new(settings, &Environment::default())
    }

    fn cleaned(config: &Config, attributes: &[KeyValue]) -> Vec<String> {
        let clean = clean(config, attributes);
        let shown = clean.iter().map(|a| format!("{}={:?}", a.key, a.value));
        shown.collect()
    }

    #[test]
    fn what_of_the_context_goes_on_metrics_is_added_to_what_is_given() {
        let key = |name: &str| format!("{}{name}", crate::context::PREFIX);
        let _context = GenAiContext::new()
            .conversation_id("c-1")
            .property("text", "a")
            .property("number", 2)
            .property("is_on", true)
            .attach();
        let all = config(ContextInMetrics::all(), true);
        let shown = cleaned(&all, &[KeyValue::new("app.a", 1)]);
        assert_eq!(shown.len(), 5, "{shown:?}");
        assert_eq!(shown[0], "app.a=I64(1)");
        assert!(
            shown[1].starts_with("gen_ai.conversation.id=String("),
            "{shown:?}"
        );
        assert!(shown[1].contains("c-1"), "{shown:?}");
        for (name, value) in [("number", "I64(2)"), ("is_on", "Bool(true)")] {
            assert!(
                shown.contains(&format!("{}={value}", key(name))),
                "{shown:?}"
            );
        }
        assert!(shown.iter().any(|a| a.starts_with(&key("text"))));
        // What is given wins.
        let given = [
            KeyValue::new(key("number"), 3),
            KeyValue::new("gen_ai.conversation.id", "mine"),
        ];
        let shown = cleaned(&all, &given);
        assert_eq!(shown.len(), 4, "{shown:?}");
        assert_eq!(shown[0], format!("{}=I64(3)", key("number")));
        assert!(shown[1].contains("mine"), "{shown:?}");

        let one = config(ContextInMetrics::keys(["is_on"]), true);
        assert_eq!(cleaned(&one, &[]), [format!("{}=Bool(true)", key("is_on"))]);
        assert!(cleaned(&config(ContextInMetrics::none(), true), &[]).is_empty());
        assert!(cleaned(&config(ContextInMetrics::all(), false), &[]).is_empty());
        let _nothing = GenAiContext::new().conversation_id("").attach();
        assert!(cleaned(&all, &[]).is_empty(), "an id without text is none");
    }

    #[test]
    fn a_text_may_be_as_long_as_a_name_and_is_left_out_beyond() {
        let config = config(ContextInMetrics::none(), true);
        let limit = config.limits.names;
        let text = |length: usize| KeyValue::new("app.text", "x".repeat(length));
        assert_eq!(cleaned(&config, &[text(limit)]).len(), 1);
        assert!(cleaned(&config, &[text(limit + 1)]).is_empty());
        let all = self::config(ContextInMetrics::all(), true);
        for (length, count) in [(limit, 1), (limit + 1, 0)] {
            let _context = GenAiContext::new()
                .conversation_id(&*"c".repeat(length))
                .attach();
            assert_eq!(cleaned(&all, &[]).len(), count, "{length}");
        }
        // All of it is as it was, so nothing is copied.
        let fine = [
            KeyValue::new("a", 1),
            KeyValue::new("b", 1.5),
            KeyValue::new("c", true),
        ];
        assert!(matches!(clean(&config, &fine), Cow::Borrowed(_)));
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn an_attribute_that_cannot_be_one_is_said_by_its_key() {
        use crate::diag::heard::heard;

        let config = config(ContextInMetrics::none(), true);
        let list = Value::Array(opentelemetry::Array::I64(vec![1]));
        for (attribute, key) in [
            (KeyValue::new("", 1), ""),
            (KeyValue::new("k".repeat(70), list), &*"k".repeat(64)),
            (
                KeyValue::new("gen_ai.usage.input_tokens", "many"),
                "gen_ai.usage.input_tokens",
            ),
        ] {
            let attributes = [attribute.clone(), KeyValue::new("fine", 1), attribute];
            let (shown, lines) = heard(|| cleaned(&config, &attributes));
            assert_eq!(shown, ["fine=I64(1)"]);
            assert_eq!(
                lines,
                [format!(
                    "the metric attribute {key:?} has no key, a list as its value, or not the type the conventions give its key; it is left out"
                )]
            );
        }
    }
}
