//! Whether anything listens: the question that every call asks first.
//!
//! In goes what was installed, and what an operation that looked has found; out comes "off", which costs a relaxed load and a
//! thread-local counter. The OpenTelemetry globals are looked at again after a second at most.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Instant;

use crate::bridge::globals::Globals as _;
use crate::bridge::{Companions, VERSION};
use crate::diag::locks::Made;
use crate::diag::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use crate::diag::sync::shared_statics;
use crate::diag::warn::{Once, once};

/// Where nothing listens: all that the hot path asks.
const IS_OFF: u32 = 1;
/// No provider: calls are bare calls until the next look.
const OFF: u32 = IS_OFF;
/// Nothing is known yet.
const UNKNOWN: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
/// Switched off for good by `OTEL_SDK_DISABLED`.
const DISABLED: u32 = UNKNOWN.get() | IS_OFF;
/// A provider is there. From here on there is an even number for each installation, so that a look notices one.
const ON: u32 = 4;

/// How many calls of a busy thread share one look at the clock while off.
const CALLS_PER_LOOK: u32 = 64;
/// How often the OpenTelemetry globals are looked at, in milliseconds.
const LOOK_MILLIS: u64 = 1_000;

shared_statics! {
    static STATE: AtomicU32 = AtomicU32::new(UNKNOWN.get());
    static INSTALLED: AtomicU32 = AtomicU32::new(0);
    static LOOKED_AT: AtomicU64 = AtomicU64::new(0);
    static UNHEARD: AtomicU8 = AtomicU8::new(0);
}

thread_local! {
    static COUNTDOWN: Cell<u32> = const { Cell::new(0) };
    static BURST: Cell<(u64, u32)> = const { Cell::new((0, 1)) };
}

/// Milliseconds since the library was first used, from 1 on.
fn millis(now: Instant) -> u64 {
    static EPOCH: Made<Instant> = Made::new();
    let elapsed = now.saturating_duration_since(*EPOCH.get_or_make(|| now).unwrap_or(&now));
    u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .saturating_add(1)
}

/// Whether nothing listens, as far as can be said without work.
#[inline]
pub(crate) fn is_off() -> bool {
    match STATE.load(Ordering::Relaxed) {
        state if state & IS_OFF != 0 => {
            COUNTDOWN.try_with(|c| match c.get().checked_sub(1) {
                Some(left) => {
                    c.set(left);
                    true
                }
                None => state == DISABLED || !is_look_due(),
            }) != Ok(false)
        }
        _ => false,
    }
}

/// Reads the clock for the next few calls of this thread: every call of a quiet thread, one in [`CALLS_PER_LOOK`] of a busy one.
#[cold]
#[inline(never)]
fn is_look_due() -> bool {
    let now = millis(Instant::now());
    let calls = BURST
        .try_with(|burst| {
            let (last, calls) = burst.get();
            // Busy: the calls since the last look took under a millisecond.
            let calls = if now == last {
                calls.saturating_mul(2).min(CALLS_PER_LOOK)
            } else {
                1
            };
            burst.set((now, calls));
            calls
        })
        .unwrap_or(1);
    let _ = COUNTDOWN.try_with(|c| c.set(calls - 1));
    is_old(now)
}

fn is_old(now: u64) -> bool {
    now.saturating_sub(LOOKED_AT.load(Ordering::Relaxed)) >= LOOK_MILLIS
}

/// Whether somebody is known to listen.
#[inline]
pub(crate) fn is_on() -> bool {
    STATE.load(Ordering::Relaxed) >= ON
}

/// Whether the last look at the OpenTelemetry globals is recent enough.
#[inline]
pub(super) fn is_fresh(now: Instant) -> bool {
    !is_old(millis(now))
}

/// A configuration is installed. What it says counts as a look.
pub(super) fn looked() {
    LOOKED_AT.store(millis(Instant::now()), Ordering::Relaxed);
}

/// When the OpenTelemetry globals were looked at, for [`claim_look`].
pub(super) fn last_look() -> u64 {
    LOOKED_AT.load(Ordering::Relaxed)
}

/// Whether the caller is the one to look at the OpenTelemetry globals: of all threads that saw the same last look, one is.
pub(super) fn claim_look(last: u64, now: Instant) -> bool {
    LOOKED_AT
        .compare_exchange(last, millis(now), Ordering::Relaxed, Ordering::Relaxed)
        .is_ok()
}

/// A configuration was installed: what it says holds until the next one is, or the OpenTelemetry globals say otherwise.
pub(super) fn install(is_disabled: bool) {
    let number = INSTALLED.fetch_add(1, Ordering::Relaxed);
    let state = if is_disabled {
        DISABLED
    } else {
        // `ON` itself is what looks find.
        number
            .saturating_add(1)
            .saturating_mul(2)
            .saturating_add(ON)
            & !IS_OFF
    };
    // Not a store: of two changes that meet, the one that finds the other is the later one.
    STATE.swap(state, Ordering::AcqRel);
}

/// What was known when somebody began to look. What the look finds holds only if nothing else became known meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look(NonZeroU32);

/// Begins a look. Whoever sees by it that a configuration was installed sees that configuration.
pub(super) fn look() -> Look {
    Look(NonZeroU32::new(STATE.load(Ordering::Acquire)).unwrap_or(UNKNOWN))
}

impl Look {
    /// Somebody listens. That holds too where another look found nobody, since it may have been earlier.
    pub(super) fn switch_on(self) {
        let seen = self.0.get();
        let on = |state| (state < ON && (state != DISABLED || state == seen)).then_some(ON);
        let _ = STATE.fetch_update(Ordering::Release, Ordering::Relaxed, on);
    }

    /// The configuration is switched off for good.
    pub(super) fn disable(self) {
        self.found(DISABLED);
    }

    /// What an operation that looked has found.
    pub(crate) fn learn(self, is_anything_listening: bool) {
        if is_anything_listening {
            self.switch_on();
        } else {
            self.found(OFF);
        }
        if count_unheard(&UNHEARD, is_anything_listening) {
            once(Once::NoProvider, no_provider);
        }
    }

    /// What was found, unless something else became known since the look began.
    fn found(self, state: u32) {
        let _ = STATE.compare_exchange(self.0.get(), state, Ordering::Release, Ordering::Relaxed);
    }
}

/// How many looks find nothing before that is said: the first calls of a program may come before its providers.
const LOOKS: u8 = 3;

/// Whether this is the look after which it is said that nobody listens: never where somebody did.
pub(super) fn count_unheard(unheard: &AtomicU8, is_anything_listening: bool) -> bool {
    if is_anything_listening {
        unheard.store(LOOKS, Ordering::Relaxed);
        return false;
    }
    let next = |looks: u8| (looks < LOOKS).then_some(looks + 1);
    let before = unheard.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    before == Ok(LOOKS - 1)
}

fn no_provider() -> String {
    let mut older = Vec::new();
    Companions::versions(&mut older);
    let also = if older.is_empty() {
        String::new()
    } else {
        format!(" or {}", older.join(", "))
    };
    format!(
        "no provider of OpenTelemetry {VERSION}{also} is set up, so calls are not recorded; an application with an older \
         OpenTelemetry switches on the feature of genai-runtime for its version, opentelemetry-0_27 to opentelemetry-0_32"
    )
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn is_alone(name: &str) -> bool {
        crate::diag::alone::is_alone(module_path!(), name)
    }

    #[test]
    fn a_look_holds_for_a_second_and_is_one_threads() {
        if !is_alone("a_look_holds_for_a_second_and_is_one_threads") {
            return;
        }
        // The library was first used five seconds ago.
        let first = Instant::now().checked_sub(Duration::from_secs(5)).unwrap();
        let after = |millis| first + Duration::from_millis(millis);
        assert_eq!(millis(first), 1);
        assert_eq!(millis(after(41)), 42);
        assert_eq!(last_look(), 0);
        assert!(is_fresh(after(998)) && !is_fresh(after(999)));
        assert!(claim_look(0, after(10)));
        assert!(!claim_look(0, after(20)), "another one was faster");
        assert_eq!(last_look(), 11);
        assert!(is_fresh(after(1_009)) && !is_fresh(after(1_010)));
        assert!(claim_look(11, after(3_600_000)));
        looked();
        assert!((5_000..3_600_000).contains(&last_look()));
    }

    #[test]
    fn calls_are_off_until_a_look_is_due_or_something_is_installed() {
        if !is_alone("calls_are_off_until_a_look_is_due_or_something_is_installed") {
            return;
        }
        millis(Instant::now().checked_sub(Duration::from_secs(5)).unwrap());
        assert!(!is_off() && !is_on(), "nothing is known yet");
        // Nobody was found, and nobody has looked for five seconds.
        look().learn(false);
        assert!(!is_on() && !is_off(), "the call looks");
        looked();
        assert!(is_off());
        // A quiet thread reads the clock for each call.
        COUNTDOWN.set(0);
        BURST.set((0, 1));
        assert!(!is_look_due());
        assert_eq!((COUNTDOWN.get(), BURST.get().1), (0, 1));
        COUNTDOWN.set(2);
        assert!(is_off() && COUNTDOWN.get() == 1);

        let seen = look();
        install(false);
        let first = look();
        assert!(is_on() && !is_off());
        seen.learn(false);
        assert_eq!(look(), first, "what is installed stays");
        first.learn(true);
        assert_eq!(look(), first);
        install(false);
        assert_ne!(look(), first, "a look notices another one");
        look().learn(false);
        assert!(!is_on(), "it was found that nobody listens");
    }

    #[test]
    fn what_is_disabled_stays_so_until_somebody_who_knows_it_listens() {
        if !is_alone("what_is_disabled_stays_so_until_somebody_who_knows_it_listens") {
            return;
        }
        millis(Instant::now().checked_sub(Duration::from_secs(5)).unwrap());
        let before = look();
        install(true);
        assert!(is_off() && !is_on(), "no look is due");
        before.switch_on();
        assert!(is_off() && !is_on());
        look().switch_on();
        assert!(is_on() && !is_off());
        look().disable();
        assert!(is_off() && !is_on());
        // Another one found nobody, maybe earlier.
        install(false);
        let before = look();
        look().learn(false);
        assert!(!is_on());
        before.switch_on();
        assert!(is_on());
    }

    #[test]
    fn what_is_said_where_nobody_listens_has_the_version_and_what_to_do() {
        let text = no_provider();
        let start = format!("no provider of OpenTelemetry {VERSION}");
        assert!(text.starts_with(&start), "{text}");
        let end = "is set up, so calls are not recorded; an application with an older OpenTelemetry switches on the feature of genai-runtime for its version, opentelemetry-0_27 to opentelemetry-0_32";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn it_is_said_once_that_nobody_listens_and_never_where_somebody_did() {
        let silent = AtomicU8::new(0);
        let said: Vec<bool> = (0..300).map(|_| count_unheard(&silent, false)).collect();
        assert_eq!(said.iter().position(|said| *said), Some(2));
        assert_eq!(said.iter().filter(|said| **said).count(), 1);
        let heard = AtomicU8::new(0);
        let looks = [false, false, true, false, false, false, false];
        assert!(
            !looks
                .map(|is_heard| count_unheard(&heard, is_heard))
                .contains(&true)
        );
    }
}
