//! The current configuration: the process default goes in where it is installed, every operation starts with it.
//!
//! It is kept per thread with the generation it is of, so that a call takes no lock. Where nothing was installed through
//! [`Telemetry`](crate::Telemetry), it is made from the environment and the OpenTelemetry globals.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use super::listening;
use super::state::{Handle, Inner, Sources};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static DEFAULT: RwLock<Option<Handle>> = RwLock::new(None);

thread_local! {
    static CACHED: RefCell<Option<(u64, Handle)>> = const { RefCell::new(None) };
}

/// Makes `handle` the default. It stays for the life of the process, so that no call counts references to it.
pub(crate) fn install(handle: Handle) {
    let handle = match handle {
        Handle::Shared(inner) if !inner.uses_globals => Handle::Static(leak(inner)),
        other => other,
    };
    let is_disabled = handle.config.is_disabled;
    let mut default = DEFAULT.write().unwrap_or_else(PoisonError::into_inner);
    *default = Some(handle);
    listening::looked();
    GENERATION.fetch_add(1, Ordering::Release);
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
    let (generation, mut handle) = current();
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
        probes_globals: true,
    })
}
