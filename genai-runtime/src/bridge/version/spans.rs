//! Spans of one version: a description of a span goes in, a span comes out that is one of the older version's.

macro_rules! spans {
    ($old:ident, links: $links:ident) => {
        use std::borrow::Cow;
        use std::time::SystemTime;

        use old::trace::TraceContextExt as _;
        use old::trace::Tracer as _;
        use opentelemetry as new;
        use $old as old;

        use super::contexts;
        use super::values::{key_value, key_values, scope, to_newer, to_older};

        /// A tracer provider of the older version, as one of this crate's.
        #[derive(Debug)]
        pub struct TracerProvider<P>(pub(super) P);

        impl<P> new::trace::TracerProvider for TracerProvider<P>
        where
            P: old::trace::TracerProvider,
            P::Tracer: Send + Sync + 'static,
            <P::Tracer as old::trace::Tracer>::Span: Send + Sync + 'static,
        {
            type Tracer = Tracer;

            fn tracer_with_scope(&self, of: new::InstrumentationScope) -> Tracer {
                let tracer = self.0.tracer_with_scope(scope(&of));
                Tracer(old::global::BoxedTracer::new(Box::new(tracer)))
            }
        }

        /// A tracer of the older version.
        #[derive(Debug)]
        pub struct Tracer(old::global::BoxedTracer);

        impl Tracer {
            /// That of the older version's global provider of now.
            pub(super) fn global(of: &new::InstrumentationScope) -> Self {
                Self(old::global::tracer_with_scope(scope(of)))
            }
        }

        impl new::trace::Tracer for Tracer {
            type Span = Span;

            fn build_with_context(&self, span: new::trace::SpanBuilder, cx: &new::Context) -> Span {
                let mut builder = old::trace::SpanBuilder::from_name(span.name);
                builder.span_kind = span.span_kind.map(kind);
                builder.start_time = span.start_time;
                builder.attributes = span.attributes.map(key_values);
                builder.events = span.events.map(|all| all.into_iter().map(event).collect());
                builder.links = span.links.map(|all| all.into_iter().map(link).collect());
                let parent = contexts::parent(cx);
                let span = self.0.build_with_context(builder, &parent);
                let made = old::trace::Span::span_context(&span);
                let is_own = made.is_valid() && made != parent.span().span_context();
                let span_context = to_newer(made);
                let is_recording = old::trace::Span::is_recording(&span);
                let cx = parent.with_span(span);
                contexts::started(&cx);
                Span {
                    cx: contexts::alone(cx),
                    span_context,
                    is_recording,
                    is_own,
                }
            }
        }

        fn kind(kind: new::trace::SpanKind) -> old::trace::SpanKind {
            match kind {
                new::trace::SpanKind::Client => old::trace::SpanKind::Client,
                new::trace::SpanKind::Server => old::trace::SpanKind::Server,
                new::trace::SpanKind::Producer => old::trace::SpanKind::Producer,
                new::trace::SpanKind::Consumer => old::trace::SpanKind::Consumer,
                new::trace::SpanKind::Internal => old::trace::SpanKind::Internal,
            }
        }

        fn event(event: new::trace::Event) -> old::trace::Event {
            let attributes = key_values(event.attributes);
            let dropped = event.dropped_attributes_count;
            old::trace::Event::new(event.name, event.timestamp, attributes, dropped)
        }

        fn link(link: new::trace::Link) -> old::trace::Link {
            let attributes = key_values(link.attributes);
            let dropped = link.dropped_attributes_count;
            old::trace::Link::new(to_older(&link.span_context), attributes, dropped)
        }

        /// A span of the older version.
        #[derive(Debug)]
        pub struct Span {
            /// The older context in which it is the current one.
            cx: old::Context,
            span_context: new::trace::SpanContext,
            is_recording: bool,
            is_own: bool,
        }

        impl Span {
            /// Whether a provider made it: the no-op one repeats the parent.
            pub(super) fn is_own(&self) -> bool {
                self.is_own
            }
        }

        impl new::trace::Span for Span {
            fn add_event_with_timestamp<T>(
                &mut self,
                name: T,
                timestamp: SystemTime,
                attributes: Vec<new::KeyValue>,
            ) where
                T: Into<Cow<'static, str>>,
            {
                let attributes = key_values(attributes);
                self.cx
                    .span()
                    .add_event_with_timestamp(name, timestamp, attributes);
            }

            fn span_context(&self) -> &new::trace::SpanContext {
                &self.span_context
            }

            fn is_recording(&self) -> bool {
                // It stops when the span ends, and never starts.
                self.is_recording && self.cx.span().is_recording()
            }

            fn set_attribute(&mut self, attribute: new::KeyValue) {
                self.cx.span().set_attribute(key_value(attribute));
            }

            fn set_attributes(&mut self, attributes: impl IntoIterator<Item = new::KeyValue>) {
                if self.is_recording {
                    let attributes = attributes.into_iter().map(key_value);
                    self.cx.span().set_attributes(attributes);
                }
            }

            fn set_status(&mut self, status: new::trace::Status) {
                self.cx.span().set_status(match status {
                    new::trace::Status::Unset => old::trace::Status::Unset,
                    new::trace::Status::Ok => old::trace::Status::Ok,
                    new::trace::Status::Error { description } => {
                        old::trace::Status::Error { description }
                    }
                });
            }

            fn update_name<T>(&mut self, name: T)
            where
                T: Into<Cow<'static, str>>,
            {
                self.cx.span().update_name(name);
            }

            fn add_link(&mut self, span: new::trace::SpanContext, attributes: Vec<new::KeyValue>) {
                $crate::bridge::version::spans::add_link!($links, self, span, attributes);
            }

            fn end_with_timestamp(&mut self, timestamp: SystemTime) {
                self.cx.span().end_with_timestamp(timestamp);
            }
        }
    };
}

/// A link that is added after the start.
macro_rules! add_link {
    (late, $span:ident, $to:ident, $attributes:ident) => {
        $span
            .cx
            .span()
            .add_link(to_older(&$to), key_values($attributes))
    };
    // A span in a context takes none in these versions.
    (at_start, $span:ident, $to:ident, $attributes:ident) => {
        drop(($to, $attributes))
    };
}

pub(crate) use {add_link, spans};
