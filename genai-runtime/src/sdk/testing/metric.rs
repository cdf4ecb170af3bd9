//! Metrics as the harness gives them out.
//!
//! In comes what the SDK collected; out go points with attributes, count, sum and buckets.

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

use super::attributes::{Attributes, attributes_of};

attributes_of!(Point);

/// A metric and its points.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its description.
    pub description: String,
    /// Name of the instrumentation that made it.
    pub scope: String,
    /// One for each combination of attributes.
    pub points: Vec<Point>,
}

/// What was recorded for one combination of attributes. Dereferences to its [`Attributes`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Point {
    /// The attributes.
    pub attributes: Attributes,
    /// How many values a histogram recorded; 1 for counters and gauges.
    pub count: u64,
    /// The sum of a histogram or counter; the value of a gauge.
    pub sum: f64,
    /// The smallest value of a histogram.
    pub min: Option<f64>,
    /// The largest value of a histogram.
    pub max: Option<f64>,
    /// Upper bounds of a histogram's buckets, but the last; empty for others.
    pub bounds: Vec<f64>,
    /// How many values each bucket holds: one more entry than `bounds`.
    pub buckets: Vec<u64>,
}

impl Metric {
    pub(super) fn read(metrics: &ResourceMetrics) -> Vec<Metric> {
        let mut read = Vec::new();
        for scope in metrics.scope_metrics() {
            for metric in scope.metrics() {
                let points = match metric.data() {
                    AggregatedMetrics::F64(data) => points(data, |value| value),
                    AggregatedMetrics::U64(data) => points(data, |value| value as f64),
                    AggregatedMetrics::I64(data) => points(data, |value| value as f64),
                };
                read.push(Metric {
                    name: metric.name().to_owned(),
                    unit: metric.unit().to_owned(),
                    description: metric.description().to_owned(),
                    scope: scope.scope().name().to_owned(),
                    points,
                });
            }
        }
        read
    }
}

impl Point {
    fn single(attributes: Attributes, value: f64) -> Self {
        Point {
            attributes,
            count: 1,
            sum: value,
            min: None,
            max: None,
            bounds: Vec::new(),
            buckets: Vec::new(),
        }
    }
}

fn points<T: Copy>(data: &MetricData<T>, float: fn(T) -> f64) -> Vec<Point> {
    match data {
        MetricData::Gauge(gauge) => gauge
            .data_points()
            .map(|point| Point::single(Attributes::new(point.attributes()), float(point.value())))
            .collect(),
        MetricData::Sum(sum) => sum
            .data_points()
            .map(|point| Point::single(Attributes::new(point.attributes()), float(point.value())))
            .collect(),
        MetricData::Histogram(histogram) => histogram
            .data_points()
            .map(|point| Point {
                attributes: Attributes::new(point.attributes()),
                count: point.count(),
                sum: float(point.sum()),
                min: point.min().map(float),
                max: point.max().map(float),
                bounds: point.bounds().collect(),
                buckets: point.bucket_counts().collect(),
            })
            .collect(),
        MetricData::ExponentialHistogram(histogram) => histogram
            .data_points()
            .map(|point| Point {
                attributes: Attributes::new(point.attributes()),
                count: point.count() as u64,
                sum: float(point.sum()),
                min: point.min().map(float),
                max: point.max().map(float),
                bounds: Vec::new(),
                buckets: Vec::new(),
            })
            .collect(),
    }
}
