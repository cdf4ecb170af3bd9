//! A configuration as operations use it: sources and settings go in, tracer, instruments, logger, hook and redactor come out.
//!
//! It is immutable. Where the OpenTelemetry globals are used it can be made again with what they hold now.

use std::borrow::Cow;
use std::error::Error;
use std::ops::Deref;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::MeterProvider;

use crate::content::redact::Redactor;
use crate::diag::call_out::{CallOut, contained};
use crate::diag::warn::{Once, configured, once};
use crate::pipeline::binding::Binds;
use crate::pipeline::blueprint::{Blueprint, TracerSource};
use crate::pipeline::compat::Compat;
use crate::pipeline::config::{Config, Environment, Settings};
use crate::pipeline::event::EventLogger;
use crate::pipeline::exporting::Exporting;
use crate::pipeline::hook::{CompletionHook, hooks};
use crate::pipeline::instruments::Instruments;
use crate::pipeline::metric::Registry;
use crate::pipeline::pricing::Prices;
use crate::pipeline::spans::Spans;
use crate::semconv::registry;

/// A shared or (once installed) static configuration; the latter costs no reference count per call.
#[derive(Clone)]
pub(crate) enum Handle {
    Static(&'static Inner),
    Shared(Arc<Inner>),
}

impl Deref for Handle {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        match self {
            Self::Static(inner) => inner,
            Self::Shared(inner) => inner,
        }
    }
}

/// What every operation needs: settings, tracer, instruments, logger, hook, redactor.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) spans: Arc<dyn Spans>,
    pub(crate) instruments: Arc<Instruments>,
    pub(crate) logger: Option<Arc<dyn EventLogger>>,
    pub(crate) hook: Option<Arc<dyn CompletionHook>>,
    pub(crate) redactor: Option<Redactor>,
    /// Exporters that were set up with this configuration.
    pub(crate) exporting: Option<Arc<dyn Exporting>>,
    pub(crate) extras: Arc<Extras>,
    /// Whether operations record more than the conventions' span and metrics: an event, a hook, a cost, keys of backends.
    pub(crate) has_event_hook_or_extras: bool,
    /// Whether a provider set in the OpenTelemetry globals later would change anything.
    pub(crate) uses_globals: bool,
    /// What to ask again where the OpenTelemetry globals are used.
    pub(crate) blueprint: Blueprint,
}

/// Gives the class of an error, if it knows it.
pub(crate) type Classifier =
    Arc<dyn Fn(&(dyn Error + 'static)) -> Option<Cow<'static, str>> + Send + Sync>;

/// What a configuration has beside the conventions: prices, classes of errors, and instruments of the user's own.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) prices: Option<Arc<Prices>>,
    pub(crate) classifier: Option<Classifier>,
    pub(crate) metrics: Registry,
}

impl Inner {
    /// The same configuration with what the OpenTelemetry globals hold now. Instruments stay where the meter provider did.
    pub(crate) fn resolve_again(&self) -> Self {
        let meter = self.blueprint.meter();
        let instruments = if self.instruments.is_from(&meter) {
            Arc::clone(&self.instruments)
        } else {
            Arc::new(self.blueprint.instruments(meter))
        };
        Self {
            config: self.config.clone(),
            spans: self.blueprint.spans(),
            instruments,
            logger: self.logger.clone(),
            hook: self.hook.clone(),
            redactor: self.redactor.clone(),
            exporting: self.exporting.clone(),
            extras: Arc::clone(&self.extras),
            has_event_hook_or_extras: self.has_event_hook_or_extras,
            uses_globals: self.uses_globals,
            blueprint: self.blueprint.clone(),
        }
    }

    /// Whether anything sees what is measured: a provider that was handed over always counts as one that does.
    pub(crate) fn has_real_meter(&self) -> bool {
        self.blueprint.has_own_meter() || self.instruments.is_real()
    }

    /// Whether events will be emitted.
    pub(crate) fn emits_events(&self) -> bool {
        self.config.emit_events && self.logger.is_some()
    }

    /// Whether content of an inference is wanted by a span, an event that will be emitted, or a hook.
    pub(crate) fn captures_content(&self) -> bool {
        self.config.capture.on_spans()
            || (self.config.capture.on_events() && self.emits_events())
            || self.hook.is_some()
    }
}

/// Makes the logger of a provider for a scope.
pub(crate) type LoggerSource = Box<dyn FnOnce(InstrumentationScope) -> Arc<dyn EventLogger> + Send>;

/// What a configuration is made of. What is missing comes from the environment (settings) or the OpenTelemetry globals
/// (providers).
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) settings: Settings,
    pub(crate) extras: Extras,
    pub(crate) scope: Option<InstrumentationScope>,
    pub(crate) tracer: Option<TracerSource>,
    pub(crate) meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
    /// What is known of bound instruments at the meter provider.
    pub(crate) binds: Binds,
    pub(crate) logger: Option<LoggerSource>,
    pub(crate) hook: Option<Arc<dyn CompletionHook>>,
    pub(crate) redactor: Option<Redactor>,
    pub(crate) exporting: Option<Arc<dyn Exporting>>,
}

impl Sources {
    /// The configuration.
    pub(crate) fn handle(self) -> Handle {
        Handle::Shared(Arc::new(self.resolve()))
    }

    fn resolve(self) -> Inner {
        let env = Environment::read();
        let config = Config::new(self.settings, &env);
        let scope = self.scope.unwrap_or_else(own_scope);
        let blueprint = Blueprint::new(
            scope,
            self.tracer,
            self.meter,
            self.binds,
            config.limits.label_values,
        );
        let logger = self
            .logger
            .and_then(|make| contained(CallOut::Logging, || make(blueprint.scope().clone())));
        if config.emit_events && logger.is_none() {
            once(Once::EventsWithoutLogger, || {
                "events are switched on, but no logger provider was given (Telemetry::builder().logger_provider(..)): none are emitted".to_owned()
            });
        }
        let hook = self.hook.or_else(|| hooks::by_name(&env));
        configured(&config.describe(), hook.is_some());
        let has_event_hook_or_extras = logger.is_some()
            || hook.is_some()
            || self.extras.prices.is_some()
            || config.compat != Compat::NONE;
        Inner {
            spans: blueprint.spans(),
            instruments: Arc::new(blueprint.instruments(blueprint.meter())),
            config,
            logger,
            hook,
            redactor: self.redactor,
            exporting: self.exporting,
            extras: Arc::new(self.extras),
            has_event_hook_or_extras,
            uses_globals: blueprint.uses_globals(),
            blueprint,
        }
    }
}

fn own_scope() -> InstrumentationScope {
    InstrumentationScope::builder("genai")
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(registry::SCHEMA_URL)
        .build()
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::logs::{AnyValue, Severity};
    use opentelemetry::metrics::NoopMeterProvider;
    use opentelemetry::trace::SpanContext;
    use opentelemetry::trace::noop::NoopTracer;

    use super::*;
    use crate::pipeline::config::ContentCapture;
    use crate::pipeline::hook::{Completion, Event};

    struct Nothing;

    impl EventLogger for Nothing {
        fn emit_on(
            &self,
            _: Event,
            _: Option<AnyValue>,
            _: Severity,
            _: Option<&SpanContext>,
            _: SystemTime,
        ) {
        }
    }

    impl CompletionHook for Nothing {
        fn on_completion(&self, _: &mut Completion<'_>) {}
    }

    fn made(change: impl FnOnce(&mut Sources)) -> Handle {
        let mut sources = Sources::default();
        change(&mut sources);
        sources.handle()
    }

    fn logger() -> Option<LoggerSource> {
        Some(Box::new(|_| Arc::new(Nothing) as Arc<dyn EventLogger>))
    }

    #[test]
    fn content_is_captured_for_spans_events_that_are_emitted_and_hooks() {
        use ContentCapture::{EventOnly, NoContent, SpanAndEvent, SpanOnly};
        for (capture, events, has_logger, has_hook, captures) in [
            (NoContent, true, true, false, false),
            (NoContent, false, false, true, true),
            (SpanOnly, false, false, false, true),
            (EventOnly, true, true, false, true),
            (EventOnly, false, true, false, false),
            (EventOnly, true, false, false, false),
            (EventOnly, false, false, true, true),
            (SpanAndEvent, false, false, false, true),
        ] {
            let handle = made(|sources| {
                sources.settings.capture = Some(capture);
                sources.settings.emit_events = Some(events);
                sources.logger = logger().filter(|_| has_logger);
                sources.hook = has_hook.then(|| Arc::new(Nothing) as Arc<dyn CompletionHook>);
            });
            let case = (capture, events, has_logger, has_hook);
            assert_eq!(handle.captures_content(), captures, "{case:?}");
            assert_eq!(handle.emits_events(), events && has_logger, "{case:?}");
            assert_eq!(handle.has_event_hook_or_extras, has_logger || has_hook);
        }
        // Prices and the keys of backends are more than the conventions have, too.
        let prices = crate::pricing::Prices::builder().build().unwrap();
        assert!(
            made(|sources| sources.extras.prices = Some(Arc::new(prices))).has_event_hook_or_extras
        );
        let compat = |sources: &mut Sources| sources.settings.compat = Some(Compat::SESSION);
        assert!(made(compat).has_event_hook_or_extras);
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn events_that_have_no_logger_are_said() {
        for (events, has_logger, is_said) in [
            (true, false, true),
            (true, true, false),
            (false, false, false),
            (false, true, false),
        ] {
            let (_, lines) = crate::diag::heard::heard(|| {
                made(|sources| {
                    sources.settings.emit_events = Some(events);
                    sources.logger = logger().filter(|_| has_logger);
                })
            });
            let text = "events are switched on, but no logger provider was given (Telemetry::builder().logger_provider(..)): none are emitted";
            let expected: &[&str] = if is_said { &[text] } else { &[] };
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn a_provider_that_was_handed_over_counts_whatever_it_does() {
        let meter =
            |sources: &mut Sources| sources.meter = Some(Arc::new(NoopMeterProvider::new()));
        let tracer = |sources: &mut Sources| {
            sources.tracer = Some(Box::new(|_| Arc::new(NoopTracer::new()) as Arc<dyn Spans>));
        };
        let given = made(meter);
        assert!(given.has_real_meter() && given.uses_globals);
        let traced = made(tracer);
        assert!(traced.uses_globals && !traced.has_real_meter());
        let both = made(|sources| {
            meter(sources);
            tracer(sources);
        });
        assert!(both.has_real_meter() && !both.uses_globals);
        assert!(made(|_| {}).uses_globals);
    }

    #[test]
    fn what_did_not_change_is_kept_when_a_configuration_is_resolved_again() {
        let handle = made(|sources| {
            sources.meter = Some(Arc::new(NoopMeterProvider::new()));
            sources.logger = logger();
            sources.hook = Some(Arc::new(Nothing));
        });
        let again = handle.resolve_again();
        assert!(Arc::ptr_eq(&handle.instruments, &again.instruments));
        assert!(Arc::ptr_eq(&handle.extras, &again.extras));
        assert!(again.logger.is_some() && again.hook.is_some() && again.uses_globals);
    }
}
