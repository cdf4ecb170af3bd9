//! The current configuration: the process default goes in where it is installed, every operation starts with it.
//!
//! It is kept per thread with the generation it is of, so that a call takes no lock. Where nothing was installed through
//! [`Telemetry`](crate::Telemetry), it is made from the environment and the OpenTelemetry globals.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Instant;

use super::listening;
use super::state::{Handle, Inner, Sources};
use crate::context::baggage;
use crate::diag::locks::{read, write};
use crate::diag::retired::{drop_retired, dropped, retire};
use crate::diag::warn::warning;

static GENERATION: AtomicU64 = AtomicU64::new(0);
static DEFAULT: RwLock<Option<Handle>> = RwLock::new(None);

thread_local! {
    static CACHED: Cached = const { Cached(RefCell::new(None)) };
}

/// The handle of a thread. It may be its last owner.
struct Cached(RefCell<Option<(u64, Handle)>>);

impl Drop for Cached {
    fn drop(&mut self) {
        if let Some((_, handle)) = self.0.take() {
            retire(handle);
        }
    }
}

/// Makes `handle` the default. It stays for the life of the process, so that no call counts references to it.
pub(crate) fn install(handle: Handle) {
    let handle = match handle {
        Handle::Shared(inner) if !inner.uses_globals => Handle::Static(leak(inner)),
        other => other,
    };
    let is_disabled = handle.config.is_disabled;
    let installed = handle.config.baggage.clone();
    let before = match write(&DEFAULT) {
        Some(mut default) => default.replace(handle),
        None => {
            warning(
                "the configuration cannot be installed in this process, which was forked while another one was",
            );
            return;
        }
    };
    listening::looked();
    baggage::install(&installed);
    GENERATION.fetch_add(1, Ordering::Release);
    // Not while the lock is held: it may be the last owner of what others made.
    dropped(before);
    drop_retired();
    if is_disabled {
        listening::disable();
    } else {
        listening::switch_on();
    }
}

/// A configuration with providers of its own is installed a handful of times in a process and used until its end.
fn leak(inner: Arc<Inner>) -> &'static Inner {
    Box::leak(Box::new(inner))
}

/// The default; made from the environment if none was installed.
pub(crate) fn default() -> Handle {
    current().map_or_else(|| Sources::default().handle(), |(_, handle)| handle)
}

/// The default after its generation. Where it cannot be had (see [`locks`](crate::diag::locks)) it is the one that the thread had
/// last, if it had one.
fn current() -> Option<(u64, Handle)> {
    let generation = GENERATION.load(Ordering::Acquire);
    let cached = |generation: Option<u64>| {
        let cached = CACHED.try_with(|cached| {
            let cached = cached.0.try_borrow().ok()?;
            let (of, handle) = cached.as_ref()?;
            (generation.is_none_or(|generation| generation == *of)).then(|| (*of, handle.clone()))
        });
        cached.ok().flatten()
    };
    let now = cached(Some(generation));
    if now.is_some() {
        return now;
    }
    let known = match read(&DEFAULT) {
        Some(default) => {
            let generation = GENERATION.load(Ordering::Acquire);
            default.clone().map(|handle| (generation, handle))
        }
        None => return cached(None),
    };
    let (generation, handle) = match known {
        Some(known) => known,
        None => {
            let made = Sources::default().handle();
            let mut default = write(&DEFAULT)?;
            let handle = default.get_or_insert(made).clone();
            (GENERATION.load(Ordering::Acquire), handle)
        }
    };
    let before = CACHED.try_with(|cached| {
        let mut cached = cached.0.try_borrow_mut().ok()?;
        cached.replace((generation, handle.clone()))
    });
    if let Ok(Some(before)) = before {
        dropped(before);
    }
    drop_retired();
    Some((generation, handle))
}

/// The process default as an operation starts with it.
pub(crate) struct Default {
    pub(crate) handle: Handle,
    /// Changes whenever the default does; 0 if the operation is not to be kept as a spare.
    pub(crate) generation: u64,
    /// The operation is also the look at the OpenTelemetry globals: [`listening::learn`] gets whether its span was real.
    pub(crate) probes_globals: bool,
}

/// Whether `handle`, the default of `generation`, still is the default, and known to be listened to.
#[inline]
pub(crate) fn is_settled(generation: u64, handle: &Handle, now: Instant) -> bool {
    generation == GENERATION.load(Ordering::Acquire)
        && listening::is_on()
        && (!handle.uses_globals || listening::is_fresh(now))
}

/// The default for an operation that starts now, or `None` if nothing listens.
pub(crate) fn open(now: Instant) -> Option<Default> {
    if crate::context::ambient::is_suppressed() {
        return None;
    }
    let (generation, mut handle) = current()?;
    if handle.config.is_disabled {
        listening::disable();
        return None;
    }
    let known = |handle| {
        Some(Default {
            handle,
            generation,
            probes_globals: false,
        })
    };
    if !handle.uses_globals {
        listening::switch_on();
        return known(handle);
    }
    let last_look = listening::last_look();
    if listening::is_on() && listening::is_fresh(now) {
        return known(handle);
    }
    if listening::claim_look(last_look, now) {
        let inner = handle.resolve_again();
        let mut before = None;
        // What was installed meanwhile stays.
        if let Some(mut default) = write(&DEFAULT) {
            if GENERATION.load(Ordering::Acquire) == generation {
                handle = Handle::Shared(Arc::new(inner));
                before = default.replace(handle.clone());
                GENERATION.fetch_add(1, Ordering::Release);
            }
        }
        dropped(before);
    }
    Some(Default {
        handle,
        generation: 0,
        probes_globals: true,
    })
}
