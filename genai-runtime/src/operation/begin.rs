//! How an operation comes to be: from the spare one of the thread where there is one, else from an allocation.

use std::time::{Instant, SystemTime};

use opentelemetry::Context;

use super::name::Name;
use super::op::{Flags, Op, Slot};
use super::phase::Phase;
use super::{active, allowed, clock, pool};
use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::state::Handle;
use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;

impl Op {
    /// An operation of the process default's, or `None` if nobody listens.
    #[inline]
    pub(crate) fn begin(kind: u8) -> Slot {
        if crate::pipeline::gate::is_off() {
            None
        } else {
            Self::begin_on(Kind::from_index(kind))
        }
    }

    #[inline(never)]
    fn begin_on(kind: Kind) -> Slot {
        let (started, wall) = clock::now();
        if let Some(mut op) = pool::take() {
            if crate::pipeline::gate::is_settled(op.generation, &op.telemetry, started) {
                if crate::context::ambient::is_suppressed() {
                    pool::give(op);
                    return None;
                }
                op.renew(kind, started, wall);
                return Some(op);
            }
        }
        contained(CallOut::Tracing, || {
            let default = crate::pipeline::gate::open(started)?;
            let mut op = Self::new(kind, default.handle, started, wall);
            op.generation = default.generation;
            op.flags.looks = default.looks;
            Some(op)
        })
        .flatten()
    }

    /// An operation of `telemetry`'s.
    pub(crate) fn begin_with(kind: Kind, telemetry: Handle) -> Slot {
        let is_silent = telemetry.config.is_disabled || crate::context::ambient::is_suppressed();
        if is_silent {
            None
        } else {
            let (started, wall) = clock::now();
            Some(Self::new(kind, telemetry, started, wall))
        }
    }

    pub(super) fn new(
        kind: Kind,
        telemetry: Handle,
        started: Instant,
        wall: SystemTime,
    ) -> Box<Self> {
        let mut op = Box::new(Self {
            telemetry,
            generation: 0,
            kind,
            flags: Flags::default(),
            phase: Phase::default(),
            open: Bits::NONE,
            open_at_start: Bits::ALL,
            operation: Name::None,
            provider: Name::None,
            model: Name::None,
            subject: Name::None,
            server_address: Name::None,
            server_port: None,
            conversation: None,
            response_model: Name::None,
            response_id: None,
            finish_reasons: None,
            input_tokens: None,
            output_tokens: None,
            attributes: Vec::new(),
            room: 0,
            content: None,
            spare_content: None,
            rare: None,
            scope_at_start: 0,
            cx: Context::new(),
            started,
            wall,
        });
        op.renew(kind, started, wall);
        op
    }

    /// Makes a cleared operation a new one.
    #[inline]
    fn renew(&mut self, kind: Kind, started: Instant, wall: SystemTime) {
        self.kind = kind;
        self.phase = Phase::default();
        self.open = allowed::allowed(kind);
        self.open_at_start = Bits::ALL;
        let names = crate::semconv::registry::OPERATIONS.get(usize::from(kind as u8));
        let name = names.and_then(|o| o.names.first()).copied();
        self.operation = Name::Static(name.unwrap_or_default());
        self.flags = Flags {
            is_suppressed: kind.is_suppressed_in_itself() && active::innermost() == Some(kind),
            ..Flags::default()
        };
        self.started = started;
        self.wall = wall;
    }

    /// Lets go of everything an ended operation holds, but for its configuration.
    pub(super) fn clear(&mut self) {
        self.provider = Name::None;
        self.model = Name::None;
        self.subject = Name::None;
        self.server_address = Name::None;
        self.server_port = None;
        self.conversation = None;
        self.response_model = Name::None;
        self.response_id = None;
        self.finish_reasons = None;
        self.input_tokens = None;
        self.output_tokens = None;
        // The list stays: what the next request tells needs no allocation.
        self.attributes.clear();
        self.content = None;
        self.rare = None;
        self.scope_at_start = 0;
        self.cx = Context::new();
    }
}
