//! What the code of an operation hands over piece by piece: it is gathered on the operation, and recorded on it when it ends.
//!
//! What gathers knows formats and messages, which lie above; here it is something that can be asked to finish.

use std::any::Any;

use super::op::{Gathers, Op};
use crate::diag::call_out::{CallOut, contained};

impl Op {
    /// Lets `f` add to what is gathered; the first piece makes it.
    pub(crate) fn gather<G: Gathers>(
        &mut self,
        make: impl FnOnce(&mut Self) -> G,
        f: impl FnOnce(&mut G, &mut Self),
    ) {
        let gathered = self.rare.as_deref_mut().and_then(|r| r.gathered.take());
        let mut gathered = gathered.unwrap_or_else(|| Box::new(make(self)));
        // There is one kind of it.
        let any: &mut dyn Any = &mut *gathered;
        if let Some(known) = any.downcast_mut::<G>() {
            f(known, self);
        }
        self.rare_mut().gathered = Some(gathered);
    }

    /// Takes what the pieces said, unless it is known otherwise. More may follow.
    pub(crate) fn settle_gathered(&mut self) {
        let gathered = self.rare.as_deref_mut().and_then(|r| r.gathered.take());
        if let Some(gathered) = gathered {
            contained(CallOut::Chunk, || gathered.finish(self));
        }
    }
}
