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
                .filter(|a| filter.includes(a.key.as_str()) && is_clean(a, limit))
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
    let fits = match &attribute.value {
        Value::String(text) => text.as_str().len() <= limit,
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => true,
        _ => false,
    };
    fits && !attribute.key.as_str().is_empty() && registry::find(attribute.key.as_str()).is_none()
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
