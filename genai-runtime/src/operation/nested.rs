//! An operation inside the same operation: one call seen twice. The inner one leaves what it knows to the outer one, which takes
//! what it does not know itself.

use super::active;
use super::inherited::Inherited;
use super::op::Op;
use crate::content::captured::Captured;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, Id, keys};
use crate::semconv::value::push;
use opentelemetry::{StringValue, Value};

impl Op {
    /// Leaves what this knows to the operation that it is the same call as.
    pub(super) fn leave_to_outer(&mut self, failed: Option<StringValue>) {
        let Some(outer) = self.rare.as_deref_mut().and_then(|r| r.outer.take()) else {
            return;
        };
        let inherited = Inherited {
            first_class: std::mem::take(&mut self.first_class),
            attributes: std::mem::take(&mut self.attributes),
            own_attributes: (self.rare.as_deref_mut())
                .map(|r| std::mem::take(&mut r.own_attributes))
                .unwrap_or_default(),
            content: self.content.take(),
            // What a tool answers is for the one that serves it to judge.
            failed: failed.filter(|_| self.kind == Kind::McpClient),
        };
        active::leave_to(outer, inherited);
    }

    /// Takes from nested operations what this one does not know.
    pub(super) fn fill_inherited(&mut self, inherited: Inherited) {
        let knows_reasons = self.first_class.has_finish_reasons();
        for (id, value) in inherited.first_class.into_inherited() {
            if id != keys::GEN_AI_RESPONSE_FINISH_REASONS.id() || !knows_reasons {
                self.inherit_value(id, value);
            }
        }
        self.inherit_content(inherited.content);
        for attribute in inherited.attributes {
            if let Some(id) = registry::find(attribute.key.as_str()) {
                self.fill(id, attribute.value);
            }
        }
        for attribute in inherited.own_attributes {
            let rare = self.rare_mut();
            if !rare.own_attributes.iter().any(|a| a.key == attribute.key) {
                self.put_own(attribute);
            }
        }
    }

    /// A tool has a server only where it was called through MCP, and its metrics have none.
    fn inherit_value(&mut self, id: Id, value: Value) {
        let is_server = id == keys::SERVER_ADDRESS.id() || id == keys::SERVER_PORT.id();
        if self.kind == Kind::Tool && is_server {
            push(&mut self.attributes, id, value);
        } else {
            self.fill(id, value);
        }
    }

    /// What a tool recorded of its call, where the one that serves it did not.
    fn inherit_content(&mut self, theirs: Option<Box<Captured>>) {
        let Some(mut theirs) = theirs.filter(|_| self.span_wants_content()) else {
            return;
        };
        match &mut self.content {
            Some(mine) => mine.take_over(&mut theirs),
            None => self.content = Some(theirs),
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;

    use super::super::first_class::FirstClass;
    use super::super::test_seam::texts;
    use super::*;

    const MODEL: Id = keys::GEN_AI_REQUEST_MODEL.id();
    const ADDRESS: Id = keys::SERVER_ADDRESS.id();
    const PORT: Id = keys::SERVER_PORT.id();
    const REASONS: Id = keys::GEN_AI_RESPONSE_FINISH_REASONS.id();
    const SEED: Id = keys::GEN_AI_REQUEST_SEED.id();

    fn inherited() -> Inherited {
        let mut first_class = FirstClass::default();
        first_class.put_static(Kind::Chat, MODEL, "inner");
        first_class.put_static(Kind::Chat, ADDRESS, "host");
        first_class.put_int(PORT, 443);
        first_class.set_finish_reasons(vec!["length".into()]);
        Inherited {
            first_class,
            attributes: vec![
                KeyValue::new("gen_ai.request.seed", 7),
                KeyValue::new("app.none", 7),
            ],
            own_attributes: vec![KeyValue::new("app.a", 7), KeyValue::new("app.b", 7)],
            ..Inherited::default()
        }
    }

    #[test]
    fn what_an_operation_does_not_know_it_takes_over() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.fill_inherited(inherited());
        assert_eq!(op.get(MODEL), Some("inner".into()));
        assert_eq!(
            (op.get(ADDRESS), op.get(PORT)),
            (Some("host".into()), Some(443.into()))
        );
        assert_eq!(
            (op.get(REASONS), op.get(SEED)),
            (Some(texts(&["length"])), Some(7.into()))
        );
        // Nothing that is no attribute of the conventions.
        assert_eq!(op.attributes.len(), 1);
        let own = &op.rare.as_deref().expect("attributes").own_attributes;
        assert_eq!(*own, [KeyValue::new("app.a", 7), KeyValue::new("app.b", 7)]);
    }

    #[test]
    fn what_an_operation_knows_stays() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.fill_str(MODEL, "outer");
        op.fill_int(PORT, 80);
        op.fill_int(SEED, 1);
        op.attribute("app.b", 1.into());
        // Reasons that were read from messages count too.
        op.first_class
            .finish_reasons_of_messages(|| vec!["stop".into()]);
        op.fill_inherited(inherited());
        assert_eq!(op.get(MODEL), Some("outer".into()));
        assert_eq!(
            (op.get(ADDRESS), op.get(PORT)),
            (Some("host".into()), Some(80.into()))
        );
        assert_eq!(
            (op.get(REASONS), op.get(SEED)),
            (Some(texts(&["stop"])), Some(1.into()))
        );
        let own = &op.rare.as_deref().expect("attributes").own_attributes;
        assert_eq!(*own, [KeyValue::new("app.b", 1), KeyValue::new("app.a", 7)]);
    }

    /// The server of the call is on the tool's span; the tool's own metrics have none.
    #[test]
    fn the_server_of_a_tool_is_an_attribute_and_no_label() {
        let mut tool = Op::of_kind(Kind::Tool, |t| t);
        tool.fill_inherited(inherited());
        let labels = &tool.first_class.labels;
        assert_eq!(
            (labels.server_address.as_str(), labels.server_port),
            (None, None)
        );
        let mut found = tool.attributes.clone();
        found.sort_by_key(|a| a.key.to_string());
        let expected = [
            KeyValue::new("server.address", "host"),
            KeyValue::new("server.port", 443),
        ];
        assert_eq!(found, expected);
    }
}
