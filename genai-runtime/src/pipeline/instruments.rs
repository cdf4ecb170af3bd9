//! The histograms of the conventions, made once per meter provider, with the boundaries the conventions advise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider, NoopMeterProvider};

use crate::diag::call_out::{CallOut, contained};
use crate::diag::locks::Made;
use crate::pipeline::admission::LabelCaps;
use crate::pipeline::binding::{Binding, Binds};
use crate::pipeline::pricing::{CostInstruments, Prices};
use crate::semconv::registry::{
    MCP_CLIENT_OPERATION_DURATION, MCP_CLIENT_SESSION_DURATION, MCP_SERVER_OPERATION_DURATION,
    MCP_SERVER_SESSION_DURATION, Metric, OPERATION_DURATION, OPERATION_TIME_PER_OUTPUT_CHUNK,
    OPERATION_TIME_TO_FIRST_CHUNK, TOKEN_USAGE,
};

/// What operations record.
pub(crate) struct Instruments {
    /// Distinguishes sets of instruments, for caches that hold attributes bound to one.
    pub(crate) id: u64,
    provider: Arc<dyn MeterProvider + Send + Sync>,
    /// Whether histograms may be bound to attributes.
    pub(crate) binding: Binding,
    pub(crate) meter: Meter,
    pub(crate) duration: Histogram<f64>,
    pub(crate) tokens: Histogram<u64>,
    pub(crate) time_to_first_chunk: Histogram<f64>,
    pub(crate) time_per_output_chunk: Histogram<f64>,
    pub(crate) caps: LabelCaps,
    cost: Made<CostInstruments>,
    mcp: Made<McpHistograms>,
}

/// What operations and sessions of MCP record; made when the first one ends.
pub(crate) struct McpHistograms {
    pub(crate) client: Histogram<f64>,
    pub(crate) server: Histogram<f64>,
    pub(crate) client_session: Histogram<f64>,
    pub(crate) server_session: Histogram<f64>,
}

impl McpHistograms {
    fn new(meter: &Meter) -> Self {
        Self {
            client: seconds(
                meter,
                &MCP_CLIENT_OPERATION_DURATION,
                "Duration of an MCP request or notification, as its sender sees it.",
            ),
            server: seconds(
                meter,
                &MCP_SERVER_OPERATION_DURATION,
                "Duration of an MCP request or notification, as its receiver sees it.",
            ),
            client_session: seconds(
                meter,
                &MCP_CLIENT_SESSION_DURATION,
                "Duration of an MCP session, as its client sees it.",
            ),
            server_session: seconds(
                meter,
                &MCP_SERVER_SESSION_DURATION,
                "Duration of an MCP session, as its server sees it.",
            ),
        }
    }
}

/// A histogram of seconds.
fn seconds(meter: &Meter, metric: &'static Metric, about: &'static str) -> Histogram<f64> {
    meter
        .f64_histogram(metric.name)
        .with_unit(metric.unit)
        .with_description(about)
        .with_boundaries(metric.boundaries.to_vec())
        .build()
}

/// The conventions' histograms of one meter.
struct Histograms {
    meter: Meter,
    duration: Histogram<f64>,
    tokens: Histogram<u64>,
    time_to_first_chunk: Histogram<f64>,
    time_per_output_chunk: Histogram<f64>,
}

impl Histograms {
    fn new(meter: Meter) -> Self {
        let seconds = |metric, about| seconds(&meter, metric, about);
        Self {
            duration: seconds(&OPERATION_DURATION, "Duration of a GenAI operation."),
            tokens: meter
                .u64_histogram(TOKEN_USAGE.name)
                .with_unit(TOKEN_USAGE.unit)
                .with_description("Number of input and output tokens used.")
                .with_boundaries(TOKEN_USAGE.boundaries.to_vec())
                .build(),
            time_to_first_chunk: seconds(
                &OPERATION_TIME_TO_FIRST_CHUNK,
                "Time from the start of a streamed operation to its first chunk.",
            ),
            time_per_output_chunk: seconds(
                &OPERATION_TIME_PER_OUTPUT_CHUNK,
                "Time between two chunks of a streamed operation.",
            ),
            meter,
        }
    }
}

impl Instruments {
    pub(crate) fn new(
        provider: Arc<dyn MeterProvider + Send + Sync>,
        scope: InstrumentationScope,
        binds: Binds,
        label_values: usize,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let real = contained(CallOut::Metering, || {
            Histograms::new(provider.meter_with_scope(scope))
        });
        let histograms =
            real.unwrap_or_else(|| Histograms::new(NoopMeterProvider::new().meter("")));
        Self {
            id,
            meter: histograms.meter,
            duration: histograms.duration,
            tokens: histograms.tokens,
            time_to_first_chunk: histograms.time_to_first_chunk,
            time_per_output_chunk: histograms.time_per_output_chunk,
            caps: LabelCaps::new(label_values),
            cost: Made::new(),
            mcp: Made::new(),
            binding: Binding::new(binds),
            provider,
        }
    }

    /// What calls cost. A configuration has one table of prices, and these instruments belong to one configuration.
    pub(crate) fn cost(&self, prices: &Prices) -> Option<&CostInstruments> {
        self.cost
            .get_or_make(|| CostInstruments::new(&self.meter, prices))
    }

    /// What operations of MCP record.
    pub(crate) fn mcp(&self) -> Option<&McpHistograms> {
        self.mcp.get_or_make(|| McpHistograms::new(&self.meter))
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

/// Whether anything will see what is recorded. The no-op provider of the API holds nothing, a real one does.
pub(crate) fn is_real(provider: &(dyn MeterProvider + Send + Sync)) -> bool {
    size_of_val(provider) != 0
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use opentelemetry_sdk::metrics::SdkMeterProvider;

    use super::*;

    fn of(provider: &Arc<dyn MeterProvider + Send + Sync>) -> Instruments {
        let scope = InstrumentationScope::builder("test").build();
        Instruments::new(Arc::clone(provider), scope, Binds::default(), 2)
    }

    #[test]
    fn instruments_are_those_of_one_provider_which_is_real_or_none() {
        let none: Arc<dyn MeterProvider + Send + Sync> = Arc::new(NoopMeterProvider::new());
        let real: Arc<dyn MeterProvider + Send + Sync> =
            Arc::new(SdkMeterProvider::builder().build());
        let (of_none, of_real) = (of(&none), of(&real));
        assert!(!of_none.is_real() && of_real.is_real());
        assert!(of_real.is_from(&real) && !of_real.is_from(&none));
        assert_ne!(of_none.id, of_real.id, "each set has a number of its own");
        assert!(of_real.caps.admits_model("a") && of_real.caps.admits_model("b"));
        assert!(!of_real.caps.admits_model("c"));
    }

    #[test]
    fn what_few_operations_need_is_made_once() {
        let real: Arc<dyn MeterProvider + Send + Sync> =
            Arc::new(SdkMeterProvider::builder().build());
        let instruments = of(&real);
        let prices = Prices::builder().build().unwrap();
        let cost = || instruments.cost(&prices).map(std::ptr::from_ref);
        assert!(cost().is_some() && cost() == cost());
        let mcp = || instruments.mcp().map(std::ptr::from_ref);
        assert!(mcp().is_some() && mcp() == mcp());
    }
}
