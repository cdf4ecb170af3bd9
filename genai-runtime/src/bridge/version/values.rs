//! Values of one version: keys, values, scopes and the contexts of spans go in, those of the other version come out.
//!
//! Names and short texts mostly come again: each thread holds a bounded number of them, shared, so that they are copied once.

macro_rules! values {
    ($old:ident) => {
        use std::cell::RefCell;
        use std::sync::Arc;

        use opentelemetry as new;
        use $old as old;

        use $crate::bridge::version::values::{LONGEST, Slots};

        thread_local! {
            static KEYS: RefCell<Slots<old::Key>> = const { RefCell::new(Slots::new()) };
            static TEXTS: RefCell<Slots<old::StringValue>> = const { RefCell::new(Slots::new()) };
        }

        pub(super) fn key(key: &new::Key) -> old::Key {
            let name = key.as_str();
            let make = || old::Key::from(Arc::<str>::from(name));
            let known = KEYS.try_with(|keys| {
                let mut keys = keys.try_borrow_mut().ok()?;
                Some(keys.get(name, old::Key::as_str, make))
            });
            known.ok().flatten().unwrap_or_else(make)
        }

        pub(super) fn string(text: new::StringValue) -> old::StringValue {
            if text.as_str().len() > LONGEST {
                return String::from(text).into();
            }
            let text = text.as_str();
            let make = || old::StringValue::from(Arc::<str>::from(text));
            let known = TEXTS.try_with(|texts| {
                let mut texts = texts.try_borrow_mut().ok()?;
                Some(texts.get(text, old::StringValue::as_str, make))
            });
            known.ok().flatten().unwrap_or_else(make)
        }

        pub(super) fn value(value: new::Value) -> old::Value {
            use new::Array as A;
            use new::Value as V;
            match value {
                V::Bool(v) => old::Value::Bool(v),
                V::I64(v) => old::Value::I64(v),
                V::F64(v) => old::Value::F64(v),
                V::String(v) => old::Value::String(string(v)),
                V::Array(A::Bool(v)) => old::Value::Array(old::Array::Bool(v)),
                V::Array(A::I64(v)) => old::Value::Array(old::Array::I64(v)),
                V::Array(A::F64(v)) => old::Value::Array(old::Array::F64(v)),
                V::Array(A::String(v)) => {
                    let v = v.into_iter().map(string).collect();
                    old::Value::Array(old::Array::String(v))
                }
                // A type that the older version does not have.
                other => old::Value::from(other.to_string()),
            }
        }

        pub(super) fn key_value(attribute: new::KeyValue) -> old::KeyValue {
            old::KeyValue::new(key(&attribute.key), value(attribute.value))
        }

        pub(super) fn key_values(attributes: Vec<new::KeyValue>) -> Vec<old::KeyValue> {
            // With the room that the first list has for what comes later.
            let mut all = Vec::with_capacity(attributes.capacity());
            all.extend(attributes.into_iter().map(key_value));
            all
        }

        pub(super) fn scope(scope: &new::InstrumentationScope) -> old::InstrumentationScope {
            let mut made = old::InstrumentationScope::builder(scope.name().to_owned());
            if let Some(version) = scope.version() {
                made = made.with_version(version.to_owned());
            }
            if let Some(url) = scope.schema_url() {
                made = made.with_schema_url(url.to_owned());
            }
            let attributes = scope.attributes().cloned().map(key_value);
            made.with_attributes(attributes).build()
        }

        pub(super) fn to_newer(span: &old::trace::SpanContext) -> new::trace::SpanContext {
            let state = if *span.trace_state() == old::trace::TraceState::NONE {
                new::trace::TraceState::NONE
            } else {
                span.trace_state().header().parse().unwrap_or_default()
            };
            new::trace::SpanContext::new(
                new::trace::TraceId::from_bytes(span.trace_id().to_bytes()),
                new::trace::SpanId::from_bytes(span.span_id().to_bytes()),
                new::trace::TraceFlags::new(span.trace_flags().to_u8()),
                span.is_remote(),
                state,
            )
        }

        pub(super) fn to_older(span: &new::trace::SpanContext) -> old::trace::SpanContext {
            let state = if *span.trace_state() == new::trace::TraceState::NONE {
                old::trace::TraceState::NONE
            } else {
                span.trace_state().header().parse().unwrap_or_default()
            };
            old::trace::SpanContext::new(
                old::trace::TraceId::from_bytes(span.trace_id().to_bytes()),
                old::trace::SpanId::from_bytes(span.span_id().to_bytes()),
                old::trace::TraceFlags::new(span.trace_flags().to_u8()),
                span.is_remote(),
                state,
            )
        }
    };
}

pub(crate) use values;

/// The longest text that is held, in bytes.
pub(crate) const LONGEST: usize = 48;
/// How many texts of a kind a thread holds.
const SLOTS: usize = 128;

/// Texts that were there before, each in the place that its address and length give: the same text mostly comes from the same place.
pub(crate) struct Slots<T>([Option<T>; SLOTS]);

impl<T: Clone> Slots<T> {
    pub(crate) const fn new() -> Self {
        Self([const { None }; SLOTS])
    }

    /// What `make` gives for `text`, shared with the time before where it is still there.
    pub(crate) fn get(
        &mut self,
        text: &str,
        as_str: fn(&T) -> &str,
        make: impl FnOnce() -> T,
    ) -> T {
        let at = ((text.as_ptr().addr() >> 3) ^ text.len()) % SLOTS;
        match self.0.get_mut(at) {
            Some(Some(known)) if as_str(known) == text => known.clone(),
            Some(slot) if text.len() <= LONGEST => slot.insert(make()).clone(),
            _ => make(),
        }
    }
}
