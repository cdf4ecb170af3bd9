//! `Telemetry`: providers and settings go in; a handle, or the default of the process, comes out.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Tracer, TracerProvider};

use crate::content::limits::Limits;
use crate::content::redact::Redact;
use crate::context::Baggage;
use crate::context::propagation::Propagation;
#[cfg(feature = "bound")]
use crate::pipeline::binding::Binds;
use crate::pipeline::compat::Compat;
use crate::pipeline::config::{ContentCapture, ContextInMetrics};
use crate::pipeline::current;
use crate::pipeline::event::Logging;
use crate::pipeline::exporting;
#[cfg(any(feature = "console", feature = "otlp", feature = "testing"))]
use crate::pipeline::exporting::Exporting;
use crate::pipeline::hook::{CompletionHook, Unfinished, hooks};
use crate::pipeline::pricing::Prices;
use crate::pipeline::stages::Work;
use crate::pipeline::state::{Handle, Sources};
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

impl Telemetry {
    /// Starts with the OpenTelemetry globals and the settings of the environment.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::default()
    }

    /// The process default: the one that was installed, else [`from_env`](Self::from_env).
    pub fn global() -> Self {
        Self {
            inner: current::default(),
        }
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
        current::install(self.inner.clone());
    }

    /// Hands over what is held back, waiting `timeout` at most.
    ///
    /// Reached are the hook with its uploads, and the exporters where `console`, `otlp` or `testing` set this configuration up.
    /// Providers of the application's own are flushed by the application.
    ///
    /// It waits on the calling thread; asynchronous code should call it from one that may block.
    ///
    /// # Errors
    ///
    /// What is not done by then, and exports that failed.
    pub fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.hand_over(false, timeout)
    }

    /// As [`flush`](Self::flush), and stops them: what is reported afterwards is lost.
    ///
    /// # Errors
    ///
    /// What is not done by then, and will not be.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.hand_over(true, timeout)
    }

    fn hand_over(&self, stop: bool, timeout: Duration) -> Result<(), Unfinished> {
        let exporting = self.inner.exporting.as_slice();
        exporting::hand_over(self.hook_work(stop, timeout), exporting, stop, timeout)
    }

    /// What the hook has to finish.
    pub(crate) fn hook_work(&self, stop: bool, timeout: Duration) -> Option<Work> {
        let hook = self.inner.hook.as_ref()?;
        Some(exporting::of_hook(hook, stop, timeout))
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
///
/// ```
/// use genai::{ContentCapture, Limits, Telemetry};
///
/// let telemetry = Telemetry::builder()
///     .capture(ContentCapture::SpanAndEvent)
///     .limits(Limits::new().content_bytes(64 * 1024))
///     .build();
/// assert!(telemetry.captures_content());
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until `install` or `build`"]
pub struct TelemetryBuilder {
    pub(crate) sources: Sources,
}

impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryBuilder")
            .field("settings", &self.sources.settings)
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
        self.sources.tracer = Some(Box::new(move |scope| {
            Arc::new(provider.tracer_with_scope(scope))
        }));
        self
    }

    /// Where metrics go; the global meter provider otherwise.
    pub fn meter_provider<P: MeterProvider + Send + Sync + 'static>(mut self, provider: P) -> Self {
        #[cfg(feature = "bound")]
        {
            let sdk = std::any::TypeId::of::<opentelemetry_sdk::metrics::SdkMeterProvider>();
            let is_sdk = std::any::TypeId::of::<P>() == sdk;
            self.sources.binds = if is_sdk { Binds::Yes } else { Binds::Unknown };
        }
        self.sources.meter = Some(Arc::new(provider));
        self
    }

    /// Whether histograms are bound to their attributes, which makes recording cheaper; by default where the meter provider is the
    /// SDK's, or is seen to keep the attributes that a histogram is bound to. Set it after the provider. A provider that
    /// does not support OpenTelemetry's experimental bound instruments records nothing through them where `on` is `true`.
    #[cfg(feature = "bound")]
    pub fn bound_instruments(mut self, on: bool) -> Self {
        self.sources.binds = if on { Binds::Yes } else { Binds::No };
        self
    }

    /// Where events go. OpenTelemetry has no global logger provider in Rust, so there are no events without this.
    pub fn logger_provider<P>(mut self, provider: P) -> Self
    where
        P: LoggerProvider + Send + 'static,
        P::Logger: Send + Sync + 'static,
    {
        self.sources.logger = Some(Box::new(move |scope| {
            Arc::new(Logging(provider.logger_with_scope(scope)))
        }));
        self
    }

    /// Where content goes; `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` otherwise, and nowhere by default. Needs no
    /// stability opt-in, unlike the variable.
    pub fn capture(mut self, capture: ContentCapture) -> Self {
        self.sources.settings.capture = Some(capture);
        self
    }

    /// Whether chats emit an event; `OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT` otherwise, and by the content mode by default.
    pub fn emit_events(mut self, emit: bool) -> Self {
        self.sources.settings.emit_events = Some(emit);
        self
    }

    /// A hook that sees every finished chat, agent and workflow; the one that
    /// `OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK` names otherwise.
    pub fn completion_hook<H: CompletionHook + 'static>(mut self, hook: H) -> Self {
        self.sources.hook = Some(hooks::wrapped(Arc::new(hook)));
        self
    }

    /// Exporters that are set up together with this.
    #[cfg(any(feature = "console", feature = "otlp", feature = "testing"))]
    pub(crate) fn exporting(mut self, exporting: Arc<dyn Exporting>) -> Self {
        self.sources.exporting = Some(exporting);
        self
    }

    /// Code that may change content before it leaves: hook, span and event see what it leaves. If it panics, the content is
    /// dropped.
    pub fn redactor<F>(mut self, redactor: F) -> Self
    where
        F: Fn(&mut Redact<'_>) + Send + Sync + 'static,
    {
        self.sources.redactor = Some(Arc::new(redactor));
        self
    }

    /// A function that knows the class (`error.type`) of errors whose type does not say it: errors of clients without a feature, or
    /// of one's own, wherever they are thrown. It is asked for each error that is no [`ErrorType`](crate::ErrorType), and for its
    /// causes, first to last; `anyhow::Error`, `eyre::Report` and `Box<dyn Error>` are looked into. The first class counts, and
    /// `error(..)` in an attribute wins. Classes are low in cardinality. If it panics, the error is classed without it.
    ///
    /// ```
    /// use std::borrow::Cow;
    ///
    /// let telemetry = genai::Telemetry::builder()
    ///     .error_classifier(|error| {
    ///         error.is::<std::num::ParseIntError>().then_some(Cow::Borrowed("bad_number"))
    ///     })
    ///     .build();
    /// # drop(telemetry);
    /// ```
    pub fn error_classifier<F>(mut self, classifier: F) -> Self
    where
        F: Fn(&(dyn Error + 'static)) -> Option<Cow<'static, str>> + Send + Sync + 'static,
    {
        self.sources.extras.classifier = Some(Arc::new(classifier));
        self
    }

    /// Whether the text of errors becomes the span's status description; on by default. `error.type` is always set.
    pub fn error_messages(mut self, on: bool) -> Self {
        self.sources.settings.error_messages = Some(on);
        self
    }

    /// Whether streams record `gen_ai.client.operation.time_per_output_chunk`; on by default.
    pub fn chunk_timing(mut self, on: bool) -> Self {
        self.sources.settings.chunk_timing = Some(on);
        self
    }

    /// Whether operations carry the ambient [`GenAiContext`](crate::GenAiContext);
    /// `OTEL_INSTRUMENTATION_GENAI_CONTEXT_PROPAGATION` otherwise, and on by default.
    pub fn context_propagation(mut self, on: bool) -> Self {
        self.sources.settings.context_propagation = Some(on);
        self
    }

    /// What of the context goes on metrics; `OTEL_INSTRUMENTATION_GENAI_CONTEXT_INCLUDE_IN_METRICS` otherwise, and nothing
    /// by default.
    pub fn context_in_metrics(mut self, which: ContextInMetrics) -> Self {
        self.sources.settings.context_in_metrics = Some(which);
        self
    }

    /// Adds keys that single backends want; the comma list in `GENAI_COMPAT` otherwise, and none by default. A set that
    /// contradicts itself gets one warning, and what contradicts stays off; [`Compat::check`] finds it beforehand.
    pub fn compat(mut self, compat: Compat) -> Self {
        self.sources.settings.compat = Some(compat);
        self
    }

    /// Prices by which chats and embeddings calls record what they cost: the histogram `ai.cost.usd` (unit `{USD}`) with the
    /// attributes of the token metric but the token's type; none by default. Calls whose model has no price are counted in
    /// `genai.pricing.unknown`. See [`genai::pricing`](crate::pricing).
    ///
    /// ```
    /// use genai::pricing::{Prices, Rates};
    ///
    /// let prices = Prices::builder().model("openai", "gpt-4o*", Rates::new(2.5, 10.0)).build()?;
    /// let telemetry = genai::Telemetry::builder().pricing(prices.span_attribute(true)).build();
    /// # Ok::<(), genai::pricing::Error>(())
    /// ```
    pub fn pricing(mut self, prices: Prices) -> Self {
        self.sources.extras.prices = Some(Arc::new(prices));
        self
    }

    /// Whether chats, embeddings, retrievals and remote agents that fail emit the event `gen_ai.client.operation.exception`
    /// (severity WARN): `exception.type` is the `error.type`, `exception.message` the error's text, redacted, where
    /// [`error_messages`](Self::error_messages) is on; there is no stack trace. Off by default, since the span says the same;
    /// it needs a logger provider, and neither content nor the details event.
    pub fn exception_events(mut self, on: bool) -> Self {
        self.sources.settings.exception_events = on;
        self
    }

    /// What of the ambient context goes along from service to service, and what is accepted from others; nothing by default. It holds
    /// for the process, once this is [installed](Self::install). See [`Baggage`].
    pub fn baggage(mut self, baggage: Baggage) -> Self {
        self.sources.settings.baggage = baggage;
        self
    }

    /// How the trace goes through the `_meta` object of MCP messages; by W3C fields unless said otherwise.
    pub fn mcp_propagation(mut self, how: Propagation) -> Self {
        self.sources.settings.mcp.propagation = how;
        self
    }

    /// Whether MCP notifications have spans and metrics too, as requests have; off unless said otherwise.
    pub fn mcp_notifications(mut self, on: bool) -> Self {
        self.sources.settings.mcp.notifications = on;
        self
    }

    /// Whether a tool that is called through MCP is one span in each process, as the conventions advise, or two: that of
    /// `#[genai::tool]` and that of `tools/call`, where one stands directly in the other. One unless said otherwise.
    pub fn mcp_one_span_per_tool(mut self, on: bool) -> Self {
        self.sources.settings.mcp.one_span_per_tool = on;
        self
    }

    /// Whether the URI of a resource stands in the name of MCP spans; off unless said otherwise, since URIs are many.
    pub fn mcp_resource_in_span_names(mut self, on: bool) -> Self {
        self.sources.settings.mcp.resource_in_names = on;
        self
    }

    /// Whether the URI of a resource labels MCP metrics, where the conventions have it as opt-in; off unless said otherwise, since URIs
    /// are many. As of other names, the first [`Limits::label_values`] have points of their own.
    pub fn mcp_resource_in_metrics(mut self, on: bool) -> Self {
        self.sources.settings.mcp.resource_in_metrics = on;
        self
    }

    /// Whether what [`baggage`](Self::baggage) sends goes along in the `_meta` of MCP messages that are sent, and what it accepts is
    /// taken from those that are received; off unless said otherwise, since servers of tools are often other people's.
    pub fn mcp_baggage(mut self, on: bool) -> Self {
        self.sources.settings.mcp.baggage = on;
        self
    }

    /// Whether MCP follows rules that are merged in the conventions, and **not released: they may change, and this with them in any
    /// version**. Off unless said otherwise.
    ///
    /// * A server that answers with the JSON-RPC error -32700, -32600, -32601, -32602 or -32002 has not failed: its span's status is
    ///   unset, and neither span nor metric has `error.type`. `rpc.response.status_code` is there as before. The client's span is an
    ///   error as before.
    /// * The arguments of `prompts/get` are `gen_ai.prompt.variable.<name>` on the spans of both sides, where content is switched on:
    ///   after the redactor, which sees them as [`Redact::Arguments`](crate::Redact::Arguments), and within the [`Limits`].
    pub fn mcp_unreleased_conventions(mut self, on: bool) -> Self {
        self.sources.settings.mcp.unreleased = on;
        self
    }

    /// Bounds on what one operation may hold.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.sources.settings.limits = Some(limits);
        self
    }

    /// The name and version of the instrumentation scope, for an instrumentation built on this library; `genai` and this
    /// library's version otherwise.
    pub fn scope(
        mut self,
        name: impl Into<std::borrow::Cow<'static, str>>,
        version: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        self.sources.scope = Some(
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
            inner: self.sources.handle(),
        }
    }

    /// Makes this the process default, from the next call on. Nothing needs to be kept.
    pub fn install(self) {
        current::install(self.sources.handle());
    }
}

#[cfg(all(test, feature = "bound"))]
mod tests {
    use opentelemetry::metrics::Meter;
    use opentelemetry_sdk::metrics::SdkMeterProvider;

    use super::*;

    /// A provider of another kind, which may not know of binding.
    struct Foreign(SdkMeterProvider);

    impl MeterProvider for Foreign {
        fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
            self.0.meter_with_scope(scope)
        }
    }

    #[test]
    fn before_a_call_only_the_sdks_provider_is_bound_unless_the_program_says_otherwise() {
        let binds =
            |builder: TelemetryBuilder| builder.build().inner.instruments.binding.may_bind();
        let sdk = SdkMeterProvider::default;
        assert!(binds(Telemetry::builder().meter_provider(sdk())));
        assert!(!binds(
            Telemetry::builder()
                .meter_provider(sdk())
                .bound_instruments(false)
        ));
        assert!(!binds(Telemetry::builder().meter_provider(Foreign(sdk()))));
        assert!(binds(
            Telemetry::builder()
                .meter_provider(Foreign(sdk()))
                .bound_instruments(true)
        ));
        assert!(!binds(Telemetry::builder()));
    }
}
