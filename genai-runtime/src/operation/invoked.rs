//! An invocation in the hands of a user, as what runs inside it sees it, and the outer one of two operations that are one call.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use opentelemetry::trace::{TraceContextExt as _, TraceId};
use opentelemetry::{Context, StringValue};

use super::attempts::Attempts;
use super::inherited::Inherited;
use crate::diag::sync::Mutex;
use crate::diag::sync::atomic::{AtomicBool, Ordering};
use crate::semconv::kind::Kind;

/// An invocation.
pub(crate) struct Invoked {
    pub(super) kind: Kind,
    pub(super) trace: TraceId,
    /// Whether what is ambient inside is its own.
    pub(super) opens_scope: bool,
    /// The tool that it executes.
    pub(super) tool: Option<StringValue>,
    inherited: Mutex<Inherited>,
    has_ended: AtomicBool,
    attempts: Mutex<Attempts>,
}

impl Invoked {
    pub(super) fn new(
        kind: Kind,
        cx: &Context,
        opens_scope: bool,
        tool: Option<StringValue>,
    ) -> Arc<Self> {
        Arc::new(Self {
            kind,
            trace: cx.span().span_context().trace_id(),
            opens_scope,
            tool,
            inherited: Mutex::default(),
            has_ended: AtomicBool::new(false),
            attempts: Mutex::default(),
        })
    }

    pub(super) fn inherit(&self, inherited: Inherited) {
        self.inherited
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(inherited);
    }

    /// It ends: gives what nested operations left. A guard that was leaked has no effect from now on.
    pub(crate) fn end(&self) -> Inherited {
        self.has_ended.store(true, Ordering::Relaxed);
        std::mem::take(
            &mut *self
                .inherited
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The attempts in it.
    pub(super) fn with_attempts<T>(&self, f: impl FnOnce(&mut Attempts) -> T) -> T {
        f(&mut self.attempts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }
}

/// The operation that another one is the same call as.
pub(super) enum Outer {
    /// The one of an annotated body, which started then.
    Operation(Instant),
    Invocation(Arc<Invoked>),
}
