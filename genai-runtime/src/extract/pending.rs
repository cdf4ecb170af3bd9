//! What one chunk has said so far and what waits for the chunk's end, because the fields of an object come in any order.

use serde_json::Value;

use crate::content::message::Word;
use crate::extract::stream::usage::Counts;

/// The scratch space of a chunk, and the state of a response that comes in events.
#[derive(Default)]
pub(crate) struct Pending {
    /// The number of the choice, block or call the chunk is about; `None` if it has none.
    pub(crate) index: Option<i64>,
    /// How many choices of this chunk came before.
    pub(crate) position: u64,
    /// One bit for each choice of this chunk that came whole, by its index.
    pub(crate) taken: u128,
    /// What comes of a choice is what it goes on with.
    pub(crate) is_delta: bool,
    /// The id to fall back on.
    pub(crate) id_else: String,
    /// The id of the conversation that the answer belongs to.
    pub(crate) conversation: String,
    pub(crate) finish: Option<Word>,
    pub(crate) content: Option<Value>,
    /// A whole message, where it may come beside a part of it.
    pub(crate) whole: Option<Value>,
    /// How many bytes of it are left out.
    pub(crate) whole_lost: usize,
    /// The number beside a text is that of its generation.
    pub(crate) is_generation: bool,
    /// What a choice says is a whole message.
    pub(crate) is_message: bool,
    /// The text of a plain completion.
    pub(crate) text: Option<Value>,
    pub(crate) event: EventKind,
    /// The id of the item that an event is about, and the event's name where its delta goes to a field; only where content is
    /// wanted.
    pub(crate) item: String,
    pub(crate) name: String,
    /// The counters of one step of an answer, and the sum of those of its compactions.
    pub(crate) step: Counts,
    pub(crate) is_compaction: bool,
    pub(crate) compaction: Option<Counts>,
    /// The error in a body or an event: code, type, status.
    pub(crate) error: Option<ErrorFields>,
    /// What the fields beside it say of one.
    pub(crate) fault: Option<Fault>,
    /// Whether a Responses answer calls a function.
    pub(crate) calls: bool,
    pub(crate) status: Option<Word>,
    pub(crate) incomplete: Option<Word>,
}

/// What kind of event of the Responses API, or of Mistral's conversations, a chunk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EventKind {
    #[default]
    Unnamed,
    Text,
    Reasoning,
    Summary,
    Refusal,
    Arguments,
    Audio,
    /// More of a field that nobody models.
    Delta,
    Image,
    Item,
    WholeItem,
    Error,
    Other,
}

/// What an error object says of its kind.
#[derive(Default)]
pub(crate) struct ErrorFields {
    pub(crate) code: Option<Word>,
    pub(crate) kind: Option<Word>,
    pub(crate) status: Option<Word>,
}

/// What fields at the top of a body or a chunk say of a failure.
#[derive(Default)]
pub(crate) struct Fault {
    pub(crate) fields: ErrorFields,
    /// It is one, whatever else there is.
    pub(crate) is_certain: bool,
    /// A state says that it failed.
    pub(crate) has_failed: bool,
    /// There is a message.
    pub(crate) has_text: bool,
    pub(crate) has_detail: bool,
}
