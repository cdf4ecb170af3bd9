//! What the attributes expand to calls of; no interface for anyone else. Its names and signatures change without notice.
//!
//! The macros and this module are of one version, so attributes travel as their index in the registry's table.
#![allow(
    missing_debug_implementations,
    reason = "nobody but an expansion holds these types"
)]

mod begin;
mod client;
mod context;
pub(crate) mod error;
mod evaluation;
mod items;
mod object;
mod returned;
mod source;
mod value;
mod wire;

#[doc(hidden)]
pub use std::{
    boxed::Box,
    option::Option::Some,
    result::Result::{Err, Ok},
};

#[cfg(feature = "rmcp-3")]
pub use crate::api::mcp::rmcp::attribute as mcp;
pub use crate::content::message::{
    ToDocuments as DocumentsContent, ToInput as InputContent, ToOutput as OutputContent,
    ToSystem as SystemContent, ToTools as ToolsContent,
};
pub use crate::extract::observe::{
    Class, FromFuture, FromStream, Lazy, Observed, ObservedStream, Take, lazy, observe, once,
    prepare, stream,
};
pub use crate::extract::wire::WireFormat;
pub use crate::operation::{Op, Slot};
pub use crate::semconv::entry_values::{BoolValue, FloatValue, IntValue, StrValue, StrsValue};
pub use begin::{
    Literal, begin, begin_later, fields, request, request_for, start, start_for, start_with,
    unreachable,
};
pub use client::asked;
pub use context::{FunctionContext, ScopedBody, ScopedThen, context};
pub use evaluation::{
    CallHandle, Judged, Judging, JudgingBody, JudgingLater, ScoreValue, evaluation, judging,
    judging_later, judging_made, judging_now,
};
pub use items::{Items, NoChunk, items};
pub use object::object;
pub use returned::{NoResponse, Returned};
pub use serde::Serialize;
pub use source::source;
pub use value::{finished, type_of};
pub use wire::{Serialises, wire};

/// Code of others that the library calls, by name; for the test that walks it.
pub fn call_outs() -> &'static [&'static str] {
    crate::diag::call_out::CallOut::ALL
}

/// The methods that distinguish types, see [`Returned`]: an expansion imports them where it asks a result.
pub mod probes {
    pub use super::client::{
        AnswerByName as _, AnswerByType as _, AskedByName as _, AskedByType as _, AskedInVain as _,
        ChunkByName as _, ChunkByType as _, ChunkListByName as _, NoAnswer as _,
        NoClientChunk as _, PlainAnswerByName as _, PlainChunkByName as _,
    };
    pub use super::error::{
        ByCauses as _, ByDisplay as _, ByError as _, ByErrorType as _, ByPath as _,
        ItemByCauses as _, ItemByDisplay as _, ItemByError as _, ItemByErrorType as _,
        ItemByPath as _, ItemNoError as _, NoError as _,
    };
    pub use super::evaluation::{ByOwnClass as _, ByTypePath as _, NoErrorClass as _};
    pub use super::items::{ChunkIfAny as _, NoChunk as _};
    pub use super::returned::{NoResponse as _, Plain as _, ResponseIfAny as _, Returns as _};
    pub use super::source::{NoStream as _, ResultOfStream as _};
    pub use super::value::AnyValue as _;
    pub use super::wire::{WireItems as _, WireLists as _, WireResults as _, WireVecs as _};
}
