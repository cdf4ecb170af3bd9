//! Campaigns: what the product promises, tried so often that chance finds what nobody thought of. A name, a count and a seed go in; a
//! ledger comes out, or what did not fit into it.
//!
//! Everything that is made up comes from the seed, so that a run is repeated by it. `docs/reliability.md` has the figures.

pub mod canary;
pub mod cardinality;
pub mod context;
pub mod fork;
pub mod hostile;
pub mod life;
mod parts;
pub mod shutdown;
mod stores;
pub mod uploads;

use std::fmt;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader};
use opentelemetry_sdk::trace::SpanData;

/// The text that panics of a campaign have.
const PLANNED: &str = "planned by the campaign";

/// How much of a campaign is run, and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub count: u64,
    pub seed: u64,
    pub threads: u64,
}

/// What a campaign did and found.
#[derive(Debug, Default)]
pub struct Report {
    /// What was counted, in the order it is shown.
    pub counts: Vec<(&'static str, u64)>,
    /// What did not fit; the first hundred.
    pub faults: Vec<String>,
    pub took: Duration,
}

impl Report {
    pub fn count(&mut self, what: &'static str, n: u64) {
        match self.counts.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sum)) => *sum += n,
            None => self.counts.push((what, n)),
        }
    }

    /// What was counted under a name.
    pub fn counted(&self, what: &str) -> u64 {
        let found = self.counts.iter().find(|(known, _)| *known == what);
        found.map_or(0, |(_, n)| *n)
    }

    /// Notes a fault, unless there are many.
    pub fn fault(&mut self, fault: impl FnOnce() -> String) {
        if self.faults.len() < 100 {
            self.faults.push(fault());
        }
    }

    /// Notes a fault if the two differ.
    pub fn same(&mut self, what: &str, found: u64, expected: u64) {
        if found != expected {
            self.fault(|| format!("{what}: {found}, and not {expected}"));
        }
    }

    /// Takes in what another found.
    pub fn add(&mut self, other: Self) {
        for (what, n) in other.counts {
            self.count(what, n);
        }
        self.faults.extend(other.faults);
        self.faults.truncate(100);
    }

    /// Waits for threads, and takes in what they found.
    fn join<'a>(&mut self, threads: impl IntoIterator<Item = ScopedJoinHandle<'a, Self>>) {
        for thread in threads {
            match thread.join() {
                Ok(found) => self.add(found),
                Err(_) => self.fault(|| "a thread panicked".to_owned()),
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "WRONG {fault}")?;
        }
        for (what, n) in &self.counts {
            writeln!(f, "{n:>14}  {what}")?;
        }
        write!(f, "{:>14.1}  seconds", self.took.as_secs_f64())
    }
}

/// Runs a campaign by its name; `None` if there is none of that name.
pub fn run(name: &str, plan: Plan) -> Option<Report> {
    let (_, run) = CAMPAIGNS.iter().find(|(known, _)| *known == name)?;
    let began = std::time::Instant::now();
    let mut report = run(plan);
    report.took = began.elapsed();
    Some(report)
}

type Campaign = fn(Plan) -> Report;

/// All campaigns by their names.
const CAMPAIGNS: [(&str, Campaign); 8] = [
    ("life", life::run),
    ("context", context::run),
    ("cardinality", cardinality::run),
    ("hostile", hostile::run),
    ("canary", canary::run),
    ("uploads", uploads::run),
    ("shutdown", shutdown::run),
    ("fork", fork::run),
];

/// The names of all campaigns.
pub fn names() -> impl Iterator<Item = &'static str> {
    CAMPAIGNS.iter().map(|(name, _)| *name)
}

/// What the environment has to be for a campaign; a process cannot change its own.
pub fn variables(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "shutdown" => &shutdown::VARIABLES,
        _ => &[],
    }
}

/// An attribute of a span, as text.
fn text(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|a| a.key.as_str() == key);
    found.map(|a| a.value.as_str().into_owned())
}

/// A reader that exports when it is asked to, and not before.
fn reader(exporter: &InMemoryMetricExporter) -> PeriodicReader<InMemoryMetricExporter> {
    PeriodicReader::builder(exporter.clone())
        .with_interval(Duration::from_secs(86_400))
        .build()
}

/// How many values each series of the durations of these names has, as they were exported last.
fn durations(exporter: &InMemoryMetricExporter, is_meant: impl Fn(&str) -> bool) -> Vec<u64> {
    let metrics = exporter.get_finished_metrics().unwrap_or_default();
    let scopes = metrics
        .last()
        .into_iter()
        .flat_map(|last| last.scope_metrics());
    let found = scopes
        .flat_map(|scope| scope.metrics())
        .filter(|metric| is_meant(metric.name()));
    found
        .flat_map(|metric| match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|point| point.count()).collect()
            }
            _ => Vec::new(),
        })
        .collect()
}
