//! Events of one version: records go in, and come out at a logger of the older version.

macro_rules! logs {
    ($old:ident, event_enabled: $event_enabled:ident) => {
        use std::borrow::Cow;
        use std::time::SystemTime;

        use opentelemetry as new;
        use $old as old;

        use super::values::{key, scope, string};

        /// A logger provider of the older version, as one of this crate's.
        #[derive(Debug)]
        pub struct LoggerProvider<P>(pub(super) P);

        impl<P: old::logs::LoggerProvider> new::logs::LoggerProvider for LoggerProvider<P> {
            type Logger = Logger<P::Logger>;

            fn logger_with_scope(&self, of: new::InstrumentationScope) -> Self::Logger {
                Logger(self.0.logger_with_scope(scope(&of)))
            }
        }

        /// A logger of the older version.
        #[derive(Debug)]
        pub struct Logger<L>(L);

        impl<L: old::logs::Logger> new::logs::Logger for Logger<L> {
            type LogRecord = LogRecord<L::LogRecord>;

            fn create_log_record(&self) -> Self::LogRecord {
                LogRecord(self.0.create_log_record())
            }

            fn emit(&self, record: Self::LogRecord) {
                self.0.emit(record.0);
            }

            fn event_enabled(
                &self,
                level: new::logs::Severity,
                target: &str,
                name: Option<&str>,
            ) -> bool {
                $crate::bridge::version::logs::event_enabled!(
                    $event_enabled,
                    self,
                    level,
                    target,
                    name
                )
            }
        }

        /// A record of the older version.
        #[derive(Debug)]
        pub struct LogRecord<R>(R);

        impl<R: old::logs::LogRecord> new::logs::LogRecord for LogRecord<R> {
            fn set_event_name(&mut self, name: &'static str) {
                self.0.set_event_name(name);
            }

            fn set_target<T: Into<Cow<'static, str>>>(&mut self, target: T) {
                self.0.set_target(target);
            }

            fn set_timestamp(&mut self, timestamp: SystemTime) {
                self.0.set_timestamp(timestamp);
            }

            fn set_observed_timestamp(&mut self, timestamp: SystemTime) {
                self.0.set_observed_timestamp(timestamp);
            }

            fn set_severity_text(&mut self, text: &'static str) {
                self.0.set_severity_text(text);
            }

            fn set_severity_number(&mut self, number: new::logs::Severity) {
                self.0.set_severity_number(severity(number));
            }

            fn set_body(&mut self, body: new::logs::AnyValue) {
                if let Some(body) = any(body) {
                    self.0.set_body(body);
                }
            }

            fn add_attributes<I, K, V>(&mut self, attributes: I)
            where
                I: IntoIterator<Item = (K, V)>,
                K: Into<new::Key>,
                V: Into<new::logs::AnyValue>,
            {
                let attributes = attributes.into_iter();
                self.0.add_attributes(
                    attributes.filter_map(|(k, v)| Some((key(&k.into()), any(v.into())?))),
                );
            }

            fn add_attribute<K, V>(&mut self, name: K, value: V)
            where
                K: Into<new::Key>,
                V: Into<new::logs::AnyValue>,
            {
                if let Some(value) = any(value.into()) {
                    self.0.add_attribute(key(&name.into()), value);
                }
            }

            fn set_trace_context(
                &mut self,
                trace: new::trace::TraceId,
                span: new::trace::SpanId,
                flags: Option<new::trace::TraceFlags>,
            ) {
                self.0.set_trace_context(
                    old::trace::TraceId::from_bytes(trace.to_bytes()),
                    old::trace::SpanId::from_bytes(span.to_bytes()),
                    flags.map(|flags| old::trace::TraceFlags::new(flags.to_u8())),
                );
            }
        }

        /// A value at any depth; `None` for a type that the older version does not have.
        fn any(value: new::logs::AnyValue) -> Option<old::logs::AnyValue> {
            use new::logs::AnyValue as New;
            use old::logs::AnyValue as Old;
            Some(match value {
                New::Int(v) => Old::Int(v),
                New::Double(v) => Old::Double(v),
                New::String(v) => Old::String(string(v)),
                New::Boolean(v) => Old::Boolean(v),
                New::Bytes(v) => Old::Bytes(v),
                New::ListAny(v) => Old::ListAny(Box::new(v.into_iter().filter_map(any).collect())),
                New::Map(v) => {
                    let entries = v.into_iter();
                    let entries = entries.filter_map(|(k, v)| Some((key(&k), any(v)?)));
                    Old::Map(Box::new(entries.collect()))
                }
                _ => return None,
            })
        }

        $crate::bridge::version::logs::severity! {
            Trace Trace2 Trace3 Trace4 Debug Debug2 Debug3 Debug4 Info Info2 Info3 Info4
            Warn Warn2 Warn3 Warn4 Error Error2 Error3 Error4 Fatal Fatal2 Fatal3 Fatal4
        }
    };
}

macro_rules! severity {
    ($($name:ident)*) => {
        fn severity(severity: new::logs::Severity) -> old::logs::Severity {
            match severity {
                $(new::logs::Severity::$name => old::logs::Severity::$name,)*
            }
        }
    };
}

/// Whether anybody wants an event.
macro_rules! event_enabled {
    (asked, $logger:ident, $level:ident, $target:ident, $name:ident) => {
        $logger.0.event_enabled(severity($level), $target, $name)
    };
    // It can be asked with an unstable feature only.
    (unknown, $logger:ident, $level:ident, $target:ident, $name:ident) => {{
        let _ = ($level, $target, $name);
        true
    }};
}

pub(crate) use {event_enabled, logs, severity};
