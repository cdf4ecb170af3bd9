//! A response that the user's code reads itself: chunks or pieces of a body go in as they arrive, and are gathered as those of a
//! stream are. The operation takes what they said when it ends.

use crate::diag::call_out::{CallOut, contained};
use crate::extract::accumulator::Accumulator;
use crate::extract::recorder::Recorder;
use crate::extract::traits::Chunk;
use crate::extract::wire::ByteAccumulator;
use crate::operation::{ChunkTimer, Gathers, Op};
use crate::semconv::registry::keys;

/// What has arrived so far.
struct Pushed {
    chunks: Option<Accumulator>,
    bytes: Option<Box<ByteAccumulator>>,
    timer: ChunkTimer,
}

impl Pushed {
    fn new(op: &mut Op) -> Self {
        op.fill(keys::GEN_AI_REQUEST_STREAM.id(), true.into());
        Self {
            chunks: None,
            bytes: None,
            timer: ChunkTimer::First,
        }
    }
}

impl Gathers for Pushed {
    fn finish(self: Box<Self>, op: &mut Op) {
        let bytes = self.bytes.map(|bytes| bytes.end());
        for known in self.chunks.into_iter().chain(bytes) {
            known.finish(&mut Recorder::new(op));
        }
    }
}

/// Nothing so far.
fn facts(op: &mut Op) -> Accumulator {
    let recorder = Recorder::new(op);
    Accumulator::new(recorder.wants_content(), recorder.room())
}

/// Takes a chunk in.
pub(crate) fn chunk(op: &mut Op, chunk: &dyn Chunk) {
    op.gather(Pushed::new, |pushed, op| {
        let known = pushed.chunks.get_or_insert_with(|| facts(op));
        let is_output = contained(CallOut::Chunk, || {
            chunk.record_chunk(known);
            known.take_output()
        });
        // A chunk that panics has arrived all the same.
        if is_output != Some(false) {
            pushed.timer.output(op);
        }
    });
}

/// Takes a piece of a body in.
pub(crate) fn bytes(op: &mut Op, piece: &dyn AsRef<[u8]>) {
    op.gather(Pushed::new, |pushed, op| {
        let known = pushed.bytes.get_or_insert_with(|| {
            let most = op.limits().event;
            Box::new(ByteAccumulator::of(facts(op), most))
        });
        let is_output =
            contained(CallOut::Piece, || piece.as_ref()).is_some_and(|piece| known.feed(piece));
        if is_output {
            pushed.timer.output(op);
        }
    });
}
