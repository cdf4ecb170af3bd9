//! The attempts of one call: each says when it begins and ends; out come its number, how long the one before it has been over, and the
//! model that an annotated call inside it named.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::StringValue;

/// How many attempts there were, on the call itself.
pub(crate) const COUNT: &str = "genai.attempt.count";

/// The attempts of one call so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Attempts {
    begun: u32,
    /// When the last of them ended.
    ended: Option<Instant>,
}

/// Where an attempt stands among the others.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// From 1 on.
    pub(crate) number: u32,
    /// Since the end of the one before.
    pub(crate) wait: Option<Duration>,
}

impl Attempts {
    pub(super) fn begin(&mut self, now: Instant) -> Place {
        self.begun = self.begun.saturating_add(1);
        let ended = self.ended.take();
        Place {
            number: self.begun,
            wait: ended.map(|ended| now.saturating_duration_since(ended)),
        }
    }

    pub(super) fn end(&mut self, now: Instant) {
        self.ended = Some(now);
    }
}

/// Whether there has ever been an attempt: else a nested call does not even ask.
static IS_USED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The attempts that this thread runs now, with the model that was named inside each.
    static RUNNING: RefCell<Vec<Option<StringValue>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` as a part of an attempt; gives the model that an annotated call named in it.
pub(crate) fn running<T>(f: impl FnOnce() -> T) -> (T, Option<StringValue>) {
    IS_USED.store(true, Ordering::Relaxed);
    let pushed = RUNNING.try_with(|running| {
        let mut running = running.try_borrow_mut().ok()?;
        running.push(None);
        Some(running.len() - 1)
    });
    let mut end = Truncate(pushed.ok().flatten());
    let value = f();
    (value, end.model())
}

/// Takes an attempt away again, also when what runs in it panics.
struct Truncate(Option<usize>);

impl Truncate {
    fn model(&mut self) -> Option<StringValue> {
        let at = self.0.take()?;
        let model = RUNNING.try_with(|running| {
            let mut running = running.try_borrow_mut().ok()?;
            let model = running.get_mut(at).and_then(Option::take);
            running.truncate(at);
            model
        });
        model.ok().flatten()
    }
}

impl Drop for Truncate {
    fn drop(&mut self) {
        self.model();
    }
}

/// A call that is the same as the one around it ends, and knows its model.
#[inline]
pub(super) fn named(model: impl FnOnce() -> Option<StringValue>) {
    if !IS_USED.load(Ordering::Relaxed) {
        return;
    }
    let _ = RUNNING.try_with(|running| {
        if let Ok(mut running) = running.try_borrow_mut() {
            if let Some(known) = running.last_mut() {
                *known = model().or(known.take());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> usize {
        RUNNING.with(|running| running.borrow().len())
    }

    fn name(text: &'static str) {
        named(|| Some(text.into()));
    }

    #[test]
    fn attempts_are_counted_and_the_wait_between_them_is_known() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut attempts = Attempts::default();
        let place = |place: Place| (place.number, place.wait.map(|wait| wait.as_secs()));
        assert_eq!(place(attempts.begin(at(0))), (1, None));
        attempts.end(at(1));
        assert_eq!(place(attempts.begin(at(4))), (2, Some(3)));
        // One that did not end has no end.
        assert_eq!(place(attempts.begin(at(5))), (3, None));
        attempts.end(at(9));
        assert_eq!(place(attempts.begin(at(8))), (4, Some(0)));
    }

    #[test]
    fn an_attempt_knows_the_model_that_was_named_in_it_last() {
        let (value, model) = running(|| {
            name("first");
            let inner = running(|| name("inner")).1;
            assert_eq!(inner, Some("inner".into()));
            name("second");
            // What knows none takes nothing away.
            named(|| None);
            7
        });
        assert_eq!((value, model), (7, Some("second".into())));
        assert_eq!(running(|| ()).1, None);
        // Outside of an attempt nothing is named.
        name("outside");
        assert_eq!(running(|| ()).1, None);
    }

    #[test]
    fn an_attempt_that_panics_is_over() {
        let panicked = std::panic::catch_unwind(|| {
            running(|| {
                assert_eq!(open(), 1);
                std::panic::resume_unwind(Box::new("x"));
            });
        });
        assert!(panicked.is_err());
        assert_eq!(open(), 0);
    }
}
