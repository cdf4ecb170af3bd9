//! What follows the body: which questions its result is asked, and whether the operation ends then or with a stream.

use syn::{Expr, Pat, Path};

use crate::clients::{self, Side};
use crate::ir::{Call, Entry, Format, ResponseSpec};
use crate::methods::Method;
use crate::registry::Kind;
use crate::shape::{Runs, Shape};

/// The end of an operation.
pub(crate) struct Ending<'a> {
    pub(crate) response: Option<Response<'a>>,
    /// `error(|e| type = ..)`
    pub(crate) error: Option<&'a (Pat, Expr)>,
    pub(crate) by_type: ByType,
}

/// What the attribute reads of a success.
pub(crate) enum Response<'a> {
    /// `response(|r| ..)`; the content is evaluated only if something wants it.
    Entries {
        pattern: &'a Pat,
        plain: Vec<&'a Entry>,
        content: Vec<&'a Entry>,
        /// The class of the failure that it is, if it is one.
        failure: Option<&'a Expr>,
    },
    /// `response = path`
    Path(&'a Path),
    /// `response = openai`
    Format(Format),
}

/// What the type of a result, or of a stream's items, is asked.
#[derive(Clone, Copy)]
pub(crate) enum ByType {
    /// Nothing: everything is said.
    Nothing,
    /// What its type says, if anything.
    IfAny,
    /// What its type says; a type that says nothing is warned of.
    Expected,
    /// The same of a type whose name is a client's: it may serialise.
    Client,
    /// What the items of a stream serialise to.
    Format(Format),
}

impl<'a> Ending<'a> {
    /// With a stream in `shape` the operation ends with that.
    pub(super) fn new(call: &'a Call, shape: &Shape) -> Self {
        let is_stream = shape.stream.is_some();
        let response = match &call.response {
            ResponseSpec::Entries(pattern, entries, failure) => {
                let is_content = |entry: &&Entry| Method::of(entry.id).is_content;
                let (content, plain) = entries.iter().partition(is_content);
                Some(Response::Entries {
                    pattern,
                    plain,
                    content,
                    failure: failure.as_deref(),
                })
            }
            ResponseSpec::Path(path) => Some(Response::Path(path)),
            // Of a stream it is about the items.
            ResponseSpec::Format(format) if !is_stream => Some(Response::Format(*format)),
            ResponseSpec::Format(_) => None,
            ResponseSpec::FromType | ResponseSpec::Nothing => None,
        };
        let is_expected = matches!(
            call.operation.kind,
            Kind::Chat | Kind::Embeddings | Kind::Agent
        );
        let by_type = match &call.response {
            ResponseSpec::Nothing => ByType::Nothing,
            // The function says what is recorded of the value; the items of a stream it does not see.
            ResponseSpec::Path(_) if !is_stream => ByType::Nothing,
            ResponseSpec::Format(format) if is_stream => ByType::Format(*format),
            ResponseSpec::Format(_) => ByType::Nothing,
            ResponseSpec::FromType if is_of_client(call, shape) => ByType::Client,
            ResponseSpec::FromType if is_expected => ByType::Expected,
            _ => ByType::IfAny,
        };
        Self {
            response,
            error: call.error.as_ref(),
            by_type,
        }
    }

    /// Whether the attribute itself reads something of the result.
    pub(crate) fn is_read(&self) -> bool {
        self.response.is_some() || self.error.is_some()
    }
}

/// Whether the result of a model call, or the items of its stream, have the name of a client's type.
fn is_of_client(call: &Call, shape: &Shape) -> bool {
    if !matches!(call.operation.kind, Kind::Chat | Kind::Embeddings) {
        return false;
    }
    let given = match &shape.runs {
        Runs::Later(_, output) => output.as_deref(),
        Runs::Now | Runs::Async => shape.output.as_ref(),
    };
    let sides: &[Side] = match &shape.stream {
        Some(_) => &[Side::Item, Side::Response, Side::Stream],
        None => &[Side::Response],
    };
    let item = shape.stream.as_ref().and_then(|s| s.item.as_ref());
    item.or(given).is_some_and(|ty| clients::is(ty, sides))
}

/// Every expression of the user's that is evaluated after the call.
pub(super) fn expressions(call: &Call) -> impl Iterator<Item = &Expr> {
    let (entries, failure) = match &call.response {
        ResponseSpec::Entries(_, entries, failure) => (entries.as_slice(), failure.as_deref()),
        _ => ([].as_slice(), None),
    };
    let class = call.error.as_ref().map(|(_, class)| class);
    let all = entries.iter().flat_map(Entry::expressions);
    all.chain(failure).chain(class)
}
