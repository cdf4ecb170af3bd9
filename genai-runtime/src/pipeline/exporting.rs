//! Handing over what is held back: hooks, uploads and the exporters that this library set up go in; what was left after a
//! timeout comes out.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::diag::locks::lock;
use crate::diag::sync::{Mutex, shared_statics};
use crate::pipeline::hook::{CompletionHook, Unfinished};
use crate::pipeline::stages::{Work, in_stages};

/// Providers with exporters, set up by this library.
pub(crate) trait Exporting: Send + Sync {
    /// The work of handing over spans and events, for which there is the time `within`; with `stop` nothing is taken afterwards.
    fn spans_and_events(&self, stop: bool, within: Duration) -> Vec<Work>;

    /// Likewise for metrics. They go last: a summary of them is the last thing to be seen on a terminal.
    fn metrics(&self, stop: bool, within: Duration) -> Vec<Work>;
}

shared_statics! {
    /// Those that are the process's, in the order they became so.
    static INSTALLED: Mutex<Vec<Weak<dyn Exporting>>> = Mutex::new(Vec::new());
}

/// Makes `exporting` one of the process's.
#[cfg(any(feature = "console", feature = "otlp"))]
pub(crate) fn installed(exporting: &Arc<dyn Exporting>) {
    if let Some(mut all) = lock(&INSTALLED) {
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(exporting));
    }
}

/// `exporting` has stopped.
#[cfg(any(feature = "console", feature = "otlp"))]
pub(crate) fn stopped(exporting: &Arc<dyn Exporting>) {
    if let Some(mut all) = lock(&INSTALLED) {
        all.retain(|one| !std::ptr::addr_eq(one.as_ptr(), Arc::as_ptr(exporting)));
    }
}

/// All that are the process's.
pub(crate) fn all_installed() -> Vec<Arc<dyn Exporting>> {
    let all = lock(&INSTALLED);
    let all = all.iter().flat_map(|all| all.iter());
    all.filter_map(Weak::upgrade).collect()
}

/// The work of a hook: to finish what it was given, and with `stop` to take nothing afterwards.
pub(crate) fn of_hook(hook: &Arc<dyn CompletionHook>, stop: bool, timeout: Duration) -> Work {
    let hook = Arc::clone(hook);
    Work {
        part: "completion hook",
        run: Box::new(move || {
            if stop {
                hook.shutdown(timeout)
            } else {
                hook.flush(timeout)
            }
        }),
    }
}

/// How much longer than its timeout a hook may take to say what it left; one that does not keep to its time is left behind.
const GRACE: Duration = Duration::from_millis(50);

/// Hands over what hook and exporters hold within `timeout`; with `stop` the exporters take nothing afterwards.
///
/// The hook comes first, since it may report something while it finishes.
pub(crate) fn hand_over(
    hook: Option<Work>,
    exporting: &[Arc<dyn Exporting>],
    stop: bool,
    timeout: Duration,
) -> Result<(), Unfinished> {
    if exporting.is_empty() {
        return hook.map_or(Ok(()), |hook| {
            in_stages([vec![hook]], timeout.saturating_add(GRACE))
        });
    }
    let all = || exporting.iter();
    let spans_and_events = all().flat_map(|one| one.spans_and_events(stop, timeout));
    let metrics = all().flat_map(|one| one.metrics(stop, timeout));
    let stages = [
        hook.into_iter().collect(),
        spans_and_events.collect(),
        metrics.collect(),
    ];
    in_stages(stages, timeout)
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "console", feature = "otlp"))]
    #[test]
    fn what_is_installed_is_the_processs_until_it_stops_or_is_gone() {
        struct Exporter;
        impl Exporting for Exporter {
            fn spans_and_events(&self, _: bool, _: Duration) -> Vec<Work> {
                Vec::new()
            }
            fn metrics(&self, _: bool, _: Duration) -> Vec<Work> {
                Vec::new()
            }
        }
        let new = || -> Arc<dyn Exporting> { Arc::new(Exporter) };
        let (a, b, c) = (new(), new(), new());
        let is_kept = |one: &Weak<dyn Exporting>| {
            let all = lock(&INSTALLED).unwrap();
            all.iter()
                .any(|kept| std::ptr::addr_eq(kept.as_ptr(), one.as_ptr()))
        };
        let is_installed = |one: &Arc<dyn Exporting>| {
            let all = all_installed();
            all.iter()
                .any(|other| std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other)))
        };
        for one in [&a, &b] {
            installed(one);
        }
        assert!(is_installed(&a) && is_installed(&b) && !is_installed(&c));
        stopped(&a);
        assert!(!is_installed(&a) && is_installed(&b));
        // One that is gone is let go when the next one comes.
        let gone = Arc::downgrade(&b);
        drop(b);
        assert!(is_kept(&gone));
        installed(&c);
        assert!(!is_kept(&gone) && is_installed(&c));
        stopped(&c);
        assert!(!is_kept(&Arc::downgrade(&c)));
    }

    #[test]
    fn a_hook_is_flushed_or_shut_down_with_its_time() {
        struct Says;
        impl CompletionHook for Says {
            fn on_completion(&self, _: &mut crate::pipeline::hook::Completion<'_>) {}
            fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
                Err(Unfinished::new(format!("flush {timeout:?}")))
            }
            fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
                Err(Unfinished::new(format!("shutdown {timeout:?}")))
            }
        }
        let hook: Arc<dyn CompletionHook> = Arc::new(Says);
        let time = Duration::from_secs(7);
        for (stop, left) in [(false, "flush 7s"), (true, "shutdown 7s")] {
            let work = of_hook(&hook, stop, time);
            assert_eq!(work.part, "completion hook");
            let handed = hand_over(Some(work), &[], stop, time);
            assert_eq!(handed, Err(Unfinished::new(left)));
            assert_eq!(hand_over(None, &[], stop, time), Ok(()));
        }
    }
}
