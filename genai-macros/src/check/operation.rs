//! The entries of an operation's attribute.

use proc_macro2::Span;
use syn::{Path, Signature};

use super::keys::{Keys, once};
use super::scope::Scope;
use super::words::{Words, well_known};
use super::{named, object, options, own, request, response, types};
use crate::args::{Form, Raw};
use crate::diag::{Diag, text};
use crate::ir::{AskedFor, Call, Entry, Read, ResponseSpec, Returns, Value};
use crate::registry::{self, Kind, Operation, Place, STREAM};

/// Checks the entries; `sig` is missing if the item is no function. The path is `crate = ..`.
pub(crate) fn operation(
    operation: &'static Operation,
    raw: Vec<Raw>,
    sig: Option<&Signature>,
    diag: &mut Diag,
) -> (Call, Option<Path>) {
    let scope = Scope::of(sig);
    let remote = raw
        .iter()
        .any(|r| r.key.text == "remote" && matches!(r.form, Form::Flag));
    let created = raw.iter().any(|r| {
        r.key.text == "operation" && matches!(&r.form, Form::Value(v) if super::word(v).as_deref() == Some("create_agent"))
    });
    let mut keys = Keys::new(
        operation,
        Place::Entries,
        remote || created,
        &options::WORDS,
    );
    let mut call = empty(operation);
    let mut krate = None;
    let mut seen = Vec::new();
    let mut provider = false;
    let (mut timing, mut streaming) = (None, None);
    for raw in raw {
        provider |= raw.key.text == "request"
            || (operation.get(&raw.key.text, Place::Entries))
                .is_some_and(|u| u.short == "provider");
        if raw.key.text == "chunk_timing" {
            timing = Some(raw.key.at);
        }
        if STREAM.is(&raw.key.text) || raw.key.text == "streaming" {
            streaming = Some(raw.key.at);
        }
        if operation.is_own() && !raw.key.literal && own::takes(&raw.key.text) {
            if once(&mut seen, &raw.key, diag) {
                own::option(raw, &mut call, diag);
            }
        } else if options::WORDS.contains(&raw.key.text.as_str()) && !raw.key.literal {
            if once(&mut seen, &raw.key, diag) {
                option(raw, &mut call, &mut krate, sig, &scope, diag);
            }
        } else {
            entry(raw, &mut keys, &mut call, &scope, diag);
        }
    }
    finish(&mut call, provider, sig, diag);
    let is_stream = streaming.is_some() || call.returns == Some(Returns::Stream);
    if let (Some(at), None, false) = (timing, call.stream, is_stream) {
        diag.error(
            at,
            "`chunk_timing` is about streams; add `stream` or `streaming`, or remove it",
        );
    }
    let streams = call.before.iter().filter(|e| e.id == STREAM.id);
    if let (Some(at), true) = (streaming, streams.count() > 1) {
        diag.error(at, text::duplicate("streaming", STREAM.short));
    }
    if let (Some(at), Some(_)) = (streaming, call.stream) {
        diag.error(at, text::duplicate("stream", STREAM.short));
    }
    (call, krate)
}

fn empty(operation: &'static Operation) -> Call {
    Call {
        operation,
        operation_name: None,
        before: Vec::new(),
        request: None,
        provider_from_request: false,
        content: Vec::new(),
        response: ResponseSpec::FromType,
        error: None,
        properties: Vec::new(),
        attributes: Vec::new(),
        metric_attributes: Vec::new(),
        capture_none: false,
        stream: None,
        returns: None,
        chunk_timing_off: false,
        remote: false,
        span_name: None,
        span_kind_client: None,
    }
}

/// A key of the registry.
fn entry(raw: Raw, keys: &mut Keys<'_>, call: &mut Call, scope: &Scope, diag: &mut Diag) {
    if call.operation.is_own() {
        own::refuse(&raw.key, diag);
        return;
    }
    let Some(used) = keys.find(&raw.key, diag) else {
        return;
    };
    let Some(attribute) = used.attribute() else {
        return;
    };
    let value = match raw.form {
        Form::Value(value) => *value,
        Form::Wrong => return,
        Form::List(tokens, end) if used.short == "arguments" => {
            call.content.push(Entry {
                id: used.id,
                ty: attribute.ty,
                value: object::object(&raw.key, tokens, end, diag),
            });
            return;
        }
        Form::Flag | Form::List(..) => {
            diag.error(
                raw.key.at,
                format!("`{0}` needs a value: `{0} = ..`", raw.key),
            );
            return;
        }
    };
    let value = match well_known(attribute, &value, scope, diag) {
        Words::Known(value) => Some(value),
        Words::Wrong => None,
        Words::Expression => types::value(attribute, value, diag),
    };
    let Some(value) = value else { return };
    let entry = Entry {
        id: used.id,
        ty: attribute.ty,
        value,
    };
    if used.is_content() {
        call.content.push(entry);
    } else {
        call.before.push(entry);
    }
}

/// A word that is no key.
fn option(
    raw: Raw,
    call: &mut Call,
    krate: &mut Option<Path>,
    sig: Option<&Signature>,
    scope: &Scope,
    diag: &mut Diag,
) {
    let operation = call.operation;
    let word = raw.key.text.clone();
    match word.as_str() {
        "request" => {
            call.request = request::request(raw, sig, scope, diag);
        }
        "response" => call.response = response::response(raw, operation, scope, diag),
        "error" => call.error = response::error(raw, scope, diag),
        "properties" | "attributes" | "metric_attributes" => match raw.form {
            Form::List(tokens, end) => {
                let found = named::named(&word, tokens, end, Some(operation), diag);
                match word.as_str() {
                    "properties" => call.properties = found,
                    "attributes" => call.attributes = found,
                    _ => call.metric_attributes = found,
                }
            }
            Form::Wrong => {}
            _ => diag.error(
                raw.key.at,
                text::syntax(&word, &format!("{word}(a.b = ..)")),
            ),
        },
        "capture" => call.capture_none = options::capture(raw, diag),
        "stream" => {
            let span: Span = raw.key.span();
            call.stream = options::flag(&raw, diag).then_some(span);
        }
        "streaming" => {
            let (is_on, span) = (options::flag(&raw, diag), raw.key.span());
            // Of the others the conventions do not say whether they are streamed.
            if is_on && operation.kind == Kind::Chat {
                call.before.push(Entry {
                    id: STREAM.id,
                    ty: registry::Type::Bool,
                    value: Value::Bool(true, span),
                });
            }
        }
        "returns" => call.returns = options::returns(raw, diag),
        "operation" => call.operation_name = options::operation_name(raw, operation, diag),
        "remote" if operation.kind != Kind::Agent => diag.error(
            raw.key.at,
            text::only_for("remote", &["agent"], operation.name),
        ),
        "remote" => call.remote = options::flag(&raw, diag),
        "replace" => diag.error(
            raw.key.at,
            text::only_for("replace", &["context"], operation.name),
        ),
        "chunk_timing" => call.chunk_timing_off = options::chunk_timing(raw, diag),
        "span_name" => call.span_name = options::span_name(raw, diag),
        "span_kind" => call.span_kind_client = options::span_kind(raw, diag),
        _ => *krate = options::krate(raw, diag),
    }
}

/// The provider is to come from the request's type.
fn from_request(call: &mut Call, diag: &mut Diag) {
    let parts = match &mut call.request {
        Some(AskedFor::One(one)) => std::slice::from_mut(one),
        Some(AskedFor::Parts(parts, _)) => parts,
        None => return,
    };
    for part in parts {
        match part.read {
            Read::In(format) => diag.error(format.span, text::format_is_no_provider()),
            // What is read by its name gives no provider; the type itself may.
            Read::ByName => part.read = Read::ByType,
            Read::ByType => {}
        }
    }
}

/// What the entries say together.
fn finish(call: &mut Call, provider: bool, sig: Option<&Signature>, diag: &mut Diag) {
    let operation = call.operation;
    let required = matches!(operation.kind, Kind::Chat | Kind::Embeddings | Kind::Agent);
    if required && !provider {
        diag.error(Span::call_site(), text::no_provider(operation));
    }
    let known = registry::find("gen_ai.provider.name").map(|(id, _)| id);
    call.provider_from_request =
        required && call.request.is_some() && !call.before.iter().any(|e| Some(e.id) == known);
    if call.provider_from_request {
        from_request(call, diag);
    }
    if let (Some(at), Some(Returns::Value)) = (call.stream, call.returns) {
        diag.error(
            at,
            "`stream` and `returns = value` contradict each other; remove one",
        );
    }
    if let (true, None, Some(sig)) = (operation.is_own(), &call.operation_name, sig) {
        call.operation_name = Some(own::name_of(sig));
    }
    let name = registry::find("gen_ai.tool.name");
    if let (Kind::Tool, Some((id, attribute)), Some(sig)) = (operation.kind, name, sig) {
        if !call.before.iter().any(|e| e.id == id) {
            use syn::ext::IdentExt;
            let value = Value::Str(sig.ident.unraw().to_string(), sig.ident.span());
            call.before.push(Entry {
                id,
                ty: attribute.ty,
                value,
            });
        }
    }
}
