//! What an attribute means, once it is known to be right: the checks make it, the expansion reads it.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Pat, Path};

use crate::item::Function;
use crate::registry::{Operation, Type};

/// A function to instrument, and how.
pub(crate) struct Instrument {
    pub(crate) item: Function,
    /// The path of the runtime crate; `::genai` unless `crate = ..`.
    pub(crate) krate: Path,
    pub(crate) what: What,
    /// A statement that makes the compiler warn.
    pub(crate) warning: Option<TokenStream>,
}

/// What the attribute makes of the function.
pub(crate) enum What {
    /// An operation: a span, metrics, events.
    Operation(Box<Call>),
    /// `#[genai::context]`: the ambient conversation, no span.
    Context(Context),
    /// `#[genai::evaluation]`: an event on a call that was made before, no span.
    Evaluation(Box<Evaluation>),
}

/// `#[genai::context(..)]`.
pub(crate) struct Context {
    pub(crate) conversation_id: Option<Expr>,
    pub(crate) properties: Vec<Named>,
    /// Start from an empty context.
    pub(crate) replace: bool,
    /// `returns = ..`.
    pub(crate) returns: Option<Returns>,
}

/// `#[genai::evaluation(..)]`.
pub(crate) struct Evaluation {
    pub(crate) name: Expr,
    /// The handle on the call that is judged.
    pub(crate) of: Expr,
    /// `result(|pattern| ..)`
    pub(crate) pattern: Pat,
    pub(crate) judged: Vec<Judged>,
    /// `error(|e| type = value)`.
    pub(crate) error: Option<(Pat, Expr)>,
    /// Methods without arguments: who judged, and whether the explanation stays in.
    pub(crate) switches: Vec<&'static str>,
    pub(crate) llm: Option<Expr>,
    pub(crate) identifier: Option<Expr>,
    pub(crate) attributes: Vec<Named>,
    /// `returns = ..`.
    pub(crate) returns: Option<Returns>,
}

impl Evaluation {
    /// Every expression of the user's that is evaluated before the call.
    pub(crate) fn before(&self) -> impl Iterator<Item = &Expr> {
        let words = [&self.llm, &self.identifier].into_iter().flatten();
        let attributes = self.attributes.iter().map(|named| &named.value);
        [&self.name, &self.of]
            .into_iter()
            .chain(words)
            .chain(attributes)
    }

    /// Every one that is evaluated after it.
    pub(crate) fn after(&self) -> impl Iterator<Item = &Expr> {
        let judged = self.judged.iter().map(|judged| &judged.value);
        judged.chain(self.error.as_ref().map(|(_, class)| class))
    }
}

/// One `score = value` of `result(..)`.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) value: Expr,
}

/// What a value of `result(..)` is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Score,
    Label,
    Explanation,
}

/// An operation attribute.
pub(crate) struct Call {
    pub(crate) operation: &'static Operation,
    /// `operation = ..`: another of the operation's names, or (chat) any string.
    pub(crate) operation_name: Option<Expr>,
    /// Entries known before the call, in source order, without content and the rest of this struct.
    pub(crate) before: Vec<Entry>,
    /// `request = arg` (any expression, such as `(req, options)`).
    pub(crate) request: Option<AskedFor>,
    /// Whether the provider must come from the request's type, since no entry gives it.
    pub(crate) provider_from_request: bool,
    /// `system = v`, `input = v`, `tools = v`, `arguments = v`, `query = v`: content known before the call, by registry id.
    pub(crate) content: Vec<Entry>,
    pub(crate) response: ResponseSpec,
    /// `error(|e| type = value)`.
    pub(crate) error: Option<(Pat, Expr)>,
    pub(crate) properties: Vec<Named>,
    pub(crate) attributes: Vec<Named>,
    pub(crate) metric_attributes: Vec<Named>,
    /// `capture = none`.
    pub(crate) capture_none: bool,
    /// `stream`, at its token.
    pub(crate) stream: Option<Span>,
    /// `returns = ..`.
    pub(crate) returns: Option<Returns>,
    /// `chunk_timing = false`.
    pub(crate) chunk_timing_off: bool,
    /// `remote` (agent).
    pub(crate) remote: bool,
    pub(crate) span_name: Option<Expr>,
    /// `span_kind = client` is true.
    pub(crate) span_kind_client: Option<bool>,
}

/// What `request = ..` reads.
pub(crate) enum AskedFor {
    One(Asked),
    /// Several, of which the first to say something counts; and where they stand.
    Parts(Vec<Asked>, Span),
}

impl AskedFor {
    /// What it is made of.
    pub(crate) fn parts(&self) -> &[Asked] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Parts(parts, _) => parts,
        }
    }
}

/// A value that is read as a request.
pub(crate) struct Asked {
    pub(crate) value: Expr,
    pub(crate) read: Read,
}

/// How a value is read.
pub(crate) enum Read {
    /// As its type says.
    ByType,
    /// As its type says, or by the name of its type, which is a client's.
    ByName,
    /// In the format that is named.
    In(Format),
}

/// A wire format, as the runtime names it, and where it is written.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) span: Span,
}

/// How the response side is filled.
pub(crate) enum ResponseSpec {
    /// Not given: the result's type decides, or the warning is given.
    FromType,
    /// `response = none`.
    Nothing,
    /// `response = path`.
    Path(Path),
    /// `response = openai`.
    Format(Format),
    /// `response(|r| ..)`: the pattern, the entries, and the class of a failure that the value is.
    Entries(Pat, Vec<Entry>, Option<Box<Expr>>),
}

/// One `key = value` of the registry.
pub(crate) struct Entry {
    /// The index in the registry's table.
    pub(crate) id: u8,
    pub(crate) ty: Type,
    pub(crate) value: Value,
}

impl Entry {
    /// The user's expressions in the value.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let (one, fields) = match &self.value {
            Value::Expr(expression) => (Some(expression), [].as_slice()),
            Value::Object(fields, _) => (None, fields.as_slice()),
            _ => (None, [].as_slice()),
        };
        one.into_iter()
            .chain(fields.iter().map(|field| &field.value))
    }
}

/// A value: what the macro knows travels as data, the rest as code.
pub(crate) enum Value {
    Str(String, Span),
    Int(i64, Span),
    Double(f64, Span),
    Bool(bool, Span),
    Expr(Expr),
    /// Fields of one object, and the place of the key.
    Object(Vec<Named>, Span),
}

/// One `a.b = v` of `properties(..)`, `attributes(..)`, `metric_attributes(..)`.
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) value: Expr,
}

/// The shape given by `returns = ..`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    Future,
    Stream,
    Value,
}
