//! `Telemetry`: providers and settings in, a handle (or the process default) out.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, global};

use crate::content::limits::Limits;
use crate::content::redact::{Redact, Redactor};
use crate::diag::warn::{Once, once};
use crate::pipeline::compat::Compat;
use crate::pipeline::config::{Config, ContentCapture, ContextInMetrics, Environment, Settings};
use crate::pipeline::event::{EventLogger, Logging};
use crate::pipeline::hook::{CompletionHook, hooks};
use crate::pipeline::instruments::Instruments;
use crate::pipeline::spans::Spans;
use crate::semconv::registry;

/// A configured library: where telemetry goes and what it holds.
///
/// [`install`](TelemetryBuilder::install) makes one the process default, which the attributes and the free functions use;
/// [`build`](TelemetryBuilder::build) gives a handle for use beside it. Cloning shares it.
///
/// ```
/// use genai::{ContentCapture, Telemetry};
///
/// let telemetry = Telemetry::builder().capture(ContentCapture::NoContent).emit_events(false).build();
/// let mut chat = telemetry.chat("openai").model("gpt-5").start();
/// chat.input_tokens(24);
/// chat.finish();
/// ```
#[derive(Clone)]
pub struct Telemetry {
    pub(crate) inner: Handle,
}

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
    pub(crate) extras: Arc<Extras>,
    /// Whether operations tell more than the conventions' span and metrics: an event, a hook, a cost, keys of backends.
    pub(crate) has_others: bool,
    /// Whether a provider set in the OpenTelemetry globals later would change anything.
    pub(crate) uses_globals: bool,
    /// What to ask again where the OpenTelemetry globals are used.
    pub(crate) blueprint: Blueprint,
}

/// What a configuration has beside the conventions: prices, and instruments of the user's own.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) prices: Option<Arc<crate::pipeline::pricing::Prices>>,
    pub(crate) metrics: crate::pipeline::metric::Registry,
}

/// The sources of a configuration; the parts taken from the OpenTelemetry globals can be resolved again.
#[derive(Clone)]
pub(crate) struct Blueprint {
    scope: InstrumentationScope,
    spans: Option<Arc<dyn Spans>>,
    meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
}

impl Blueprint {
    fn uses_globals(&self) -> bool {
        self.spans.is_none() || self.meter.is_none()
    }

    fn spans(&self) -> Arc<dyn Spans> {
        match &self.spans {
            Some(spans) => Arc::clone(spans),
            None => Arc::new(global::tracer_with_scope(self.scope.clone())),
        }
    }

    pub(crate) fn scope(&self) -> &InstrumentationScope {
        &self.scope
    }

    pub(crate) fn meter(&self) -> Arc<dyn MeterProvider + Send + Sync> {
        self.meter.clone().unwrap_or_else(global::meter_provider)
    }
}

impl Inner {
    /// The same configuration with what the OpenTelemetry globals hold now. Instruments stay where the meter provider did.
    pub(crate) fn resolve_again(&self) -> Self {
        let meter = self.blueprint.meter();
        let instruments = if self.instruments.is_from(&meter) {
            Arc::clone(&self.instruments)
        } else {
            Arc::new(Instruments::new(meter, self.blueprint.scope.clone()))
        };
        Self {
            config: self.config.clone(),
            spans: self.blueprint.spans(),
            instruments,
            logger: self.logger.clone(),
            hook: self.hook.clone(),
            redactor: self.redactor.clone(),
            extras: Arc::clone(&self.extras),
            has_others: self.has_others,
            uses_globals: self.uses_globals,
            blueprint: self.blueprint.clone(),
        }
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

impl Telemetry {
    /// Starts with the OpenTelemetry globals and the settings of the environment.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::default()
    }

    /// What a process without an installed default uses: the OpenTelemetry globals and the environment.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Where content goes.
    pub fn content_capture(&self) -> ContentCapture {
        self.inner.config.capture
    }

    /// Whether chats emit the `gen_ai.client.inference.operation.details` event: switched on, and a logger provider is there.
    pub fn emits_events(&self) -> bool {
        self.inner.emits_events()
    }

    /// Whether the environment opts into `gen_ai_latest_experimental`.
    pub fn is_experimental(&self) -> bool {
        self.inner.config.is_experimental
    }

    /// Whether content is wanted: by spans, by events that will be emitted, or by a hook.
    pub fn captures_content(&self) -> bool {
        self.inner.captures_content()
    }

    /// Makes this the process default.
    pub fn install(&self) {
        crate::pipeline::gate::install(self.inner.clone());
    }

    /// Waits until hooks and uploads have done what was handed to them, `deadline` at most; returns whether they have.
    pub fn flush(&self, deadline: Duration) -> bool {
        self.inner
            .hook
            .as_ref()
            .is_none_or(|hook| hook.flush(deadline))
    }

    /// As [`flush`](Self::flush), and stops them.
    pub fn shutdown(&self, deadline: Duration) -> bool {
        self.inner
            .hook
            .as_ref()
            .is_none_or(|hook| hook.shutdown(deadline))
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Telemetry`]. What is not set comes from the environment (settings) or the OpenTelemetry globals (providers).
#[derive(Default)]
#[must_use = "a builder does nothing until `install` or `build`"]
pub struct TelemetryBuilder {
    pub(crate) settings: Settings,
    pub(crate) extras: Extras,
    scope: Option<InstrumentationScope>,
    tracer: Option<TracerSource>,
    meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
    logger: Option<LoggerSource>,
    hook: Option<Arc<dyn CompletionHook>>,
    redactor: Option<Redactor>,
}

type TracerSource = Box<dyn FnOnce(InstrumentationScope) -> Arc<dyn Spans> + Send>;
type LoggerSource = Box<dyn FnOnce(InstrumentationScope) -> Arc<dyn EventLogger> + Send>;

impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl TelemetryBuilder {
    /// Where spans go; the global tracer provider otherwise.
    pub fn tracer_provider<P>(mut self, provider: P) -> Self
    where
        P: TracerProvider + Send + 'static,
        P::Tracer: Tracer + Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.tracer = Some(Box::new(move |scope| {
            Arc::new(provider.tracer_with_scope(scope))
        }));
        self
    }

    /// Where metrics go; the global meter provider otherwise.
    pub fn meter_provider<P: MeterProvider + Send + Sync + 'static>(mut self, provider: P) -> Self {
        self.meter = Some(Arc::new(provider));
        self
    }

    /// Where events go. OpenTelemetry has no global logger provider in Rust, so there are no events without this.
    pub fn logger_provider<P>(mut self, provider: P) -> Self
    where
        P: LoggerProvider + Send + 'static,
        P::Logger: Send + Sync + 'static,
    {
        self.logger = Some(Box::new(move |scope| {
            Arc::new(Logging(provider.logger_with_scope(scope)))
        }));
        self
    }

    /// Where content goes; `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` otherwise, and nowhere by default. Needs no
    /// stability opt-in, unlike the variable.
    pub fn capture(mut self, capture: ContentCapture) -> Self {
        self.settings.capture = Some(capture);
        self
    }

    /// Whether chats emit an event; `OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT` otherwise, and by the content mode by default.
    pub fn emit_events(mut self, emit: bool) -> Self {
        self.settings.emit_events = Some(emit);
        self
    }

    /// A hook that sees every finished chat, agent and workflow; the one that
    /// `OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK` names otherwise.
    pub fn completion_hook<H: CompletionHook + 'static>(mut self, hook: H) -> Self {
        self.hook = Some(hooks::wrapped(Arc::new(hook)));
        self
    }

    /// Code that may change content before it leaves: hook, span and event see what it leaves. If it panics, the content is
    /// dropped.
    pub fn redactor<F>(mut self, redactor: F) -> Self
    where
        F: Fn(&mut Redact<'_>) + Send + Sync + 'static,
    {
        self.redactor = Some(Arc::new(redactor));
        self
    }

    /// Whether the text of errors becomes the span's status description; on by default. `error.type` is always set.
    pub fn error_messages(mut self, on: bool) -> Self {
        self.settings.error_messages = Some(on);
        self
    }

    /// Whether streams record `gen_ai.client.operation.time_per_output_chunk`; on by default.
    pub fn chunk_timing(mut self, on: bool) -> Self {
        self.settings.chunk_timing = Some(on);
        self
    }

    /// Whether operations carry the ambient [`GenAiContext`](crate::GenAiContext);
    /// `OTEL_INSTRUMENTATION_GENAI_CONTEXT_PROPAGATION` otherwise, and on by default.
    pub fn context_propagation(mut self, on: bool) -> Self {
        self.settings.context_propagation = Some(on);
        self
    }

    /// What of the context goes on metrics; `OTEL_INSTRUMENTATION_GENAI_CONTEXT_INCLUDE_IN_METRICS` otherwise, and nothing
    /// by default.
    pub fn context_in_metrics(mut self, which: ContextInMetrics) -> Self {
        self.settings.context_in_metrics = Some(which);
        self
    }

    /// Bounds on what one operation may hold.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = Some(limits);
        self
    }

    /// The name and version of the instrumentation scope, for an instrumentation built on this library; `genai` and this
    /// library's version otherwise.
    pub fn scope(
        mut self,
        name: impl Into<std::borrow::Cow<'static, str>>,
        version: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        self.scope = Some(
            InstrumentationScope::builder(name)
                .with_version(version)
                .with_schema_url(registry::SCHEMA_URL)
                .build(),
        );
        self
    }

    /// A handle for use without a process default.
    pub fn build(self) -> Telemetry {
        Telemetry {
            inner: Handle::Shared(Arc::new(self.inner())),
        }
    }

    /// Makes this the process default, from the next call on. Nothing needs to be kept.
    pub fn install(self) {
        crate::pipeline::gate::install(Handle::Shared(Arc::new(self.inner())));
    }

    fn inner(self) -> Inner {
        let env = Environment::read();
        let config = Config::new(self.settings, &env);
        let scope = self.scope.unwrap_or_else(own_scope);
        let blueprint = Blueprint {
            spans: self.tracer.map(|make| make(scope.clone())),
            meter: self.meter,
            scope,
        };
        let logger = self.logger.map(|make| make(blueprint.scope.clone()));
        if config.emit_events && logger.is_none() {
            once(Once::EventsWithoutLogger, || {
                "events are switched on, but no logger provider was given (Telemetry::builder().logger_provider(..)): none are emitted".to_owned()
            });
        }
        let hook = self.hook.or_else(|| hooks::by_name(&env));
        opentelemetry::otel_info!(name: "GenAi.Configured", message = config.describe(), hook = hook.is_some());
        let has_others = logger.is_some()
            || hook.is_some()
            || self.extras.prices.is_some()
            || config.compat != Compat::NONE;
        Inner {
            spans: blueprint.spans(),
            instruments: Arc::new(Instruments::new(blueprint.meter(), blueprint.scope.clone())),
            config,
            logger,
            hook,
            redactor: self.redactor,
            extras: Arc::new(self.extras),
            has_others,
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
