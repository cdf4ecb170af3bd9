//! The tables of the metrics that end a program's output.
//!
//! In come collected metrics; out goes one line for each operation and model: calls, errors, tokens, durations. The program's
//! own instruments follow.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use super::distribution::Distribution;
use super::instruments::{self, Series};
use super::terminal::{Style, Terminal, count, seconds, tokens};
use crate::semconv::registry::METRICS;

/// A metric exporter that prints tables of the metrics when it is shut down.
///
/// One line for each operation, provider and model: calls, failed calls, tokens in and out, and the durations' median, 95th percentile
/// (both estimated from the histogram's buckets) and maximum, and the median of the time to the first chunk where something was streamed.
/// Below, the counters, gauges and histograms of the program's own (this library's [`counter`](crate::metrics::counter()) and
/// [`histogram`](crate::metrics::histogram()), or OpenTelemetry's), with one line for each set of attributes and at most 100 lines.
#[derive(Clone, Debug)]
pub struct MetricSummary {
    terminal: Terminal,
    collected: Arc<Mutex<Collected>>,
}

/// What the last collection found.
#[derive(Clone, Debug, Default)]
struct Collected {
    operations: Table,
    own: Vec<Series>,
}

type Table = BTreeMap<Group, Line>;

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    operation: String,
    model: String,
    provider: String,
}

#[derive(Clone, Debug, Default)]
struct Line {
    durations: Distribution,
    first_chunks: Distribution,
    errors: u64,
    input: Option<f64>,
    output: Option<f64>,
}

impl MetricSummary {
    pub(super) fn new(terminal: Terminal) -> Self {
        MetricSummary {
            terminal,
            collected: Arc::default(),
        }
    }

    /// Prints what was collected last.
    pub(super) fn print(&self) {
        let Collected { operations, own } = self
            .collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if operations.is_empty() && own.is_empty() {
            return;
        }
        let mut out = String::from("\n");
        let mut heading = self.terminal.line();
        heading.push("metrics", Style::Faint).end(&mut out);
        if !operations.is_empty() {
            draw(&self.terminal, &operations, &mut out);
        }
        instruments::draw(&self.terminal, &own, &mut out);
        self.terminal.write(&out);
    }
}

impl PushMetricExporter for MetricSummary {
    fn export(&self, metrics: &ResourceMetrics) -> impl Future<Output = OTelSdkResult> + Send {
        let collected = read(metrics);
        *self
            .collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = collected;
        ready(Ok(()))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.print();
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        // Each collection then has everything since the start, and the last one is the table.
        Temporality::Cumulative
    }
}

fn read(metrics: &ResourceMetrics) -> Collected {
    let mut collected = Collected::default();
    for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
        match metric.data() {
            AggregatedMetrics::F64(data) => collected.add(metric, data, |value| value),
            AggregatedMetrics::U64(data) => collected.add(metric, data, |value| value as f64),
            AggregatedMetrics::I64(data) => collected.add(metric, data, |value| value as f64),
        }
    }
    collected
}

impl Collected {
    fn add<T: Copy>(&mut self, metric: &Metric, data: &MetricData<T>, float: fn(T) -> f64) {
        if METRICS.iter().any(|known| known.name == metric.name()) {
            histogram(&mut self.operations, metric.name(), data, float);
        } else {
            self.own.extend(instruments::read(metric, data, float));
        }
    }
}

fn histogram<T: Copy>(table: &mut Table, name: &str, data: &MetricData<T>, float: fn(T) -> f64) {
    let MetricData::Histogram(histogram) = data else {
        return;
    };
    for point in histogram.data_points() {
        match name {
            "gen_ai.client.operation.duration" => {
                let line = table.entry(group(point.attributes())).or_default();
                line.durations.add(&Distribution::of(point, float));
                if point.attributes().any(|a| a.key.as_str() == "error.type") {
                    line.errors += point.count();
                }
            }
            "mcp.client.operation.duration" | "mcp.server.operation.duration" => {
                let side = if name.starts_with("mcp.client") {
                    "mcp client"
                } else {
                    "mcp server"
                };
                let line = table.entry(request(side, point.attributes())).or_default();
                line.durations.add(&Distribution::of(point, float));
                if point.attributes().any(|a| a.key.as_str() == "error.type") {
                    line.errors += point.count();
                }
            }
            "gen_ai.client.operation.time_to_first_chunk" => {
                let line = table.entry(group(point.attributes())).or_default();
                line.first_chunks.add(&Distribution::of(point, float));
            }
            "gen_ai.client.token.usage" => {
                let side = point
                    .attributes()
                    .find(|a| a.key.as_str() == "gen_ai.token.type");
                let line = table.entry(group(point.attributes())).or_default();
                let sum = match side.map(|side| side.value.as_str()).as_deref() {
                    Some("input") => &mut line.input,
                    Some("output") => &mut line.output,
                    _ => continue,
                };
                *sum.get_or_insert_default() += float(point.sum());
            }
            _ => {}
        }
    }
}

fn group<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Group {
    let mut group = Group::default();
    let mut response_model = String::new();
    for attribute in attributes {
        let field = match attribute.key.as_str() {
            "gen_ai.operation.name" => &mut group.operation,
            "gen_ai.request.model" => &mut group.model,
            "gen_ai.response.model" => &mut response_model,
            "gen_ai.provider.name" => &mut group.provider,
            _ => continue,
        };
        *field = attribute.value.as_str().into_owned();
    }
    if group.model.is_empty() {
        group.model = response_model;
    }
    group
}

/// The requests of one side of MCP: by method, and by the tool or prompt in place of the model.
fn request<'a>(side: &str, attributes: impl Iterator<Item = &'a KeyValue>) -> Group {
    let mut group = Group {
        provider: side.to_owned(),
        ..Group::default()
    };
    for attribute in attributes {
        let field = match attribute.key.as_str() {
            "mcp.method.name" => &mut group.operation,
            "gen_ai.tool.name" | "gen_ai.prompt.name" => &mut group.model,
            _ => continue,
        };
        *field = attribute.value.as_str().into_owned();
    }
    group
}

fn draw(terminal: &Terminal, table: &Table, out: &mut String) {
    let streamed = table.values().any(|line| line.first_chunks.count() > 0);
    let widest = |text: fn(&Group) -> &String, title: &str, most: usize| {
        table
            .keys()
            .map(|group| text(group).chars().count())
            .max()
            .unwrap_or(0)
            .max(title.len())
            .min(most)
            + 2
    };
    let operation = widest(|group| &group.operation, "operation", 18);
    let model = widest(|group| &group.model, "model", 30);
    // Without the provider where the terminal has no room for it.
    let numbers = 6 + 8 + 16 + 3 * 9 + if streamed { 13 } else { 0 };
    let provider = widest(|group| &group.provider, "provider", 20);
    let provider = if 2 + operation + model + provider + numbers > terminal.width {
        0
    } else {
        provider
    };

    let mut head = terminal.line();
    head.push("  ", Style::Faint)
        .left("operation", operation, Style::Faint)
        .left("model", model, Style::Faint);
    head.left(
        if provider > 0 { "provider" } else { "" },
        provider,
        Style::Faint,
    );
    for (title, columns) in [
        ("calls", 6),
        ("errors", 8),
        ("tokens in→out", 16),
        ("p50", 9),
        ("p95", 9),
        ("max", 9),
    ] {
        head.right(title, columns, Style::Faint);
    }
    if streamed {
        head.right("first chunk", 13, Style::Faint);
    }
    head.end(out);

    for (group, line) in table {
        let mut row = terminal.line();
        row.push("  ", Style::Plain)
            .left(&group.operation, operation, Style::Strong);
        row.left(&group.model, model, Style::Strong)
            .left(&group.provider, provider, Style::Faint);
        row.right(&count(line.durations.count() as i64), 6, Style::Plain);
        let errors = if line.errors > 0 {
            Style::Error
        } else {
            Style::Faint
        };
        row.right(&count(line.errors as i64), 8, errors);
        let whole = |sum: Option<f64>| sum.map(|sum| sum as i64);
        row.right(
            &tokens(whole(line.input), whole(line.output)),
            16,
            Style::Number,
        );
        let durations = &line.durations;
        for value in [
            durations.quantile(0.5),
            durations.quantile(0.95),
            durations.max(),
        ] {
            row.right(
                &value.map_or_else(|| "-".to_owned(), seconds),
                9,
                Style::Plain,
            );
        }
        if streamed {
            row.right(
                &line
                    .first_chunks
                    .quantile(0.5)
                    .map_or_else(String::new, seconds),
                13,
                Style::Plain,
            );
        }
        row.end(out);
    }
}
