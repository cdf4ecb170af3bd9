//! The GenAI context: the conversation and the association properties that every operation below carries.
//!
//! In goes what a user sets for a scope; out comes what an operation puts on its span when it starts. It is part of the
//! OpenTelemetry [`Context`](opentelemetry::Context) and goes wherever that goes, as a copy: what is set inside a scope does not
//! reach the code around it or another task.

pub(crate) mod ambient;
pub(crate) mod baggage;
#[cfg(feature = "tower")]
pub(crate) mod carrier;
mod entry;
mod inherit;
pub(crate) mod leaving;
pub(crate) mod lost;
pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod propagation;
mod propagator;
mod property;
mod scope;
mod span_ref;
pub(crate) mod w3c;

use std::fmt;
use std::sync::Arc;

use opentelemetry::{Key, KeyValue, StringValue, Value};

pub use baggage::Baggage;
pub(crate) use entry::{entry_id, id_of, with_conversation, with_entry};
pub use inherit::{Inherited, inherited, inherited_fn, inherited_stream};
pub use property::PropertyValue;
pub(crate) use property::value_of;
pub use scope::{ContextScope, Scoped};
pub(crate) use scope::{
    Source, has_property, is_nothing_ambient, property_keys, read, set as set_in_scope,
};
pub use span_ref::{SpanRef, SpanRefError};

use crate::content::limits::{Limits, bounded_value};

/// The prefix of association properties; B and this library emit it, the conventions do not have it.
pub(crate) const PREFIX: &str = "gen_ai.association.properties.";

/// A conversation id and association properties (user, customer, tenant, ..) for a scope.
///
/// [`new`](Self::new) starts empty and so replaces what surrounds it; [`current`](Self::current) starts from the ambient one.
///
/// ```
/// use genai::GenAiContext;
///
/// let _scope = GenAiContext::new()
///     .conversation_id("c-17")
///     .property("user.id", "alice")
///     .property("tenant", Some("acme"))
///     .attach();
/// assert_eq!(genai::context().conversation(), Some("c-17"));
/// ```
#[derive(Clone, Default)]
pub struct GenAiContext {
    /// Shared, so that a copy needs no allocation; copied when one of several is changed. None is an empty one.
    data: Option<Arc<Data>>,
}

#[derive(Clone, Default)]
struct Data {
    conversation_id: Option<StringValue>,
    /// With their full keys, ready to be cloned onto a span without an allocation.
    properties: Vec<KeyValue>,
}

impl GenAiContext {
    /// An empty context.
    pub const fn new() -> Self {
        Self { data: None }
    }

    /// The ambient context: that of the innermost open scope, else the thread's, else an empty one.
    pub fn current() -> Self {
        read(|context, _| context.clone())
    }

    /// Sets the conversation id; `None` leaves it as it is. An empty id hides an outer one and is not emitted.
    #[must_use]
    pub fn conversation_id<'a>(mut self, id: impl Into<Option<&'a str>>) -> Self {
        if let Some(id) = id.into() {
            self.set_id(shared(id));
        }
        self
    }

    /// Sets an association property, in place of one with the same key; a `None` value is left out.
    ///
    /// The key is what follows `gen_ai.association.properties.`. An empty key is refused with one warning; over 1,024 properties
    /// further ones are ignored. An operation takes the first 64 of them, or as many as [`Limits::properties`] says.
    #[must_use]
    pub fn property(mut self, key: &str, value: impl PropertyValue) -> Self {
        if let Some(value) = value_of(&value) {
            self.set(key, value);
        }
        self
    }

    fn set(&mut self, key: &str, value: Value) {
        let value = bounded_value(value, Limits::new().content);
        let properties = &mut self.data_mut().properties;
        set_property(properties, key, value, Limits::PROPERTIES);
    }

    /// Sets a property by its whole key, of which clones are cheap.
    fn set_full(&mut self, key: &Key, value: Value) {
        let value = bounded_value(value, Limits::new().content);
        let properties = &mut self.data_mut().properties;
        put(properties, key.clone(), value, Limits::PROPERTIES);
    }

    pub(crate) fn set_id(&mut self, id: StringValue) {
        self.data_mut().conversation_id = Some(id);
    }

    fn data_mut(&mut self) -> &mut Data {
        Arc::make_mut(self.data.get_or_insert_default())
    }

    /// The conversation id as an attribute has it.
    pub(crate) fn id(&self) -> Option<&StringValue> {
        self.data.as_ref()?.conversation_id.as_ref()
    }

    /// The association properties as a span has them.
    pub(crate) fn attributes(&self) -> &[KeyValue] {
        self.data.as_ref().map_or(&[], |data| &data.properties)
    }

    /// The conversation id.
    pub fn conversation(&self) -> Option<&str> {
        self.id().map(StringValue::as_str)
    }

    /// The value of an association property.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.properties().find_map(|(k, v)| (k == key).then_some(v))
    }

    /// The association properties, by the keys they were set with.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.attributes().iter().map(|p| {
            (
                p.key
                    .as_str()
                    .strip_prefix(PREFIX)
                    .unwrap_or(p.key.as_str()),
                &p.value,
            )
        })
    }

    /// Whether there is neither an id nor a property. An empty id is one.
    pub fn is_empty(&self) -> bool {
        self.id().is_none() && self.attributes().is_empty()
    }
}

impl PartialEq for GenAiContext {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id() && self.attributes() == other.attributes()
    }
}

impl fmt::Debug for GenAiContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenAiContext")
            .field("conversation_id", &self.id().is_some())
            .field("properties", &self.attributes().len())
            .finish()
    }
}

/// The ambient context; see [`GenAiContext::current`]. It allocates nothing.
///
/// ```
/// let _scope = genai::GenAiContext::new().conversation_id("c-17").attach();
/// assert_eq!(genai::context().conversation(), Some("c-17"));
/// ```
pub fn context() -> GenAiContext {
    GenAiContext::current()
}

/// Adds an association property to a list of them, in place of one with the same key.
pub(crate) fn set_property(properties: &mut Vec<KeyValue>, key: &str, value: Value, most: usize) {
    if key.is_empty() {
        crate::diag::warn::once(crate::diag::warn::Once::EmptyPropertyKey, || {
            "an association property with an empty key is ignored".to_owned()
        });
        return;
    }
    put(properties, full_key(key), value, most);
}

/// The same by its whole key.
fn put(properties: &mut Vec<KeyValue>, key: Key, value: Value, most: usize) {
    if let Some(known) = properties.iter_mut().find(|p| p.key == key) {
        known.value = value;
    } else if properties.len() < most {
        properties.push(KeyValue::new(key, value));
    }
}

/// The full key of an association property.
pub(crate) fn full_key(key: &str) -> Key {
    Key::from(Arc::<str>::from([PREFIX, key].concat()))
}

/// A string value whose clones share it.
pub(crate) fn shared(text: &str) -> StringValue {
    StringValue::from(Arc::<str>::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> GenAiContext {
        GenAiContext::new()
            .conversation_id("secret")
            .property("tenant", "secret")
    }

    #[test]
    fn contexts_are_equal_by_conversation_and_properties() {
        assert_eq!(both(), both());
        assert_eq!(GenAiContext::new(), GenAiContext::default());
        for other in [
            GenAiContext::new(),
            GenAiContext::new().conversation_id("secret"),
            GenAiContext::new().property("tenant", "secret"),
            both().conversation_id("other"),
            both().property("tenant", "other"),
            both().property("user.id", 1),
        ] {
            assert_ne!(both(), other);
            assert_ne!(other, both());
        }
    }

    #[test]
    fn debug_shows_sizes_alone() {
        let shown = |context: &GenAiContext| format!("{context:?}");
        assert_eq!(
            shown(&both()),
            "GenAiContext { conversation_id: true, properties: 1 }"
        );
        assert_eq!(
            shown(&GenAiContext::new()),
            "GenAiContext { conversation_id: false, properties: 0 }"
        );
    }

    #[test]
    fn what_is_set_is_found_by_its_short_key() {
        let context = both()
            .conversation_id(None::<&str>)
            .property("n", 1)
            .property("tenant", "last")
            .property("absent", None::<i64>)
            .property("", 1);
        assert_eq!(context.conversation(), Some("secret"));
        let all: Vec<_> = context.properties().collect();
        assert_eq!(
            all,
            [("tenant", &Value::from("last")), ("n", &Value::I64(1))]
        );
        assert_eq!(context.value("n"), Some(&Value::I64(1)));
        assert_eq!(context.value("gen_ai.association.properties.n"), None);
        let keys: Vec<_> = context
            .attributes()
            .iter()
            .map(|p| p.key.as_str())
            .collect();
        assert_eq!(keys, [format!("{PREFIX}tenant"), format!("{PREFIX}n")]);
        // A copy that is changed leaves the first as it is.
        let changed = context.clone().property("n", 2).conversation_id("other");
        assert_eq!(context.value("n"), Some(&Value::I64(1)));
        assert_eq!(changed.value("n"), Some(&Value::I64(2)));
        assert_eq!(context.conversation(), Some("secret"));
    }

    #[test]
    fn of_properties_there_is_an_end() {
        let mut list = Vec::new();
        for key in ["a", "", "b", "c", "a"] {
            set_property(&mut list, key, Value::from(key), 2);
        }
        assert_eq!(
            list,
            [("a", "a"), ("b", "b")].map(|(key, value)| KeyValue::new(full_key(key), value))
        );
        set_property(&mut list, "b", Value::from("last"), 2);
        assert_eq!(list.last().map(|p| p.value.clone()), Some("last".into()));
        set_property(&mut list, "c", Value::from("c"), 3);
        assert_eq!(list.len(), 3);
        let long = "x".repeat(Limits::new().content + 1);
        let context = GenAiContext::new().property("long", long.as_str());
        let kept = context.value("long").map(|value| value.as_str().len());
        assert_eq!(kept, Some(Limits::new().content));
    }
}
