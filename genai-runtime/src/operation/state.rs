//! The state of an operation: how far its code is and which span it has, as one value, so that impossible combinations cannot be written.
//!
//! When an unfinished operation is dropped, the state distinguishes a panic from a cancellation. `thread::panicking` would not: it is
//! also true while a future is dropped because some other panic unwinds.

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has not started: it exists for nobody else.
    Pending(Pending),
    /// It has started.
    Open { span: Span, code: Code },
    /// It has ended, or was never started.
    Ended,
}

/// What the code of an operation does before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    /// Its attributes are evaluated, and it starts right after.
    Evaluating { is_same_call: bool },
    /// Its attributes are evaluated; it starts later, perhaps somewhere else.
    EvaluatingForLater,
    /// The function that returns its future runs.
    MakingFuture,
    /// It starts when its future is polled, or its builder is started.
    WaitingForStart,
}

/// What the code of an operation does after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Content is evaluated.
    Evaluating,
    /// The user's code runs.
    Running,
    /// The user's code waits to be polled again.
    Waiting,
    /// The user's code is dropped unfinished, with its context current.
    Leaving,
    /// The user's code is done; what its result says is being read.
    Complete,
    /// What is known is reported.
    Reporting,
}

/// What an operation that has started has for a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// One of its own, sampled or not.
    Own { is_recording: bool },
    /// The one of the same call around it.
    OfSameCall,
    /// None: the SDK panicked.
    None,
}

/// How an operation ends that is dropped in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// It was never there.
    Unnoticed,
    /// An expression of the attribute panicked.
    InExpression,
    /// The user's code panicked.
    Panicked,
    /// The user's code was dropped unfinished.
    Cancelled,
}

impl State {
    #[inline]
    pub(super) fn is_started(self) -> bool {
        !matches!(self, Self::Pending(_))
    }

    pub(super) fn is_ended(self) -> bool {
        matches!(self, Self::Ended)
    }

    /// Whether a span of its own is recorded.
    #[inline]
    pub(super) fn is_recording(self) -> bool {
        matches!(
            self,
            Self::Open {
                span: Span::Own { is_recording: true },
                ..
            }
        )
    }

    /// Whether it is the same call as the operation around it, as far as that is decided.
    #[inline]
    pub(super) fn is_same_call(self) -> bool {
        matches!(
            self,
            Self::Open {
                span: Span::OfSameCall,
                ..
            } | Self::Pending(Pending::Evaluating { is_same_call: true })
        )
    }

    /// The code of a started operation.
    #[inline]
    pub(super) fn code(self) -> Option<Code> {
        match self {
            Self::Open { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The code of a started operation goes on to `code`.
    #[inline]
    pub(super) fn go_on(&mut self, to: Code) {
        if let Self::Open { code, .. } = self {
            *code = to;
        }
    }

    /// The code of an operation that has not started goes on to `code`.
    pub(super) fn go_on_pending(&mut self, to: Pending) {
        if let Self::Pending(code) = self {
            *code = to;
        }
    }

    /// How it ends if it is dropped now; `None` if it has ended.
    pub(super) fn dropped(self) -> Option<Dropped> {
        Some(match self {
            Self::Pending(code) => match code {
                Pending::Evaluating { .. } | Pending::EvaluatingForLater => Dropped::InExpression,
                Pending::MakingFuture => Dropped::Panicked,
                Pending::WaitingForStart => Dropped::Unnoticed,
            },
            Self::Open { code, .. } => match code {
                Code::Evaluating | Code::Complete => Dropped::InExpression,
                Code::Running => Dropped::Panicked,
                Code::Waiting | Code::Leaving => Dropped::Cancelled,
                // A report that panicked is not made again.
                Code::Reporting => return None,
            },
            Self::Ended => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Span = Span::Own { is_recording: true };
    const UNSAMPLED: Span = Span::Own {
        is_recording: false,
    };

    #[test]
    fn how_it_ends_says_where_its_code_was() {
        let same = Pending::Evaluating { is_same_call: true };
        let other = Pending::Evaluating {
            is_same_call: false,
        };
        for (pending, dropped) in [
            (same, Dropped::InExpression),
            (other, Dropped::InExpression),
            (Pending::EvaluatingForLater, Dropped::InExpression),
            (Pending::MakingFuture, Dropped::Panicked),
            (Pending::WaitingForStart, Dropped::Unnoticed),
        ] {
            let mut state = State::Pending(pending);
            assert!(!state.is_started() && !state.is_ended() && !state.is_recording());
            assert_eq!(state.is_same_call(), pending == same);
            assert_eq!(state.code(), None);
            assert_eq!(state.dropped(), Some(dropped));
            state.go_on(Code::Running);
            assert_eq!(state, State::Pending(pending));
            state.go_on_pending(Pending::WaitingForStart);
            assert_eq!(state, State::Pending(Pending::WaitingForStart));
        }
        for (code, dropped) in [
            (Code::Evaluating, Some(Dropped::InExpression)),
            (Code::Running, Some(Dropped::Panicked)),
            (Code::Waiting, Some(Dropped::Cancelled)),
            (Code::Leaving, Some(Dropped::Cancelled)),
            (Code::Complete, Some(Dropped::InExpression)),
            (Code::Reporting, None),
        ] {
            for span in [OWN, UNSAMPLED, Span::OfSameCall, Span::None] {
                let mut state = State::Open {
                    span,
                    code: Code::Evaluating,
                };
                state.go_on_pending(Pending::MakingFuture);
                state.go_on(code);
                assert_eq!(state, State::Open { span, code });
                assert!(state.is_started() && !state.is_ended());
                assert_eq!(state.is_recording(), span == OWN);
                assert_eq!(state.is_same_call(), span == Span::OfSameCall);
                assert_eq!(state.code(), Some(code));
                assert_eq!(state.dropped(), dropped);
            }
        }
        let ended = State::Ended;
        assert!(ended.is_started() && ended.is_ended());
        assert!(!ended.is_recording() && !ended.is_same_call());
        assert_eq!((ended.code(), ended.dropped()), (None, None));
    }
}
