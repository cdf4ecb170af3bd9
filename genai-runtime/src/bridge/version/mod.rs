//! One older version of OpenTelemetry: the path of its crate goes in, a module with providers of this crate's version over its own
//! comes out, and the contexts that belong to them.
//!
//! The versions differ in little: whether a span in a context takes links, in which order guards may be dropped, how suppression and
//! the wish for an event are asked.

pub(crate) mod contexts;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod spans;
pub(crate) mod values;

macro_rules! version {
    (
        $module:ident, $feature:literal, $version:literal, $old:ident,
        { links: $links:ident, guards: $guards:ident, suppression: $suppression:ident, event_enabled: $event_enabled:ident }
    ) => {
        #[doc = concat!("OpenTelemetry ", $version, " (feature `", $feature, "`).")]
        #[doc = ""]
        #[doc = "Its globals need nothing from here. What it has no global for is handed over:"]
        #[doc = ""]
        #[doc = "```no_run"]
        #[doc = concat!("# use ", stringify!($old), " as opentelemetry;")]
        #[doc = "fn install<P>(events: P)"]
        #[doc = "where"]
        #[doc = "    P: opentelemetry::logs::LoggerProvider + Send + 'static,"]
        #[doc = "    P::Logger: Send + Sync + 'static,"]
        #[doc = "{"]
        #[doc = concat!("    let events = genai::bridge::", stringify!($module), "::logger_provider(events);")]
        #[doc = "    genai::Telemetry::builder().logger_provider(events).install();"]
        #[doc = "}"]
        #[doc = "```"]
        #[cfg_attr(docsrs, doc(cfg(feature = $feature)))]
        pub mod $module {
            use std::any::TypeId;
            use std::sync::Arc;

            use opentelemetry::InstrumentationScope;
            use opentelemetry::trace::{TraceContextExt as _, Tracer as _};

            use $crate::bridge::companion::Companion as _;
            use $crate::bridge::globals::{Globals, OlderTracer, Started};
            use $crate::bridge::version::metrics::SharedProvider;

            mod values {
                $crate::bridge::version::values::values!($old);
            }
            mod contexts {
                $crate::bridge::version::contexts::contexts!($old, guards: $guards, suppression: $suppression);
            }
            mod spans {
                $crate::bridge::version::spans::spans!($old, links: $links);
            }
            mod metrics {
                $crate::bridge::version::metrics::metrics!($old);
            }
            mod logs {
                $crate::bridge::version::logs::logs!($old, event_enabled: $event_enabled);
            }

            pub(crate) use contexts::Companion;
            pub use logs::{LogRecord, Logger, LoggerProvider};
            pub use metrics::MeterProvider;
            pub use spans::{Span, Tracer, TracerProvider};

            #[doc = concat!("A tracer provider of ", $version, " for [`tracer_provider`](crate::TelemetryBuilder::tracer_provider), in place of its global one.")]
            pub fn tracer_provider<P>(provider: P) -> TracerProvider<P>
            where
                P: $old::trace::TracerProvider,
                P::Tracer: Send + Sync + 'static,
                <P::Tracer as $old::trace::Tracer>::Span: Send + Sync + 'static,
            {
                spans::TracerProvider(provider)
            }

            #[doc = concat!("A meter provider of ", $version, " for [`meter_provider`](crate::TelemetryBuilder::meter_provider), in place of its global one.")]
            #[doc = ""]
            #[doc = "Observable instruments are no-ops."]
            pub fn meter_provider<P>(provider: P) -> MeterProvider
            where
                P: $old::metrics::MeterProvider + Send + Sync + 'static,
            {
                metrics::MeterProvider(Arc::new(provider))
            }

            #[doc = concat!("A logger provider of ", $version, " for [`logger_provider`](crate::TelemetryBuilder::logger_provider): OpenTelemetry has no global one.")]
            pub fn logger_provider<P: $old::logs::LoggerProvider>(provider: P) -> LoggerProvider<P> {
                logs::LoggerProvider(provider)
            }

            impl Globals for Companion {
                fn tracers(of: &InstrumentationScope, tracers: &mut Vec<OlderTracer>) {
                    let tracer = Tracer::global(of);
                    tracers.push(OlderTracer::new($version, move |span, parent| {
                        let span = tracer.build_with_context(span, parent);
                        let is_recording = opentelemetry::trace::Span::is_recording(&span);
                        let is_own = span.is_own();
                        let cx = parent.with_span(span);
                        Started { cx, is_recording, is_own }
                    }));
                }

                fn meter_provider() -> Option<SharedProvider> {
                    metrics::global()
                }

                fn has_tracer(ty: TypeId) -> bool {
                    ty == TypeId::of::<Tracer>()
                }

                fn versions(all: &mut Vec<&'static str>) {
                    all.push($version);
                }

                fn in_use() -> Option<&'static str> {
                    let is_in_use = metrics::global().is_some() || Self::span().is_some();
                    is_in_use.then_some($version)
                }
            }
        }
    };
}

pub(crate) use version;
