//! The histograms of the conventions, made once per meter provider, with the boundaries the conventions advise.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider};

use crate::pipeline::blueprint::is_real;
use crate::pipeline::pricing::{CostInstruments, Prices};

/// Seconds: the boundaries of every duration of a client operation.
const SECONDS: [f64; 14] = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
/// Tokens.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// What operations record.
pub(crate) struct Instruments {
    /// Distinguishes sets of instruments, for caches that hold attributes bound to one.
    pub(crate) id: u64,
    provider: Arc<dyn MeterProvider + Send + Sync>,
    pub(crate) meter: Meter,
    pub(crate) duration: Histogram<f64>,
    pub(crate) tokens: Histogram<u64>,
    pub(crate) time_to_first_chunk: Histogram<f64>,
    pub(crate) time_per_output_chunk: Histogram<f64>,
    cost: OnceLock<CostInstruments>,
}

impl Instruments {
    pub(crate) fn new(
        provider: Arc<dyn MeterProvider + Send + Sync>,
        scope: InstrumentationScope,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let meter = provider.meter_with_scope(scope);
        let seconds = |name: &'static str, about: &'static str| {
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(about)
                .with_boundaries(SECONDS.to_vec())
                .build()
        };
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            duration: seconds(
                "gen_ai.client.operation.duration",
                "Duration of a GenAI operation.",
            ),
            tokens: meter
                .u64_histogram("gen_ai.client.token.usage")
                .with_unit("{token}")
                .with_description("Number of input and output tokens used.")
                .with_boundaries(TOKENS.to_vec())
                .build(),
            time_to_first_chunk: seconds(
                "gen_ai.client.operation.time_to_first_chunk",
                "Time from the start of a streamed operation to its first chunk.",
            ),
            time_per_output_chunk: seconds(
                "gen_ai.client.operation.time_per_output_chunk",
                "Time between two chunks of a streamed operation.",
            ),
            cost: OnceLock::new(),
            meter,
            provider,
        }
    }

    /// What calls cost. A configuration has one table of prices, and these instruments belong to one configuration.
    pub(crate) fn cost(&self, prices: &Prices) -> &CostInstruments {
        self.cost
            .get_or_init(|| CostInstruments::new(&self.meter, prices))
    }

    /// Whether these were made from `provider`.
    pub(crate) fn is_from(&self, provider: &Arc<dyn MeterProvider + Send + Sync>) -> bool {
        Arc::ptr_eq(&self.provider, provider)
    }

    /// Whether anything will see what is recorded.
    pub(crate) fn is_real(&self) -> bool {
        is_real(&*self.provider)
    }
}
