//! Keys that single backends want beside the conventions': switches in, what each adds out.
//!
//! All are off by default, since some contradict others. They come from [`TelemetryBuilder::compat`] and from `GENAI_COMPAT`, a
//! comma list of their names.

pub(crate) mod keys;
pub(crate) mod legacy;
pub(crate) mod text;

use std::fmt;
use std::ops::BitOr;

use crate::content::shown::Shown;

/// A set of compatibility switches; each adds the keys it names and nothing else.
///
/// | switch | adds | what changes on screen |
/// |---|---|---|
/// | [`SESSION`](Self::SESSION) | spans: `session.id` from the conversation, `user.id` from the association property `user.id` | backends that know no `gen_ai.conversation.id` list sessions; MLflow and Phoenix show the user |
/// | [`LEGACY`](Self::LEGACY) | spans, metrics and events: `gen_ai.system` beside `gen_ai.provider.name`; where events get content, the log events `gen_ai.system.message`, `gen_ai.user.message`, `gen_ai.assistant.message`, `gen_ai.tool.message`, `gen_ai.choice` | queries and dashboards of the conventions before 1.37 find their data |
/// | [`PHOENIX`](Self::PHOENIX) | where spans get content: `input.value`, `output.value` (last user text; answer, else the tool calls) with `input.mime_type`, `output.mime_type` on chat, agent and workflow spans, and the parts it shows nothing of in a form that it shows (a file as a line of text, calls of the provider's own tools as `tool_call`); `openinference.span.kind` = `CHAIN` on workflow spans; `user.id` from the association property; an `exception` event on spans that failed; each [evaluation](crate::Evaluation) is also a span of kind `EVALUATOR` with a link to the judged one | Phoenix' lists of traces and sessions are readable, users are known, workflows are no longer "unknown". It takes every blob and URI for an image; a file is its id, since it can show none |
/// | [`LANGFUSE`](Self::LANGFUSE) | `langfuse.observation.completion_start_time` on streamed chats; `langfuse.observation.type` = `chain` on workflow spans; `gen_ai.usage.cost` where [prices](crate::pricing) are known; `user.id` from the association property | Langfuse shows the time to the first token, chains as such, users, and your own cost |
/// | [`MLFLOW`](Self::MLFLOW) | an `exception` event on spans that failed, with class and, where texts are on, text; `user.id` from the association property; `openinference.span.kind` = `CHAIN` on workflow and `RETRIEVER` on retrieval spans; where spans get content, every part of a message that is neither text nor of a tool as a line of text | MLflow marks failed spans as such, shows the user, and gives every span of an operation its type. It draws a conversation only if each part is one of these: an image or a file is the line `[image (image/png), 1234 bytes]`, since it can show none |
/// | [`LAMINAR`](Self::LAMINAR) | spans: `lmnr.association.properties.session_id`, `.user_id`, `.metadata.*` (the other properties), `gen_ai.system` | Laminar groups by session and user, and knows the provider |
/// | [`LANGSMITH`](Self::LANGSMITH) | spans: `langsmith.metadata.session_id`, `langsmith.metadata.user_id`, `gen_ai.system`; an `exception` event on spans that failed | LangSmith lists threads and users, knows the provider, and shows errors |
///
/// `PHOENIX` and `LANGFUSE` contradict: Langfuse shows `input.value` in place of the messages. A configuration with both gets
/// one warning at its start, and neither.
///
/// ```
/// use genai::Compat;
///
/// let compat = Compat::SESSION | Compat::LANGFUSE;
/// assert_eq!(Compat::parse("session, langfuse"), Ok(compat));
/// assert!((Compat::PHOENIX | Compat::LANGFUSE).check().is_err());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Compat(u8);

const NAMES: [(Compat, &str); 7] = [
    (Compat::SESSION, "session"),
    (Compat::LEGACY, "legacy"),
    (Compat::PHOENIX, "phoenix"),
    (Compat::LANGFUSE, "langfuse"),
    (Compat::LAMINAR, "laminar"),
    (Compat::LANGSMITH, "langsmith"),
    (Compat::MLFLOW, "mlflow"),
];

impl Compat {
    /// Nothing; the default.
    pub const NONE: Self = Self(0);
    /// `session.id` and `user.id`, which several backends group by.
    pub const SESSION: Self = Self(1);
    /// The provider's key and the message events of the conventions before 1.37.
    pub const LEGACY: Self = Self(1 << 1);
    /// Arize Phoenix.
    pub const PHOENIX: Self = Self(1 << 2);
    /// Langfuse.
    pub const LANGFUSE: Self = Self(1 << 3);
    /// Laminar.
    pub const LAMINAR: Self = Self(1 << 4);
    /// LangSmith.
    pub const LANGSMITH: Self = Self(1 << 5);
    /// MLflow.
    pub const MLFLOW: Self = Self(1 << 6);

    /// Whether all of `other` is switched on.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Reads a comma list of names, as `GENAI_COMPAT` has it; case and blanks do not count.
    ///
    /// # Errors
    ///
    /// For a name that is none, and for switches that contradict.
    pub fn parse(list: &str) -> Result<Self, CompatError> {
        match Self::lenient(list) {
            (compat, None) => compat.check(),
            (_, Some(error)) => Err(error),
        }
    }

    /// What of the list is known, and the first name that is not.
    pub(crate) fn lenient(list: &str) -> (Self, Option<CompatError>) {
        let (mut compat, mut error) = (Self::NONE, None);
        for word in list.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            match NAMES
                .iter()
                .find(|(_, name)| name.eq_ignore_ascii_case(word))
            {
                Some((switch, _)) => compat = compat | *switch,
                None => {
                    error.get_or_insert_with(|| {
                        CompatError::Unknown(crate::content::limits::prefix(word, 64).to_owned())
                    });
                }
            }
        }
        (compat, error)
    }

    /// The set itself, unless two of its switches contradict.
    ///
    /// # Errors
    ///
    /// [`CompatError::Conflict`] for `PHOENIX` with `LANGFUSE`.
    pub fn check(self) -> Result<Self, CompatError> {
        if self.contains(Self::PHOENIX | Self::LANGFUSE) {
            Err(CompatError::Conflict)
        } else {
            Ok(self)
        }
    }

    /// The set without what contradicts.
    pub(crate) fn without_conflicts(self) -> Self {
        match self.check() {
            Ok(compat) => compat,
            Err(error) => {
                crate::diag::warn::warning(&format!("{error}; both stay off"));
                Self(self.0 & !(Self::PHOENIX | Self::LANGFUSE).0)
            }
        }
    }

    /// Whose view of messages spans are for.
    pub(crate) const fn shown(self) -> Shown {
        Shown {
            phoenix: self.contains(Self::PHOENIX),
            mlflow: self.contains(Self::MLFLOW),
        }
    }

    /// Whether spans that failed get an `exception` event.
    pub(crate) const fn has_exceptions_on_spans(self) -> bool {
        self.0 & (Self::MLFLOW.0 | Self::PHOENIX.0 | Self::LANGSMITH.0) != 0
    }

    /// Whether spans get the user as the attributes of OpenTelemetry name one.
    pub(crate) const fn has_user(self) -> bool {
        let all = Self::SESSION.0 | Self::PHOENIX.0 | Self::LANGFUSE.0 | Self::MLFLOW.0;
        self.0 & all != 0
    }

    /// Whether workflow spans get a kind of OpenInference.
    pub(crate) const fn has_kind_of_workflows(self) -> bool {
        self.0 & (Self::PHOENIX.0 | Self::MLFLOW.0) != 0
    }

    /// Whether spans get the provider under its old key.
    pub(crate) const fn has_system_on_spans(self) -> bool {
        self.0 & (Self::LEGACY.0 | Self::LAMINAR.0 | Self::LANGSMITH.0) != 0
    }
}

impl BitOr for Compat {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        for (switch, name) in NAMES {
            if self.contains(switch) {
                f.write_str(if is_first { "" } else { "," })?;
                f.write_str(name)?;
                is_first = false;
            }
        }
        f.write_str(if is_first { "none" } else { "" })
    }
}

impl fmt::Debug for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compat({self})")
    }
}

/// Why a set of compatibility switches is refused.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompatError {
    /// There is no switch of this name.
    Unknown(String),
    /// `phoenix` and `langfuse` were both asked for.
    Conflict,
}

impl fmt::Display for CompatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "{name:?} is no compatibility switch; choices: ")?;
                for (at, (_, name)) in NAMES.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    f.write_str(name)?;
                }
                Ok(())
            }
            Self::Conflict => f.write_str(
                "the compatibility switches phoenix and langfuse contradict: Langfuse shows input.value in place of the messages",
            ),
        }
    }
}

/// As the text, which is what a program shows that returns the error from `main`.
impl fmt::Debug for CompatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CompatError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_shown_by_the_names_that_it_is_read_by() {
        assert_eq!(Compat::NONE.to_string(), "none");
        assert_eq!(format!("{:?}", Compat::default()), "Compat(none)");
        for (switch, name) in NAMES {
            assert_eq!(switch.to_string(), name);
            assert_eq!(format!("{switch:?}"), format!("Compat({name})"));
            assert_eq!(Compat::parse(name), Ok(switch));
        }
        let (all, _) = Compat::lenient("mlflow,langsmith,laminar,langfuse,phoenix,legacy,session");
        let names = "session,legacy,phoenix,langfuse,laminar,langsmith,mlflow";
        assert_eq!(all.to_string(), names);
        for (switch, _) in NAMES {
            assert!(all.contains(switch) && !Compat::NONE.contains(switch));
        }
        assert!(!Compat::SESSION.contains(Compat::SESSION | Compat::LEGACY));
    }

    #[test]
    fn what_of_a_list_is_known_holds_and_the_first_that_is_not_is_named() {
        let unknown = |word: &str| Some(CompatError::Unknown(word.to_owned()));
        for (list, compat, error) in [
            ("", Compat::NONE, None),
            (" , ,", Compat::NONE, None),
            (" SESSION ,Legacy", Compat::SESSION | Compat::LEGACY, None),
            ("opik, session, x", Compat::SESSION, unknown("opik")),
        ] {
            assert_eq!(Compat::lenient(list), (compat, error), "{list}");
        }
        let long = Compat::parse(&"x".repeat(70));
        assert_eq!(long, Err(CompatError::Unknown("x".repeat(64))));
        let text = "\"opik\" is no compatibility switch; choices: session, legacy, phoenix, langfuse, laminar, langsmith, mlflow";
        let error = Compat::parse("opik").unwrap_err();
        assert_eq!(
            (error.to_string(), format!("{error:?}")),
            (text.into(), text.into())
        );
        let error = Compat::parse("langfuse,phoenix").unwrap_err();
        let text = "the compatibility switches phoenix and langfuse contradict: Langfuse shows input.value in place of the messages";
        assert_eq!(
            (error.to_string(), format!("{error:?}")),
            (text.into(), text.into())
        );
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn of_two_that_contradict_neither_holds_and_that_is_said() {
        use crate::diag::heard::heard;

        let both = Compat::PHOENIX | Compat::LANGFUSE | Compat::SESSION;
        let (rest, lines) = heard(|| both.without_conflicts());
        assert_eq!(rest, Compat::SESSION);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].ends_with("in place of the messages; both stay off"),
            "{lines:?}"
        );
        let one = Compat::PHOENIX | Compat::SESSION;
        assert_eq!(heard(|| one.without_conflicts()), (one, vec![]));
    }

    #[test]
    fn each_switch_brings_what_its_backend_reads() {
        for (switch, exceptions, user, workflows, system) in [
            (Compat::NONE, false, false, false, false),
            (Compat::SESSION, false, true, false, false),
            (Compat::LEGACY, false, false, false, true),
            (Compat::PHOENIX, true, true, true, false),
            (Compat::LANGFUSE, false, true, false, false),
            (Compat::LAMINAR, false, false, false, true),
            (Compat::LANGSMITH, true, false, false, true),
            (Compat::MLFLOW, true, true, true, false),
        ] {
            assert_eq!(switch.has_exceptions_on_spans(), exceptions, "{switch}");
            assert_eq!(switch.has_user(), user, "{switch}");
            assert_eq!(switch.has_kind_of_workflows(), workflows, "{switch}");
            assert_eq!(switch.has_system_on_spans(), system, "{switch}");
            let shown = switch.shown();
            assert_eq!(shown.phoenix, switch == Compat::PHOENIX, "{switch}");
            assert_eq!(shown.mlflow, switch == Compat::MLFLOW, "{switch}");
        }
    }
}
