//! The program's own counters, gauges and histograms, below the table of operations.
//!
//! In come collected metrics other than the conventions'; out goes one line for each instrument and set of attributes.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{Metric, MetricData};

use super::content;
use super::distribution::Distribution;
use super::terminal::{Line, Style, Terminal, count, duration, number};

/// Most lines that are shown.
const MOST: usize = 100;
/// Columns of the name, of each number, and of what a line begins with.
const NAME: usize = 40;
const NUMBER: usize = 10;
const INDENT: usize = 2;

/// One instrument with one set of attributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    value: Value,
    name: String,
    unit: String,
    attributes: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// A counter's sum, monotonic or not.
    Total(f64),
    /// A gauge's last value.
    Last(f64),
    Histogram(Distribution),
}

impl Value {
    /// Which table it is in, in their order.
    fn table(&self) -> usize {
        match self {
            Value::Total(_) => 0,
            Value::Last(_) => 1,
            Value::Histogram(_) => 2,
        }
    }
}

/// The heading of each table and of its numbers.
const TABLES: [(&str, &[&str]); 3] = [
    ("counter", &["total"]),
    ("gauge", &["last"]),
    ("histogram", &["count", "p50", "p95", "max"]),
];

/// The lines of `metric`.
pub(super) fn read<T: Copy>(
    metric: &Metric,
    data: &MetricData<T>,
    float: fn(T) -> f64,
) -> Vec<Series> {
    let mut found = Vec::new();
    let mut add = |attributes: &mut dyn Iterator<Item = &KeyValue>, value: Value| {
        found.push(Series {
            value,
            name: metric.name().to_owned(),
            unit: metric.unit().to_owned(),
            attributes: labels(attributes),
        });
    };
    match data {
        MetricData::Sum(sum) => sum.data_points().for_each(|point| {
            add(&mut point.attributes(), Value::Total(float(point.value())));
        }),
        MetricData::Gauge(gauge) => gauge.data_points().for_each(|point| {
            add(&mut point.attributes(), Value::Last(float(point.value())));
        }),
        MetricData::Histogram(histogram) => histogram.data_points().for_each(|point| {
            let values = Distribution::of(point, float);
            add(&mut point.attributes(), Value::Histogram(values));
        }),
        // Its buckets are not those of `Distribution`: without quantiles.
        MetricData::ExponentialHistogram(histogram) => {
            histogram.data_points().for_each(|point| {
                let count = u64::try_from(point.count()).unwrap_or(u64::MAX);
                let (min, max) = (point.min().map(float), point.max().map(float));
                let values = Distribution::new(Vec::new(), Vec::new(), count, min, max);
                add(&mut point.attributes(), Value::Histogram(values));
            });
        }
    }
    found
}

/// The attributes, sorted, as `key=value`.
fn labels(attributes: &mut dyn Iterator<Item = &KeyValue>) -> String {
    let mut labels: Vec<String> = attributes
        .map(|a| format!("{}={}", a.key, content::shorten(&a.value.as_str())))
        .collect();
    labels.sort_unstable();
    labels.join(" ")
}

/// Appends the tables to `out`.
pub(super) fn draw(terminal: &Terminal, series: &[Series], out: &mut String) {
    let mut sorted: Vec<&Series> = series.iter().collect();
    sorted.sort_by_key(|s| (s.value.table(), &s.name, &s.attributes));
    let shown = sorted.get(..MOST).unwrap_or(&sorted);
    let widest = |text: fn(&Series) -> String| {
        let columns = shown.iter().map(|s| text(s).chars().count());
        columns.max().unwrap_or_default()
    };
    let name = widest(title).clamp("histogram".len(), NAME) + 2;
    let labels = widest(|series| series.attributes.clone());
    for (table, (heading, numbers)) in TABLES.iter().enumerate() {
        let mut rows = shown.iter().filter(|s| s.value.table() == table).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let room = terminal.width.saturating_sub(INDENT + name);
        let attributes = labels.min(room.saturating_sub(NUMBER * numbers.len()));
        let mut head = terminal.line();
        head.push("  ", Style::Faint)
            .left(heading, name, Style::Faint)
            .left("", attributes, Style::Faint);
        for number in *numbers {
            head.right(number, NUMBER, Style::Faint);
        }
        head.end(out);
        for series in rows {
            let mut line = terminal.line();
            line.push("  ", Style::Plain)
                .left(&title(series), name, Style::Strong)
                .left(&series.attributes, attributes, Style::Faint);
            series.numbers(&mut line);
            line.end(out);
        }
    }
    if let Some(more) = sorted.len().checked_sub(MOST).filter(|more| *more > 0) {
        let mut line = terminal.line();
        line.push(&format!("  … and {more} more"), Style::Faint);
        line.end(out);
    }
}

/// The name, with the unit where the numbers do not show it.
fn title(series: &Series) -> String {
    if series.unit.is_empty() || seconds_per(&series.unit).is_some() {
        series.name.clone()
    } else {
        format!("{} {}", series.name, series.unit)
    }
}

impl Series {
    fn numbers(&self, line: &mut Line) {
        match &self.value {
            Value::Total(value) | Value::Last(value) => {
                line.right(&self.number(Some(*value)), NUMBER, Style::Number);
            }
            Value::Histogram(values) => {
                let calls = i64::try_from(values.count()).unwrap_or(i64::MAX);
                line.right(&count(calls), NUMBER, Style::Plain);
                for value in [values.quantile(0.5), values.quantile(0.95), values.max()] {
                    line.right(&self.number(value), NUMBER, Style::Plain);
                }
            }
        }
    }

    fn number(&self, value: Option<f64>) -> String {
        let Some(value) = value else {
            return "-".to_owned();
        };
        let as_time =
            seconds_per(&self.unit).and_then(|unit| Duration::try_from_secs_f64(value * unit).ok());
        as_time.map_or_else(|| number(value), duration)
    }
}

/// The length of a unit of time.
fn seconds_per(unit: &str) -> Option<f64> {
    match unit {
        "s" => Some(1.0),
        "ms" => Some(1e-3),
        "us" => Some(1e-6),
        "ns" => Some(1e-9),
        _ => None,
    }
}
