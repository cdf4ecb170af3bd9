//! Quantiles of a histogram.
//!
//! In come buckets, one set per combination of attributes; out go estimates over all of them.

use opentelemetry_sdk::metrics::data::HistogramDataPoint;

/// Merged histogram buckets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Distribution {
    bounds: Vec<f64>,
    counts: Vec<u64>,
    count: u64,
    min: Option<f64>,
    max: Option<f64>,
}

impl Distribution {
    /// `counts` has one more entry than `bounds` (for what is above the last); both may be empty.
    pub(super) fn new(
        bounds: Vec<f64>,
        counts: Vec<u64>,
        count: u64,
        min: Option<f64>,
        max: Option<f64>,
    ) -> Self {
        Distribution {
            bounds,
            counts,
            count,
            min,
            max,
        }
    }

    /// The buckets of one collected point.
    pub(super) fn of<T: Copy>(point: &HistogramDataPoint<T>, float: fn(T) -> f64) -> Self {
        Distribution::new(
            point.bounds().collect(),
            point.bucket_counts().collect(),
            point.count(),
            point.min().map(float),
            point.max().map(float),
        )
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn max(&self) -> Option<f64> {
        self.max
    }

    /// Takes another set of buckets in. Sets with different bounds (a view changed them) keep only what does not need them.
    pub(super) fn add(&mut self, other: &Distribution) {
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        self.count += other.count;
        self.min = merge(self.min, other.min, f64::min);
        self.max = merge(self.max, other.max, f64::max);
        if self.bounds == other.bounds && self.counts.len() == other.counts.len() {
            self.counts
                .iter_mut()
                .zip(&other.counts)
                .for_each(|(sum, count)| *sum += count);
        } else {
            self.bounds.clear();
            self.counts.clear();
        }
    }

    /// The value below which the fraction `q` lies, by linear interpolation inside its bucket; none without buckets.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = q * total as f64;
        let mut below = 0_u64;
        for (i, &count) in self.counts.iter().enumerate() {
            if count > 0 && (below + count) as f64 >= rank {
                // The measured extremes are tighter than the outermost bounds.
                let previous = i.checked_sub(1).and_then(|i| self.bounds.get(i)).copied();
                let lower = merge(previous, self.min, f64::max).unwrap_or(0.0);
                let upper = merge(self.bounds.get(i).copied(), self.max, f64::min).unwrap_or(lower);
                let inside = ((rank - below as f64) / count as f64).clamp(0.0, 1.0);
                return Some(lower + (upper - lower).max(0.0) * inside);
            }
            below += count;
        }
        self.max
    }
}

fn merge(a: Option<f64>, b: Option<f64>, f: fn(f64, f64) -> f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(f(a, b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(values: &[f64]) -> Distribution {
        let bounds = vec![0.01, 0.1, 1.0];
        let mut counts = vec![0; 4];
        for value in values {
            counts[bounds.iter().position(|bound| value <= bound).unwrap_or(3)] += 1;
        }
        let extreme = |f: fn(f64, f64) -> f64| values.iter().copied().reduce(f);
        Distribution::new(
            bounds,
            counts,
            values.len() as u64,
            extreme(f64::min),
            extreme(f64::max),
        )
    }

    #[test]
    fn quantiles_stay_between_the_extremes() {
        let one = distribution(&[0.042]);
        assert_eq!(one.quantile(0.5), Some(0.042));
        assert_eq!(one.quantile(0.95), Some(0.042));
        let high = distribution(&[5.0, 7.0]);
        assert!(high.quantile(0.5).unwrap() >= 5.0 && high.quantile(0.95).unwrap() <= 7.0);
        assert_eq!(Distribution::default().quantile(0.5), None);
    }

    #[test]
    fn merged_sets_count_together() {
        let mut all = distribution(&[0.005; 90]);
        all.add(&distribution(&[0.5; 10]));
        assert_eq!(all.count(), 100);
        assert!(all.quantile(0.5).unwrap() <= 0.01);
        assert!((0.1..=0.5).contains(&all.quantile(0.95).unwrap()));
        assert_eq!(all.max(), Some(0.5));
        all.add(&Distribution::new(
            vec![3.0],
            vec![1, 0],
            1,
            Some(2.0),
            Some(2.0),
        ));
        assert_eq!(
            (all.count(), all.quantile(0.5), all.max()),
            (101, None, Some(2.0))
        );
    }
}
