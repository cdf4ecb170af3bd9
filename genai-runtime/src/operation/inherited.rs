//! What an operation inherits from the same call seen again inside it: for each attribute the last value, and the sum of tokens.

use opentelemetry::{KeyValue, StringValue};

use super::first_class::FirstClass;
use crate::content::captured::Captured;

/// What nested operations of the same call know.
#[derive(Default)]
pub(crate) struct Inherited {
    pub(super) first_class: FirstClass,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) own_attributes: Vec<KeyValue>,
    /// What a tool recorded of its call.
    pub(super) content: Option<Box<Captured>>,
    /// The class of the error of the last call through MCP, if that failed.
    pub(super) failed: Option<StringValue>,
}

/// Token counts beside the two that are first-class.
const SUMMED: &str = "gen_ai.usage.";

/// Attributes of the user's that are inherited.
const OWN: usize = 128;

impl Inherited {
    /// Adds what another nested operation knows.
    pub(crate) fn add(&mut self, other: Self) {
        self.first_class.merge(other.first_class);
        self.failed = other.failed;
        self.content = other.content.or(self.content.take());
        for theirs in other.attributes {
            match self
                .attributes
                .iter_mut()
                .find(|mine| mine.key == theirs.key)
            {
                Some(mine) => merge(mine, theirs),
                None => self.attributes.push(theirs),
            }
        }
        for theirs in other.own_attributes {
            let has_room = self.own_attributes.len() < OWN;
            let mut known = self.own_attributes.iter_mut();
            match known.find(|mine| mine.key == theirs.key) {
                Some(mine) => mine.value = theirs.value,
                None if has_room => self.own_attributes.push(theirs),
                None => {}
            }
        }
    }
}

fn merge(mine: &mut KeyValue, theirs: KeyValue) {
    use opentelemetry::Value::I64;
    mine.value = match (&mine.value, theirs.value) {
        (I64(a), I64(b)) if mine.key.as_str().starts_with(SUMMED) => I64(a.saturating_add(b)),
        (_, value) => value,
    };
}
