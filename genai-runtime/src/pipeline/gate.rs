//! The process default, and the question every call asks first: is anything listening?
//!
//! "Off" is an answer that costs a relaxed load and a thread-local counter. Where nothing was installed through
//! [`Telemetry`](crate::Telemetry), the OpenTelemetry globals are looked at again after a second at most.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use super::state::{Handle, Inner, Sources};

/// Nothing is known yet.
const UNKNOWN: u8 = 0;
/// No provider: calls are bare calls until the next look.
const OFF: u8 = 1;
/// A provider is there.
const ON: u8 = 2;
/// Switched off for good by `OTEL_SDK_DISABLED`.
const DISABLED: u8 = 3;

/// How many calls of a busy thread share one look at the clock while off.
const CALLS_PER_LOOK: u32 = 64;
/// How often the OpenTelemetry globals are looked at, in milliseconds.
const LOOK_MILLIS: u64 = 1_000;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
static GENERATION: AtomicU64 = AtomicU64::new(0);
static LOOKED_AT: AtomicU64 = AtomicU64::new(0);
static DEFAULT: RwLock<Option<Handle>> = RwLock::new(None);

thread_local! {
    static COUNTDOWN: Cell<u32> = const { Cell::new(0) };
    static BURST: Cell<(u64, u32)> = const { Cell::new((0, 1)) };
    static CACHED: RefCell<Option<(u64, Handle)>> = const { RefCell::new(None) };
}

/// Milliseconds since the library was first used, from 1 on.
fn millis(now: Instant) -> u64 {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    let elapsed = now.saturating_duration_since(*EPOCH.get_or_init(|| now));
    u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX - 1)
        .saturating_add(1)
}

/// Whether nothing listens, as far as can be told without work.
#[inline]
pub(crate) fn is_off() -> bool {
    match STATE.load(Ordering::Relaxed) {
        ON | UNKNOWN => false,
        state => {
            COUNTDOWN.try_with(|c| match c.get().checked_sub(1) {
                Some(left) => {
                    c.set(left);
                    true
                }
                None => state == DISABLED || !is_look_due(),
            }) != Ok(false)
        }
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
    now.saturating_sub(LOOKED_AT.load(Ordering::Relaxed)) >= LOOK_MILLIS
}

/// Makes `handle` the default. It stays for the life of the process, so that no call counts references to it.
pub(crate) fn install(handle: Handle) {
    let handle = match handle {
        Handle::Shared(inner) if !inner.uses_globals => Handle::Static(leak(inner)),
        other => other,
    };
    let state = if handle.config.is_disabled {
        DISABLED
    } else {
        ON
    };
    put(handle, state);
}

/// A configuration with providers of its own is installed a handful of times in a process and used until its end.
fn leak(inner: Arc<Inner>) -> &'static Inner {
    Box::leak(Box::new(inner))
}

fn put(handle: Handle, state: u8) {
    let mut default = DEFAULT.write().unwrap_or_else(PoisonError::into_inner);
    *default = Some(handle);
    LOOKED_AT.store(millis(Instant::now()), Ordering::Relaxed);
    GENERATION.fetch_add(1, Ordering::Release);
    STATE.store(state, Ordering::Release);
}

/// The default; made from the environment if none was installed.
pub(crate) fn default() -> Handle {
    current().1
}

/// The default after its generation.
fn current() -> (u64, Handle) {
    let generation = GENERATION.load(Ordering::Acquire);
    let cached = CACHED.try_with(|c| {
        let c = c.try_borrow().ok()?;
        c.as_ref()
            .filter(|(g, _)| *g == generation)
            .map(|(_, h)| h.clone())
    });
    if let Ok(Some(handle)) = cached {
        return (generation, handle);
    }
    let known = {
        let default = DEFAULT.read().unwrap_or_else(PoisonError::into_inner);
        let generation = GENERATION.load(Ordering::Acquire);
        default.clone().map(|handle| (generation, handle))
    };
    let (generation, handle) = known.unwrap_or_else(|| {
        let handle = Sources::default().handle();
        let mut default = DEFAULT.write().unwrap_or_else(PoisonError::into_inner);
        let handle = default.get_or_insert(handle).clone();
        (GENERATION.load(Ordering::Acquire), handle)
    });
    let _ = CACHED.try_with(|c| {
        if let Ok(mut c) = c.try_borrow_mut() {
            *c = Some((generation, handle.clone()));
        }
    });
    (generation, handle)
}

/// The process default as an operation starts with it.
pub(crate) struct Default {
    pub(crate) handle: Handle,
    /// Changes whenever the default does; 0 if the operation is not to be kept as a spare.
    pub(crate) generation: u64,
    /// The operation is also the look at the OpenTelemetry globals: it tells by [`learn`] whether its span was real.
    pub(crate) looks: bool,
}

/// Whether `handle`, the default of `generation`, still is the default, and known to be listened to.
#[inline]
pub(crate) fn is_settled(generation: u64, handle: &Handle, now: Instant) -> bool {
    generation == GENERATION.load(Ordering::Acquire)
        && STATE.load(Ordering::Relaxed) == ON
        && (!handle.uses_globals
            || millis(now).saturating_sub(LOOKED_AT.load(Ordering::Relaxed)) < LOOK_MILLIS)
}

/// The default for an operation that starts now, or `None` if nothing listens.
pub(crate) fn open(now: Instant) -> Option<Default> {
    if crate::context::ambient::is_suppressed() {
        return None;
    }
    let (generation, mut handle) = current();
    if handle.config.is_disabled {
        STATE.store(DISABLED, Ordering::Relaxed);
        return None;
    }
    let known = |handle| {
        Some(Default {
            handle,
            generation,
            looks: false,
        })
    };
    if !handle.uses_globals {
        if STATE.load(Ordering::Relaxed) != ON {
            STATE.store(ON, Ordering::Relaxed);
        }
        return known(handle);
    }
    let now = millis(now);
    let looked = LOOKED_AT.load(Ordering::Relaxed);
    let is_known_on = STATE.load(Ordering::Relaxed) == ON;
    if is_known_on && now.saturating_sub(looked) < LOOK_MILLIS {
        return known(handle);
    }
    if LOOKED_AT
        .compare_exchange(looked, now, Ordering::Relaxed, Ordering::Relaxed)
        .is_ok()
    {
        let inner = handle.resolve_again();
        let mut default = DEFAULT.write().unwrap_or_else(PoisonError::into_inner);
        // What was installed meanwhile stays.
        if GENERATION.load(Ordering::Acquire) == generation {
            handle = Handle::Shared(Arc::new(inner));
            *default = Some(handle.clone());
            GENERATION.fetch_add(1, Ordering::Release);
        }
    }
    Some(Default {
        handle,
        generation: 0,
        looks: true,
    })
}

/// What an operation that looked has found.
pub(crate) fn learn(is_anything_listening: bool) {
    STATE.store(
        if is_anything_listening { ON } else { OFF },
        Ordering::Release,
    );
}
