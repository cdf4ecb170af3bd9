//! An operation inside the same operation: one call seen twice. The inner one leaves what it knows to the outer one, which takes
//! what it does not know itself.

use super::active;
use super::inherited::Inherited;
use super::op::Op;
use crate::semconv::registry::{self, keys};

impl Op {
    /// Leaves what this knows to the operation that it is the same call as.
    pub(super) fn leave_to_outer(&mut self) {
        let Some(outer) = self.rare.as_deref_mut().and_then(|r| r.outer.take()) else {
            return;
        };
        let inherited = Inherited {
            first_class: std::mem::take(&mut self.first_class),
            attributes: std::mem::take(&mut self.attributes),
            own_attributes: (self.rare.as_deref_mut())
                .map(|r| std::mem::take(&mut r.own_attributes))
                .unwrap_or_default(),
        };
        active::leave_to(outer, inherited);
    }

    /// Takes from nested operations what this one does not know.
    pub(super) fn fill_inherited(&mut self, inherited: Inherited) {
        let knows_reasons = self.first_class.has_finish_reasons();
        for (id, value) in inherited.first_class.into_inherited() {
            if id != keys::GEN_AI_RESPONSE_FINISH_REASONS.id() || !knows_reasons {
                self.fill(id, value);
            }
        }
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
}
