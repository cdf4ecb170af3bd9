//! Keys derived from keys: the attributes of a span go in, those that the switches add are appended.

use opentelemetry::{Key, KeyValue, StringValue, Value};

use super::Compat;
use crate::context::PREFIX;
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;
use crate::semconv::value::look_up;

/// The provider's key before 1.37.
pub(crate) const SYSTEM: &str = "gen_ai.system";
const USER: &str = "user.id";

/// Appends `gen_ai.system`, if `is_on` and the provider is among the attributes.
pub(crate) fn add_system(is_on: bool, attributes: &mut Vec<KeyValue>) {
    if !is_on {
        return;
    }
    let provider = look_up(attributes, keys::GEN_AI_PROVIDER_NAME.id());
    if let Some(provider) = provider.cloned() {
        add(attributes, SYSTEM, provider);
    }
}

/// Appends what goes on spans only. `is_start` says whether these are the attributes of the start.
pub(crate) fn add_derived(
    compat: Compat,
    kind: Kind,
    is_start: bool,
    attributes: &mut Vec<KeyValue>,
) {
    if compat == Compat::NONE {
        return;
    }
    add_system(compat.has_system_on_spans(), attributes);
    let conversation = keys::GEN_AI_CONVERSATION_ID.name();
    let mut derived: Vec<(Key, Value)> = Vec::new();
    for attribute in attributes.iter() {
        let key = attribute.key.as_str();
        let mut push = |key: Key| derived.push((key, attribute.value.clone()));
        if key == conversation {
            if compat.contains(Compat::SESSION) {
                push(Key::from_static_str("session.id"));
            }
            if compat.contains(Compat::LAMINAR) {
                push(Key::from_static_str(
                    "lmnr.association.properties.session_id",
                ));
            }
            if compat.contains(Compat::LANGSMITH) {
                push(Key::from_static_str("langsmith.metadata.session_id"));
            }
        } else if let Some(property) = key.strip_prefix(PREFIX) {
            let is_user = property == USER;
            if is_user && compat.has_user() {
                push(Key::from_static_str(USER));
            }
            if is_user && compat.contains(Compat::LANGSMITH) {
                push(Key::from_static_str("langsmith.metadata.user_id"));
            }
            if compat.contains(Compat::LAMINAR) {
                push(if is_user {
                    Key::from_static_str("lmnr.association.properties.user_id")
                } else {
                    Key::from(format!("lmnr.association.properties.metadata.{property}"))
                });
            }
        }
    }
    if is_start {
        // Of the other kinds, both read the operation's name.
        let kind_shown = match kind {
            Kind::Workflow if compat.has_kind_of_workflows() => Some("CHAIN"),
            Kind::Retrieval if compat.contains(Compat::MLFLOW) => Some("RETRIEVER"),
            _ => None,
        };
        derived.extend(kind_shown.map(|shown| word("openinference.span.kind", shown)));
        if kind == Kind::Workflow && compat.contains(Compat::LANGFUSE) {
            derived.push(word("langfuse.observation.type", "chain"));
        }
    }
    for (key, value) in derived {
        add(attributes, key, value);
    }
}

fn word(key: &'static str, value: &'static str) -> (Key, Value) {
    (
        Key::from_static_str(key),
        Value::String(StringValue::from(value)),
    )
}

/// Appends an attribute, unless the user set one of this key.
pub(crate) fn add(attributes: &mut Vec<KeyValue>, key: impl Into<Key>, value: Value) {
    let key = key.into();
    if !attributes.iter().any(|a| a.key == key) {
        attributes.push(KeyValue::new(key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is appended to `attributes`, as `key=value`.
    fn added(attributes: &[KeyValue], append: impl FnOnce(&mut Vec<KeyValue>)) -> Vec<String> {
        let mut all = attributes.to_vec();
        append(&mut all);
        assert_eq!(&all[..attributes.len()], attributes, "nothing is changed");
        let new = all.iter().skip(attributes.len());
        new.map(|a| format!("{}={}", a.key, a.value)).collect()
    }

    fn property(name: &str, value: &'static str) -> KeyValue {
        KeyValue::new(format!("{PREFIX}{name}"), value)
    }

    #[test]
    fn the_provider_has_its_old_key_where_it_is_known_and_not_set() {
        let provider = KeyValue::new("gen_ai.provider.name", "openai");
        let system = KeyValue::new("gen_ai.system", "mine");
        for (is_on, attributes, expected) in [
            (true, vec![provider.clone()], vec!["gen_ai.system=openai"]),
            (false, vec![provider.clone()], vec![]),
            (true, vec![], vec![]),
            (true, vec![provider, system], vec![]),
        ] {
            let found = added(&attributes, |all| add_system(is_on, all));
            assert_eq!(found, expected, "{attributes:?}");
        }
    }

    #[test]
    fn each_switch_derives_its_keys_and_no_other() {
        let attributes = [
            KeyValue::new("gen_ai.provider.name", "openai"),
            KeyValue::new("gen_ai.conversation.id", "c"),
            property("user.id", "ann"),
            property("tenant", "acme"),
            KeyValue::new("user", "no property"),
        ];
        let old = "gen_ai.system=openai";
        for (switch, expected) in [
            (Compat::NONE, vec![]),
            (Compat::SESSION, vec!["session.id=c", "user.id=ann"]),
            (Compat::LEGACY, vec![old]),
            (Compat::PHOENIX, vec!["user.id=ann"]),
            (Compat::LANGFUSE, vec!["user.id=ann"]),
            (Compat::MLFLOW, vec!["user.id=ann"]),
            (
                Compat::LAMINAR,
                vec![
                    old,
                    "lmnr.association.properties.session_id=c",
                    "lmnr.association.properties.user_id=ann",
                    "lmnr.association.properties.metadata.tenant=acme",
                ],
            ),
            (
                Compat::LANGSMITH,
                vec![
                    old,
                    "langsmith.metadata.session_id=c",
                    "langsmith.metadata.user_id=ann",
                ],
            ),
        ] {
            for is_start in [false, true] {
                let found = added(&attributes, |all| {
                    add_derived(switch, Kind::Chat, is_start, all);
                });
                assert_eq!(found, expected, "{switch}");
            }
        }
        let set = [property("user.id", "ann"), KeyValue::new("user.id", "mine")];
        let found = added(&set, |all| {
            add_derived(Compat::SESSION, Kind::Chat, true, all);
        });
        assert!(found.is_empty(), "what the user set stays: {found:?}");
    }

    #[test]
    fn kinds_that_a_backend_does_not_know_are_named_at_the_start() {
        let chain = "openinference.span.kind=CHAIN";
        for (switch, kind, expected) in [
            (Compat::PHOENIX, Kind::Workflow, vec![chain]),
            (Compat::MLFLOW, Kind::Workflow, vec![chain]),
            (
                Compat::MLFLOW,
                Kind::Retrieval,
                vec!["openinference.span.kind=RETRIEVER"],
            ),
            (Compat::PHOENIX, Kind::Retrieval, vec![]),
            (
                Compat::LANGFUSE,
                Kind::Workflow,
                vec!["langfuse.observation.type=chain"],
            ),
            (Compat::LANGFUSE, Kind::Chat, vec![]),
            (Compat::SESSION, Kind::Workflow, vec![]),
            (Compat::MLFLOW, Kind::Chat, vec![]),
        ] {
            let of = |is_start| added(&[], |all| add_derived(switch, kind, is_start, all));
            assert_eq!(of(true), expected, "{switch} {kind:?}");
            assert!(of(false).is_empty(), "{switch} {kind:?}");
        }
    }
}
