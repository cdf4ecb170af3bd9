//! Cost as telemetry: a finished call in, one point of the histogram out, or one count of a model without a price.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::prices::Prices;

/// The counter of calls whose model has no price.
pub(crate) const UNKNOWN: &str = "genai.pricing.unknown";

/// From a hundredth of a cent to a hundred dollars.
const DOLLARS: [f64; 19] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 25.0, 50.0, 100.0,
];

/// The instruments of pricing, made once per meter provider.
pub(crate) struct CostInstruments {
    cost: Histogram<f64>,
    unknown: Counter<u64>,
}

impl CostInstruments {
    pub(crate) fn new(meter: &Meter, prices: &Prices) -> Self {
        Self {
            // The unit is an annotation, so that Prometheus names stay `ai_cost_usd_*`.
            cost: meter
                .f64_histogram(prices.metric.clone())
                .with_unit("{USD}")
                .with_description("What a GenAI call cost, in US dollars.")
                .with_boundaries(DOLLARS.to_vec())
                .build(),
            unknown: meter
                .u64_counter(UNKNOWN)
                .with_unit("{call}")
                .with_description("GenAI calls whose model has no price.")
                .build(),
        }
    }

    pub(crate) fn record(&self, cost: f64, attributes: &[KeyValue]) {
        self.cost.record(cost, attributes);
    }

    pub(crate) fn count_unknown(&self, attributes: &[KeyValue]) {
        self.unknown.add(1, attributes);
    }
}

impl Prices {
    /// Whether spans get the cost.
    pub(crate) fn is_on_span(&self) -> bool {
        self.on_span
    }
}
