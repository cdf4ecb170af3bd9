//! Bodies and chunks that hold an error only, behind a status of success.
//!
//! In come the fields in which servers report errors, whatever their format; out goes the failure of the response. An `error` object
//! belongs to the formats themselves. A message is never read, only noticed.

use super::asked::whole;
use super::common;
use super::error::error_field;
use super::source::Source;
use super::visit::Scalar;
use super::walk::Want::{self, Either, In, Note, Skip, Take};
use crate::content::message::Word;
use crate::extract::accumulator::Accumulator;
use crate::extract::pending::{ErrorFields, Fault};
use crate::extract::words::word;

/// Whether a `type` is that of an event in the middle of a stream, which no error has.
fn is_event(kind: &str) -> bool {
    ["delta", "start", "stop", "end", "done", "added"]
        .iter()
        .any(|last| kind.ends_with(last))
}

/// What is wanted of a field that the format has no name for, at the top of a body or a chunk.
pub(super) fn beside(key: &str) -> Want<Accumulator> {
    match key {
        // vLLM, Mistral, SGLang.
        "object" => Take(|stream, value| {
            if matches!(value, Scalar::Str("error")) {
                fault(stream).is_certain = true;
            }
        }),
        // AWS, Lambda.
        "__type" | "errorType" => Take(|stream, value| {
            if let Scalar::Str(name) = value {
                let fault = fault(stream);
                fault.is_certain |= !name.is_empty();
                fault.fields.code = name_of(name);
            }
        }),
        // Gateways, Baidu.
        "statusCode" | "status_code" | "error_code" | "errorCode" => Take(|stream, value| {
            if is_failure(value) {
                fault(stream).is_certain = true;
                error_field(&mut fault(stream).fields.status, value);
            }
        }),
        // MiniMax, whose successes have it too.
        "base_resp" => In(base_resp),
        // Cloudflare, and APIs with several errors at once.
        // `error`: gateways before formats that have no such object.
        "error" | "errors" | "Error" => Either(Accumulator::take_error_text, common::error),
        // Tencent.
        "Response" => In(inside),
        // Apigee.
        "fault" => In(inside),
        "code" | "Code" => Take(|stream, value| {
            if is_failure(value) {
                error_field(&mut fault(stream).fields.code, value);
            }
        }),
        "type" => Take(|stream, value| {
            // The names of a stream's events come with every chunk, and are not copied.
            if matches!(value, Scalar::Str(kind) if !is_event(kind)) {
                error_field(&mut fault(stream).fields.kind, value);
            }
        }),
        "success" | "ok" => Take(|stream, value| {
            if matches!(value, Scalar::Bool(false)) {
                fault(stream).has_failed = true;
            }
        }),
        "status" => Take(|stream, value| {
            if matches!(value, Scalar::Str("error" | "failed" | "failure" | "fail")) {
                fault(stream).has_failed = true;
            }
            if matches!(whole(value), Some(400..)) {
                error_field(&mut fault(stream).fields.status, value);
            }
        }),
        "message" | "Message" | "msg" | "title" | "error_msg" | "errorMessage" => {
            Take(|stream, value| {
                if matches!(value, Scalar::Str(_)) {
                    fault(stream).has_text = true;
                }
            })
        }
        // FastAPI: mostly the only field, a text or a list of objects.
        "detail" => Either(
            |stream, value| {
                if matches!(value, Scalar::Str(_)) {
                    fault(stream).has_detail = true;
                }
            },
            |_| Note(|stream| fault(stream).has_detail = true),
        ),
        _ => Skip,
    }
}

/// What is wanted of an object around an error.
fn inside(key: &str) -> Want<Accumulator> {
    match key {
        "Error" => Either(Accumulator::take_error_text, common::error),
        "faultstring" => Take(Accumulator::take_error_text),
        "detail" => In(inside),
        "errorcode" => Take(Accumulator::take_error_code),
        _ => Skip,
    }
}

fn fault(stream: &mut Accumulator) -> &mut Fault {
    stream.pending.fault.get_or_insert_default()
}

fn base_resp(key: &str) -> Want<Accumulator> {
    match key {
        "status_code" => Take(|stream, value| {
            if matches!(whole(value), Some(n) if n != 0) {
                fault(stream).is_certain = true;
                error_field(&mut fault(stream).fields.code, value);
            }
        }),
        _ => Skip,
    }
}

/// Whether a code or a status is one of a failure: success is 0, a status below 400, or a word for it.
fn is_failure(value: Scalar<'_>) -> bool {
    match value {
        Scalar::Str(text) => match text.parse() {
            Ok(n) => is_failure(Scalar::Int(n)),
            Err(_) => !["", "ok", "success"].contains(&text.to_ascii_lowercase().as_str()),
        },
        value => whole(value).is_some_and(|n| n != 0 && !(100..400).contains(&n)),
    }
}

/// Whether a type says that something went wrong. Others are kinds of objects, chunks or events.
fn is_kind(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.contains("error") || kind.contains("exception") || kind.contains("fault")
}

/// The name of an exception: `namespace#Name:address`.
fn name_of(text: &str) -> Option<Word> {
    let name = text.rsplit('#').next().unwrap_or(text);
    let name = name.split(':').next().unwrap_or(name);
    super::error::is_type(name).then(|| word(name))
}

impl Fault {
    /// What went wrong, if something did. `is_all`: the chunk has nothing in it that answers.
    fn said(mut self, is_all: bool) -> Option<ErrorFields> {
        if !self.is_certain && !self.fields.kind.as_deref().is_some_and(is_kind) {
            self.fields.kind = None;
        }
        let fields = &self.fields;
        let has_type = fields.code.is_some() || fields.kind.is_some() || fields.status.is_some();
        let has_text = self.has_text || self.has_detail;
        let is_detail = self.has_detail && !self.has_text;
        let says_why = (has_type || self.has_failed) && has_text;
        let holds = self.is_certain || is_all && (says_why || is_detail);
        holds.then_some(self.fields)
    }
}

/// The chunk has ended: `error` is what an error object in it said. Returns what went wrong, if something did.
pub(super) fn settled(
    error: Option<ErrorFields>,
    fault: Option<Fault>,
    is_all: bool,
) -> Option<ErrorFields> {
    match (error, fault) {
        (None, fault) => fault?.said(is_all),
        (error, None) => error,
        // What an error object leaves out stands beside it.
        (Some(error), Some(Fault { fields, .. })) => Some(ErrorFields {
            code: error.code.or(fields.code),
            // A `type` beside it is that of the body.
            kind: error.kind,
            status: error.status.or(fields.status),
        }),
    }
}

/// Reads a body or a chunk of no format that is known.
pub(super) fn alone<T: Source + ?Sized>(value: &T, stream: &mut Accumulator) {
    value.walk(beside, stream);
    stream.end_chunk(true);
}
