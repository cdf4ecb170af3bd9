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
