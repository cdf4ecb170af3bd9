//! How an operation comes to be: from the spare one of the thread where there is one, else from an allocation.

use std::time::{Instant, SystemTime};

use opentelemetry::Context;

use super::before::Before;
use super::first_class::FirstClass;
use super::op::{Op, Options, Slot};
use super::state::{Pending, State};
use super::{active, allowed, clock, pool};
use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::state::Handle;
use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;

impl Op {
    /// An operation of the process default's, or `None` if nobody listens.
    #[inline]
    pub(crate) fn begin(kind: u8) -> Slot {
        if crate::pipeline::listening::is_off() {
            None
        } else {
            Self::begin_on(Kind::from_index(kind))
        }
    }

    #[inline(never)]
    fn begin_on(kind: Kind) -> Slot {
        let (started, wall) = clock::now();
        if let Some(mut op) = pool::take() {
            if crate::pipeline::current::is_settled(op.generation, &op.telemetry, started) {
                if crate::context::ambient::is_suppressed() {
                    pool::give(op);
                    return None;
                }
                op.renew(kind, started, wall);
                return Some(op);
            }
        }
        contained(CallOut::Tracing, || {
            let default = crate::pipeline::current::open(started)?;
            let mut op = Self::new(kind, default.handle, started, wall);
            op.generation = default.generation;
            op.look = default.look;
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
            options: Options::default(),
            state: State::Ended,
            look: None,
            labels_dirty: false,
            open: Bits::NONE,
            open_at_start: Bits::ALL,
            first_class: FirstClass::default(),
            attributes: Vec::new(),
            before: Before::default(),
            room: 0,
            content: None,
            spare_content: None,
            rare: None,
            properties_at_start: 0,
            cx: Context::new(),
            entry: 0,
            opens_scope: false,
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
        self.options = Options::default();
        self.state = State::Pending(Pending::Evaluating {
            is_same_call: active::is_same_call(kind),
        });
        self.labels_dirty = false;
        self.open = allowed::allowed(kind);
        self.open_at_start = Bits::ALL;
        let names = crate::semconv::registry::OPERATIONS.get(usize::from(kind as u8));
        let name = names.and_then(|o| o.names.first()).copied();
        let operation = &mut self.first_class.labels.operation;
        operation.set_static(name.unwrap_or_default());
        self.started = started;
        self.wall = wall;
    }

    /// Lets go of everything an ended operation holds, but for its configuration.
    pub(super) fn clear(&mut self) {
        self.first_class.clear();
        // The list stays: what the next request says needs no allocation.
        if !self.attributes.is_empty() {
            self.attributes.clear();
        }
        self.content = None;
        if self.rare.is_some() {
            self.rare = None;
        }
        self.properties_at_start = 0;
        self.cx = Context::new();
        self.entry = 0;
        self.opens_scope = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_telemetry_is_suppressed_nothing_begins() {
        let telemetry = || crate::Telemetry::builder().build().inner;
        let begun = || Op::begin_with(Kind::Chat, telemetry()).map(|mut op| op.wait_for_start());
        assert!(begun().is_some());
        let quiet = Context::enter_telemetry_suppressed_scope();
        assert!(begun().is_none());
        drop(quiet);
        assert!(begun().is_some());
    }

    #[test]
    fn an_operation_has_the_name_and_the_attributes_of_its_kind() {
        for (kind, name) in [
            (Kind::Chat, "chat"),
            (Kind::Embeddings, "embeddings"),
            (Kind::Agent, "invoke_agent"),
            (Kind::Tool, "execute_tool"),
            (Kind::Workflow, "invoke_workflow"),
            (Kind::Retrieval, "retrieval"),
            (Kind::McpClient, ""),
        ] {
            let mut op = Op::of_kind(kind, |t| t);
            assert_eq!(op.operation_name(), name);
            op.fill_str(super::super::facts::MODEL, "m");
            op.state = State::Ended;
            op.clear();
            assert!(op.facts().is_empty(), "{:?}", op.facts());
            // The next one may be of another kind.
            let (now, wall) = clock::now();
            op.renew(Kind::Chat, now, wall);
            assert_eq!((op.operation_name(), op.kind()), ("chat", Kind::Chat));
            op.fill_str(super::super::facts::MODEL, "m");
            assert_eq!(op.get(super::super::facts::MODEL), Some("m".into()));
            op.wait_for_start();
        }
    }
}
