//! Which attributes each kind of operation has: a kind in, a set out, worked out while compiling.

use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, Id, Type, keys};

/// The attributes that an operation of this kind has.
#[inline]
pub(super) fn allowed(kind: Kind) -> Bits {
    ALLOWED
        .get(usize::from(kind as u8))
        .copied()
        .unwrap_or(Bits::NONE)
}

/// The attributes that each kind of operation has.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
static ALLOWED: [Bits; 9] = {
    let mut masks = [Bits::NONE; 9];
    let mut operation = 0;
    while operation < registry::OPERATIONS.len() {
        let uses = registry::OPERATIONS[operation].uses;
        let mut at = 0;
        while at < uses.len() {
            masks[operation] = masks[operation].with(Bits::of(uses[at].id));
            at += 1;
        }
        masks[operation] = masks[operation].with(Bits::of(keys::GEN_AI_OPERATION_NAME.id()));
        operation += 1;
    }
    let tool = Kind::Tool as usize;
    masks[tool] = masks[tool].with(Bits::of(keys::GEN_AI_PROVIDER_NAME.id()));
    // A tool and the call of the same tool through MCP may be one span, which then says what both know.
    let conversation = Bits::of(keys::GEN_AI_CONVERSATION_ID.id());
    let server = Kind::McpServer as usize;
    masks[Kind::McpClient as usize] = of_span(registry::MCP_CLIENT).with(conversation);
    masks[server] = of_span(registry::MCP_SERVER).with(masks[tool]);
    masks[tool] = masks[tool].with(of_call(registry::MCP_CLIENT));
    masks[Kind::Custom as usize] = mask();
    let first_chunk = keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK.id();
    let chat = Kind::Chat as usize;
    masks[chat] = masks[chat]
        .with(Bits::of(keys::GEN_AI_REQUEST_STREAM.id()))
        .with(Bits::of(first_chunk));
    masks
};

/// The attributes that an operation of the user's own keeps as a built-in one would.
///
/// What describes the operation itself is not among them: its name, its error, its stream; nor is content.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
const fn mask() -> Bits {
    let mut mask = Bits::NONE;
    let mut id = 0;
    while id < registry::ATTRIBUTES.len() {
        let attribute = &registry::ATTRIBUTES[id];
        let is_plain = !matches!(attribute.ty, Type::Content) && attribute.deprecated.is_none();
        if is_plain && !is_its_own(id) {
            mask = mask.with(Bits::of(id as Id));
        }
        id += 1;
    }
    mask
}

/// The attributes of a span, but for its error.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
const fn of_span(ids: &[Id]) -> Bits {
    let mut mask = Bits::NONE;
    let mut at = 0;
    while at < ids.len() {
        if ids[at] != keys::ERROR_TYPE.id() {
            mask = mask.with(Bits::of(ids[at]));
        }
        at += 1;
    }
    mask
}

/// Those of them that describe the call, and neither the tool nor the server.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
const fn of_call(ids: &[Id]) -> Bits {
    let mut mask = Bits::NONE;
    let mut at = 0;
    while at < ids.len() {
        let id = ids[at];
        let is_other = id == keys::ERROR_TYPE.id()
            || id == keys::GEN_AI_PROMPT_NAME.id()
            || id == keys::MCP_RESOURCE_URI.id()
            || id == keys::SERVER_ADDRESS.id()
            || id == keys::SERVER_PORT.id();
        if !is_other {
            mask = mask.with(Bits::of(id));
        }
        at += 1;
    }
    mask
}

/// Whether the attribute describes the operation itself.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
const fn is_its_own(id: usize) -> bool {
    let others = [
        keys::GEN_AI_OPERATION_NAME.id(),
        keys::ERROR_TYPE.id(),
        keys::EXCEPTION_TYPE.id(),
        keys::EXCEPTION_MESSAGE.id(),
        keys::EXCEPTION_STACKTRACE.id(),
        keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id(),
        keys::GEN_AI_REQUEST_STREAM.id(),
        keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK.id(),
    ];
    let mut at = 0;
    while at < others.len() {
        if others[at] as usize == id {
            return true;
        }
        at += 1;
    }
    false
}
