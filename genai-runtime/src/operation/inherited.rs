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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_summed_and_of_all_else_the_last_counts() {
        let known = |all: &[(&'static str, i64)]| Inherited {
            attributes: all
                .iter()
                .map(|(key, value)| KeyValue::new(*key, *value))
                .collect(),
            ..Inherited::default()
        };
        let mut all = known(&[
            ("gen_ai.usage.reasoning.output_tokens", 3),
            ("gen_ai.request.top_k", 5),
        ]);
        all.add(known(&[
            ("gen_ai.request.top_k", 7),
            ("gen_ai.usage.reasoning.output_tokens", 4),
            ("gen_ai.request.seed", 9),
        ]));
        let expected = known(&[
            ("gen_ai.usage.reasoning.output_tokens", 7),
            ("gen_ai.request.top_k", 7),
            ("gen_ai.request.seed", 9),
        ]);
        assert_eq!(all.attributes, expected.attributes);
    }

    #[test]
    fn of_attributes_of_the_users_there_is_an_end() {
        let own = |from: usize, to: usize, value: i64| Inherited {
            own_attributes: (from..to)
                .map(|at| KeyValue::new(format!("k{at}"), value))
                .collect(),
            ..Inherited::default()
        };
        let mut all = own(0, 0, 0);
        all.add(own(0, OWN - 1, 1));
        all.add(own(OWN - 2, OWN + 5, 2));
        assert_eq!(all.own_attributes.len(), OWN);
        let last: Vec<_> = all.own_attributes.iter().skip(OWN - 3).cloned().collect();
        let at = |at: usize, value: i64| KeyValue::new(format!("k{at}"), value);
        assert_eq!(last, [at(OWN - 3, 1), at(OWN - 2, 2), at(OWN - 1, 2)]);
    }
}
