//! Bound and unbound instruments export the same: the same calls go to three providers of the SDK, of which one is recorded to through
//! bindings, one as soon as it is seen to bind, and one never, and what each exports is compared, whatever the temporality, the views,
//! the readers and the limit of attribute sets. A provider that is not the SDK's gets all that is recorded, whether it binds or not.
//!
//! Durations are measured, so of them the counts are compared; of tokens everything is. With delta temporality
//! the SDK gives up the sets that were not recorded to, but none that is bound, so that once a stream has more sets than its limit others
//! may have a point of their own: there the sums over all points are compared.

use std::collections::BTreeMap;
use std::time::Duration;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use genai::Telemetry;
use genai_tests::support::dice::Dice;
use opentelemetry::metrics::{
    BoundSyncInstrument, HistogramBuilder, InstrumentProvider, Meter, MeterProvider, SyncInstrument,
};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Histogram, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, InMemoryMetricExporterBuilder, Instrument, PeriodicReader,
    SdkMeterProvider, Stream, Temporality,
};

#[derive(Clone, Copy, Debug)]
struct Setup {
    temporality: Temporality,
    /// Attribute sets of a stream; the SDK's default where there is none.
    limit: Option<usize>,
    /// Whether a view keeps but some of the attributes, so that sets fall together.
    keeps_few: bool,
    readers: usize,
    models: u64,
}

impl Setup {
    /// Whether there may be more attribute sets than the limit, and a set that is not recorded to loses its point.
    fn overflows(&self) -> bool {
        self.temporality == Temporality::Delta && self.limit.is_some() && !self.keeps_few
    }
}

/// How a provider is recorded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Bound,
    Unbound,
    /// Its type is not known, so it is asked.
    Asked,
}

/// The SDK's provider under another type.
struct Unnamed(SdkMeterProvider);

impl MeterProvider for Unnamed {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        self.0.meter_with_scope(scope)
    }
}

struct Provider {
    provider: SdkMeterProvider,
    exporters: Vec<InMemoryMetricExporter>,
    telemetry: Telemetry,
}

impl Provider {
    fn new(setup: Setup, how: How) -> Self {
        let mut builder = SdkMeterProvider::builder();
        let mut exporters = Vec::new();
        for _ in 0..setup.readers {
            let exporter = InMemoryMetricExporterBuilder::new()
                .with_temporality(setup.temporality)
                .build();
            let reader = PeriodicReader::builder(exporter.clone())
                .with_interval(Duration::from_secs(3600))
                .build();
            builder = builder.with_reader(reader);
            exporters.push(exporter);
        }
        let provider = builder
            .with_view(move |instrument: &Instrument| {
                let mut stream = Stream::builder().with_name(instrument.name().to_owned());
                if let Some(limit) = setup.limit {
                    stream = stream.with_cardinality_limit(limit);
                }
                if setup.keeps_few {
                    let keys = ["gen_ai.operation.name", "gen_ai.token.type"];
                    stream = stream.with_allowed_attribute_keys(keys.map(Into::into));
                }
                stream.build().ok()
            })
            .build();
        let telemetry = match how {
            How::Asked => Telemetry::builder().meter_provider(Unnamed(provider.clone())),
            how => Telemetry::builder()
                .meter_provider(provider.clone())
                .bound_instruments(how == How::Bound),
        };
        let telemetry = telemetry.build();
        Self {
            provider,
            exporters,
            telemetry,
        }
    }

    /// One call, as the numbers say.
    fn call(&self, random: u64, models: u64) {
        let model = format!("m{}", (random >> 8) % models);
        let tokens = i64::try_from((random >> 24) % 5_000).unwrap_or_default();
        if random.is_multiple_of(7) {
            let mut call = self.telemetry.embeddings("openai").model(&model).start();
            call.input_tokens(tokens);
            call.finish();
            return;
        }
        let mut call = self.telemetry.chat("openai").model(&model).start();
        call.input_tokens(tokens);
        if !random.is_multiple_of(3) {
            call.output_tokens(tokens / 3);
        }
        if random.is_multiple_of(11) {
            call.fail(genai::Failure::new("timeout", "late"));
        } else {
            call.finish();
        }
    }

    /// What each reader has exported since.
    fn collect(&self) -> Vec<Vec<Points>> {
        self.provider.force_flush().expect("it collects");
        let points = |exporter: &InMemoryMetricExporter| {
            let exported = exporter.get_finished_metrics().expect("metrics");
            exporter.reset();
            exported.iter().map(points).collect()
        };
        self.exporters.iter().map(points).collect()
    }
}

/// A metric's name and the attributes of a point, in order.
type Key = (String, Vec<String>);

#[derive(Debug, PartialEq, Clone, Default)]
struct Point {
    count: u64,
    /// Of tokens alone.
    sum: u64,
    buckets: Vec<u64>,
}

impl Point {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.buckets.resize(other.buckets.len(), 0);
        for (all, one) in self.buckets.iter_mut().zip(&other.buckets) {
            *all += one;
        }
    }
}

type Points = BTreeMap<Key, Point>;

fn key<'a>(name: &str, attributes: impl Iterator<Item = &'a KeyValue>) -> Key {
    let text = |kv: &KeyValue| match &kv.value {
        Value::String(text) => format!("{}={}", kv.key, text),
        value => format!("{}={value:?}", kv.key),
    };
    let mut all: Vec<String> = attributes.map(text).collect();
    all.sort();
    (name.to_owned(), all)
}

fn points(exported: &ResourceMetrics) -> Points {
    let mut all = Points::new();
    let metrics = exported.scope_metrics().flat_map(|scope| scope.metrics());
    for metric in metrics {
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Histogram(tokens)) => {
                add(&mut all, metric.name(), tokens, |sum| sum);
            }
            AggregatedMetrics::F64(MetricData::Histogram(durations)) => {
                add(&mut all, metric.name(), durations, |_| 0);
            }
            other => panic!("{}: {other:?}", metric.name()),
        }
    }
    all
}

fn add<T: Copy>(all: &mut Points, name: &str, histogram: &Histogram<T>, sum: fn(T) -> u64) {
    let is_measured = name.ends_with("duration");
    for point in histogram.data_points() {
        let value = Point {
            count: point.count(),
            sum: sum(point.sum()),
            buckets: if is_measured {
                Vec::new()
            } else {
                point.bucket_counts().collect()
            },
        };
        let before = all.insert(key(name, point.attributes()), value);
        assert!(before.is_none(), "one point for each set: {name}");
    }
}

/// What all points of each metric come to.
fn sums(points: &Points) -> BTreeMap<&str, Point> {
    let mut all = BTreeMap::<&str, Point>::new();
    for ((name, _), point) in points {
        all.entry(name).or_default().add(point);
    }
    all
}

fn setups() -> Vec<Setup> {
    let mut all = Vec::new();
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        for (limit, keeps_few, models) in [
            (None, false, 3),
            (None, false, 400),
            (None, true, 400),
            (Some(10), false, 3),
            (Some(10), false, 400),
            (Some(10), false, 14),
            (Some(10), true, 400),
        ] {
            for readers in [1, 2] {
                all.push(Setup {
                    temporality,
                    limit,
                    keeps_few,
                    readers,
                    models,
                });
            }
        }
    }
    all
}

/// Drives all with the same calls; gives how many exports were compared.
fn compare(setup: Setup, calls: u64, seed: u64) -> usize {
    let [unbound, bound, asked] =
        [How::Unbound, How::Bound, How::Asked].map(|how| (how, Provider::new(setup, how)));
    let mut dice = Dice(seed);
    let mut compared = 0;
    for at in 0..=calls {
        if at == calls || dice.once_in(500) {
            let theirs = unbound.1.collect();
            for (how, one) in [&bound, &asked] {
                let ours = one.collect();
                assert_eq!(ours.len(), setup.readers);
                for (ours, theirs) in ours.iter().zip(&theirs) {
                    let place = format!("{how:?}, {setup:?}, seed {seed}, call {at}");
                    assert_eq!(ours.len(), theirs.len(), "{place}");
                    for (ours, theirs) in ours.iter().zip(theirs) {
                        compared += 1;
                        if setup.overflows() {
                            assert_eq!(sums(ours), sums(theirs), "{place}");
                        } else {
                            assert_eq!(ours, theirs, "{place}");
                        }
                    }
                }
            }
        }
        let call = dice.roll();
        for (_, one) in [&unbound, &bound, &asked] {
            one.call(call, setup.models);
        }
    }
    // What is recorded after the end goes nowhere, and does no harm.
    for (_, one) in [&unbound, &bound, &asked] {
        one.provider.shutdown().expect("it ends");
        one.call(1, setup.models);
    }
    compared
}

fn all(calls: u64) {
    let setups = setups();
    let each = calls / setups.len() as u64;
    let compared: usize = setups
        .iter()
        .zip(1..)
        .map(|(setup, seed)| compare(*setup, each, seed))
        .sum();
    println!("{calls} calls, {compared} exports compared");
    assert!(compared > setups.len());
}

#[test]
fn bound_instruments_export_what_unbound_ones_do() {
    all(24_000);
}

/// `cargo test --release -p genai-tests --test export bound -- --ignored`
#[test]
#[ignore = "a million calls, for a release build"]
fn a_million_calls_export_the_same() {
    all(1_000_000);
}

/// Instruments recorded by several threads while another collects: nothing is lost and nothing is counted twice.
#[test]
fn what_is_recorded_during_a_collection_is_counted_once() {
    const CALLS: u64 = 4_000;
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let setup = Setup {
            temporality,
            limit: None,
            keeps_few: false,
            readers: 1,
            models: 5,
        };
        let mut total = Vec::new();
        for how in [How::Bound, How::Unbound, How::Asked] {
            let one = Provider::new(setup, how);
            let mut exports = Vec::new();
            std::thread::scope(|scope| {
                let threads = [1, 2, 3].map(|seed| {
                    let one = &one;
                    scope.spawn(move || {
                        let mut dice = Dice(seed);
                        for _ in 0..CALLS {
                            one.call(dice.roll(), setup.models);
                        }
                    })
                });
                while threads.iter().any(|thread| !thread.is_finished()) {
                    exports.extend(one.collect());
                }
            });
            exports.extend(one.collect());
            let exports: Vec<Points> = exports.into_iter().flatten().collect();
            let of_all = if temporality == Temporality::Cumulative {
                exports.last().cloned().unwrap_or_default()
            } else {
                let mut sum = Points::new();
                for (key, point) in exports.into_iter().flatten() {
                    sum.entry(key).or_default().add(&point);
                }
                sum
            };
            let calls: u64 = of_all
                .iter()
                .filter(|((name, _), _)| name.ends_with("duration"))
                .map(|(_, point)| point.count)
                .sum();
            assert_eq!(calls, 3 * CALLS, "{temporality:?}");
            total.push(of_all);
        }
        assert_eq!(total[0], total[1], "{temporality:?}");
        assert_eq!(total[0], total[2], "{temporality:?}");
    }
}

/// What arrived at a provider that is not the SDK's.
#[derive(Default)]
struct Arrived {
    unbound: AtomicU64,
    bound: AtomicU64,
    bindings: AtomicU64,
}

/// A provider of another kind: it binds, and keeps the attributes, or it gives out what goes nowhere.
#[derive(Clone)]
struct Foreign {
    arrived: Arc<Arrived>,
    binds: bool,
}

struct Binding {
    to: Option<(Arc<Arrived>, Vec<KeyValue>)>,
}

impl<T> BoundSyncInstrument<T> for Binding {
    fn measure(&self, _: T) {
        if let Some((arrived, attributes)) = &self.to {
            assert!(attributes.len() > 2);
            arrived.bound.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T> SyncInstrument<T> for Foreign {
    fn measure(&self, _: T, attributes: &[KeyValue]) {
        assert!(attributes.len() > 2);
        self.arrived.unbound.fetch_add(1, Ordering::Relaxed);
    }

    fn bind(&self, attributes: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
        self.arrived.bindings.fetch_add(1, Ordering::Relaxed);
        let to = (Arc::clone(&self.arrived), attributes.to_vec());
        Box::new(Binding {
            to: self.binds.then_some(to),
        })
    }
}

impl InstrumentProvider for Foreign {
    fn f64_histogram(
        &self,
        _: HistogramBuilder<'_, opentelemetry::metrics::Histogram<f64>>,
    ) -> opentelemetry::metrics::Histogram<f64> {
        opentelemetry::metrics::Histogram::new(Arc::new(self.clone()))
    }

    fn u64_histogram(
        &self,
        _: HistogramBuilder<'_, opentelemetry::metrics::Histogram<u64>>,
    ) -> opentelemetry::metrics::Histogram<u64> {
        opentelemetry::metrics::Histogram::new(Arc::new(self.clone()))
    }
}

impl MeterProvider for Foreign {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(self.clone()))
    }
}

/// Forty calls of twenty models, so that sets are new again and again; what arrived.
fn arrived(binds: bool) -> [u64; 3] {
    let foreign = Foreign {
        arrived: Arc::default(),
        binds,
    };
    let telemetry = Telemetry::builder().meter_provider(foreign.clone()).build();
    for n in 0..40 {
        let model = format!("asked-{}", n / 2);
        let mut call = telemetry.chat("openai").model(&model).start();
        call.input_tokens(1);
        call.output_tokens(2);
        call.finish();
    }
    let Arrived {
        unbound,
        bound,
        bindings,
    } = &*foreign.arrived;
    [unbound, bound, bindings].map(|n| n.load(Ordering::Relaxed))
}

#[test]
fn a_provider_that_does_not_bind_is_asked_a_few_times_and_gets_everything() {
    let [unbound, bound, bindings] = arrived(false);
    assert_eq!((unbound, bound), (3 * 40, 0));
    assert!((1..=8).contains(&bindings), "{bindings}");
}

#[test]
fn a_provider_of_unknown_type_that_binds_is_bound_from_its_first_recording_on() {
    let [unbound, bound, bindings] = arrived(true);
    assert_eq!(unbound + bound, 3 * 40);
    // Of each model the first call finds no set that is kept, so it is recorded unbound: all but the very first duration.
    assert_eq!((unbound, bound), (20 * 3 - 1, 20 * 3 + 1));
    assert_eq!(bindings, 1 + 20 * 3);
}
