//! The current configuration: the process default goes in where it is installed, every operation starts with it.
//!
//! It is kept per thread with the generation it is of, so that a call takes no lock. Where nothing was installed through
//! [`Telemetry`](crate::Telemetry), it is made from the environment and the OpenTelemetry globals.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use super::listening::{self, Look};
use super::published::{Published, Stuck};
use super::state::{Handle, Inner, Sources};
use crate::context::baggage;
use crate::diag::retired::{drop_retired, dropped, retire};
use crate::diag::sync::atomic::AtomicU64;
use crate::diag::sync::{RwLock, shared_statics};
use crate::diag::warn::warning;

shared_statics! {
    static DEFAULT: Published<Handle> = Published {
        generation: AtomicU64::new(0),
        value: RwLock::new(None),
    };
}

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
    let first = || {
        listening::looked();
        baggage::install(&installed);
    };
    // Last, so that whoever sees it sees the default too; and in its turn, so that it is that of the default.
    let last = || listening::install(is_disabled);
    let Ok(before) = DEFAULT.replace(handle, first, last) else {
        warning(
            "the configuration cannot be installed in this process, which was forked while another one was",
        );
        return;
    };
    // Not while the lock is held: it may be the last owner of what others made.
    dropped(before);
    drop_retired();
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
    let generation = DEFAULT.generation();
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
    let known = match DEFAULT.get() {
        Ok(known) => known,
        Err(Stuck) => return cached(None),
    };
    let (generation, handle) = match known {
        Some(known) => known,
        None => DEFAULT.get_or_insert(Sources::default().handle()).ok()?,
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
    /// The operation is also the look at the OpenTelemetry globals: [`Look::learn`] gets whether its span was real.
    pub(crate) look: Option<Look>,
}

/// Whether `handle`, the default of `generation`, still is the default, and known to be listened to.
#[inline]
pub(crate) fn is_settled(generation: u64, handle: &Handle, now: Instant) -> bool {
    generation == DEFAULT.generation()
        && listening::is_on()
        && (!handle.uses_globals || listening::is_fresh(now))
}

/// The default for an operation that starts now, or `None` if nothing listens.
pub(crate) fn open(now: Instant) -> Option<Default> {
    if crate::context::ambient::is_suppressed() {
        return None;
    }
    // Before the default is read: what it says must not undo what is installed meanwhile.
    let look = listening::look();
    let (generation, mut handle) = current()?;
    if handle.config.is_disabled {
        look.disable();
        return None;
    }
    let known = |handle| {
        Some(Default {
            handle,
            generation,
            look: None,
        })
    };
    if !handle.uses_globals {
        look.switch_on();
        return known(handle);
    }
    let last_look = listening::last_look();
    if listening::is_on() && listening::is_fresh(now) {
        return known(handle);
    }
    if listening::claim_look(last_look, now) {
        let resolved = Handle::Shared(Arc::new(handle.resolve_again()));
        // What was installed meanwhile stays.
        match DEFAULT.replace_of(generation, resolved.clone()) {
            Ok(before) => {
                handle = resolved;
                dropped(before);
            }
            Err(unused) => dropped((unused, resolved)),
        }
    }
    Some(Default {
        handle,
        generation: 0,
        look: Some(look),
    })
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::pipeline::hook::{Completion, CompletionHook};

    thread_local! {
        /// Whether the handle of this thread is being dropped.
        static IS_ENDING: Cell<bool> = const { Cell::new(false) };
    }

    /// Notes whether its destructor runs while the handle of a thread is dropped.
    struct Notes(Arc<AtomicBool>);

    impl CompletionHook for Notes {
        fn on_completion(&self, _: &mut Completion<'_>) {}
    }

    impl Drop for Notes {
        fn drop(&mut self) {
            self.0.fetch_or(IS_ENDING.get(), Ordering::SeqCst);
        }
    }

    #[test]
    fn a_thread_that_ends_runs_no_destructor_of_others() {
        let at_the_end = Arc::new(AtomicBool::new(false));
        let sources = Sources {
            hook: Some(Arc::new(Notes(at_the_end.clone()))),
            ..Sources::default()
        };
        let cached = Cached(RefCell::new(Some((1, sources.handle()))));
        IS_ENDING.set(true);
        drop(cached);
        IS_ENDING.set(false);
        drop_retired();
        assert!(!at_the_end.load(Ordering::SeqCst));
    }

    #[test]
    fn a_default_is_settled_while_it_is_the_one_that_is_listened_to() {
        use std::time::Duration;

        use opentelemetry::metrics::NoopMeterProvider;
        use opentelemetry::trace::noop::NoopTracer;

        use crate::pipeline::spans::Spans;

        let name = "a_default_is_settled_while_it_is_the_one_that_is_listened_to";
        if !crate::diag::alone::is_alone(module_path!(), name) {
            return;
        }
        let handle = |has_tracer: bool| {
            let mut sources = Sources {
                meter: Some(Arc::new(NoopMeterProvider::new())),
                ..Sources::default()
            };
            if has_tracer {
                sources.tracer = Some(Box::new(|_| Arc::new(NoopTracer::new()) as Arc<dyn Spans>));
            }
            sources.handle()
        };
        let now = Instant::now();
        let later = now + Duration::from_secs(60);

        // Both providers are given: it holds until the next one.
        install(handle(true));
        let first = open(now).expect("somebody listens");
        assert!(matches!(first.handle, Handle::Static(_)) && first.look.is_none());
        assert!(is_settled(first.generation, &first.handle, now));
        assert!(is_settled(first.generation, &first.handle, later));
        assert!(!is_settled(first.generation + 1, &first.handle, now));
        listening::look().learn(false);
        assert!(!is_settled(first.generation, &first.handle, now));
        assert!(open(later).expect("as before").look.is_none());
        assert!(is_settled(first.generation, &first.handle, now));

        // One is of the globals, which are looked at again.
        install(handle(false));
        let second = open(now).expect("somebody listens");
        assert!(matches!(second.handle, Handle::Shared(_)) && second.look.is_none());
        assert_ne!(second.generation, first.generation);
        assert!(!is_settled(first.generation, &first.handle, now));
        assert!(is_settled(second.generation, &second.handle, now));
        assert!(!is_settled(second.generation, &second.handle, later));
        let looks = open(later).expect("it looks");
        assert!(looks.look.is_some() && looks.generation == 0);
        let resolved = open(later).expect("it was looked");
        assert!(resolved.look.is_none() && resolved.generation > second.generation);
        // Nobody was found: the next call looks, though the last look is fresh.
        listening::look().learn(false);
        assert!(open(later).expect("it looks").look.is_some());

        let _quiet = opentelemetry::Context::enter_telemetry_suppressed_scope();
        assert!(open(now).is_none());
    }
}
