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

#[cfg(test)]
mod tests {
    use super::super::finish::{Ending, Outcome};
    use super::super::first_class::INPUT_TOKENS;
    use super::*;
    use crate::semconv::kind::Kind;

    /// Records how many pieces there were, and of what the first one is.
    #[derive(Default)]
    struct Pieces(Vec<i64>);

    impl Gathers for Pieces {
        fn finish(self: Box<Self>, op: &mut Op) {
            op.fill_int(INPUT_TOKENS, self.0.iter().sum());
        }
    }

    struct Others;

    impl Gathers for Others {
        fn finish(self: Box<Self>, _: &mut Op) {}
    }

    #[test]
    fn pieces_are_gathered_and_recorded_once() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.start();
        let piece = |op: &mut Op, number| {
            op.gather(|_| Pieces(vec![1]), |pieces, _| pieces.0.push(number));
        };
        piece(&mut op, 10);
        piece(&mut op, 100);
        // Of another kind there are none beside it.
        op.gather(|_| Others, |_, _| unreachable!("there is one kind"));
        assert_eq!(op.get(INPUT_TOKENS), None);
        op.settle_gathered();
        assert_eq!(op.get(INPUT_TOKENS), Some(111.into()));
        op.settle_gathered();
        // What is known stays.
        piece(&mut op, 10);
        op.settle_gathered();
        assert_eq!(op.get(INPUT_TOKENS), Some(111.into()));
    }

    #[test]
    fn what_was_gathered_is_recorded_at_the_end() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.start();
        op.gather(|_| Pieces::default(), |pieces, _| pieces.0.push(7));
        op.end(Ending::Returned(Outcome::Ok));
        assert_eq!(op.get(INPUT_TOKENS), Some(7.into()));
    }
}
