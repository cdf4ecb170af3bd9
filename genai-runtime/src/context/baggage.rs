//! What of the ambient context goes along as W3C baggage: a context goes in and its OpenTelemetry context comes out with the members
//! that are to be sent; the members that came go in, and a context with those that are accepted comes out.
//!
//! Both lists are empty unless the program names keys. Members are counted before OpenTelemetry, which drops what is too much
//! without a word.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use opentelemetry::baggage::{self, BaggageExt as _};
use opentelemetry::{Context, Key, StringValue, Value};

use super::{GenAiContext, PREFIX};
use crate::diag::locks::{read, write};
use crate::diag::sync::atomic::{AtomicBool, Ordering};
use crate::diag::sync::{RwLock, shared_statics};
use crate::diag::warn::{Once, once};
use crate::semconv::registry::keys;

/// The header, and the field of a propagator.
pub(crate) const FIELD: &str = "baggage";

/// The most bytes of a value.
const LONGEST: usize = 200;
/// The most members of a baggage, and the most bytes of all of them.
const MEMBERS: usize = 64;
const BYTES: usize = 8_192;

/// Properties that are attributes of OpenTelemetry under their short key: as such they go along.
const ATTRIBUTES: [&str; 8] = [
    "user.id",
    "user.name",
    "user.full_name",
    "user.email",
    "user.hash",
    "session.id",
    "enduser.id",
    "enduser.pseudo.id",
];

/// What goes along from service to service: [`TelemetryBuilder::baggage`](crate::TelemetryBuilder::baggage).
///
/// A key is `gen_ai.conversation.id` or that of an association property. Nothing is sent and nothing accepted that is not named.
/// Whoever gets a request gets its baggage: do not send to others what they must not know, and accept from the public what it
/// may choose (a conversation, say), but no tenant.
///
/// Sent are strings of at most 200 bytes, within the 64 members and 8,192 bytes that a baggage has in all; what is more is left out, with
/// one warning. Content is never sent. [The page about services](https://github.com/genai-rs/genai/blob/main/docs/services.md) has the
/// whole.
///
/// ```
/// use genai::context::Baggage;
///
/// let keys = ["gen_ai.conversation.id", "user.id"];
/// genai::Telemetry::builder().baggage(Baggage::new().send(keys).accept(keys)).install();
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "it does nothing until `Telemetry::builder().baggage(..)`"]
pub struct Baggage {
    send: Vec<Member>,
    accept: Vec<Member>,
}

/// A key, and the name it has on the way; clones share both.
#[derive(Clone, PartialEq, Eq)]
struct Member {
    /// The whole key of the property; `None` is the conversation.
    property: Option<Key>,
    name: Key,
}

impl Member {
    fn of(key: &str) -> Self {
        let conversation = keys::GEN_AI_CONVERSATION_ID.name();
        if key == conversation {
            return Self {
                property: None,
                name: Key::from_static_str(conversation),
            };
        }
        let key = key.strip_prefix(PREFIX).unwrap_or(key);
        let full = super::full_key(key);
        let name = if ATTRIBUTES.contains(&key) {
            Key::from(Arc::<str>::from(key))
        } else {
            full.clone()
        };
        Self {
            property: Some(full),
            name,
        }
    }

    /// Whether nothing follows the prefix.
    fn is_empty(&self) -> bool {
        self.property
            .as_ref()
            .is_some_and(|key| key.as_str() == PREFIX)
    }

    /// The property in a context.
    fn found<'a>(key: &Key, context: &'a GenAiContext) -> Option<&'a Value> {
        let mut all = context.attributes().iter();
        all.find_map(|p| (p.key == *key).then_some(&p.value))
    }

    /// The value in a context, if it is a string.
    fn value<'a>(&self, context: &'a GenAiContext) -> Option<&'a StringValue> {
        let value = match &self.property {
            None => context.id(),
            Some(key) => match Self::found(key, context)? {
                Value::String(text) => Some(text),
                _ => {
                    unsent();
                    None
                }
            },
        };
        value.filter(|value| !value.as_str().is_empty())
    }

    fn set(&self, context: &mut GenAiContext, value: &str) {
        let value = super::shared(value);
        match &self.property {
            None => context.set_id(value),
            Some(key) => context.set_full(key, Value::String(value)),
        }
    }

    fn is_in(&self, context: &GenAiContext) -> bool {
        match &self.property {
            None => context.id().is_some(),
            Some(key) => Self::found(key, context).is_some(),
        }
    }
}

impl Baggage {
    /// Nothing is sent and nothing accepted.
    pub const fn new() -> Self {
        Self {
            send: Vec::new(),
            accept: Vec::new(),
        }
    }

    /// Sends these keys, where the ambient context has them. A key that cannot be the name of a member is left out.
    pub fn send<K: AsRef<str>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        add(&mut self.send, keys);
        self
    }

    /// Accepts these keys from requests. What the service itself sets comes first.
    pub fn accept<K: AsRef<str>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        add(&mut self.accept, keys);
        self
    }
}

fn add<K: AsRef<str>>(members: &mut Vec<Member>, keys: impl IntoIterator<Item = K>) {
    for key in keys {
        let member = Member::of(key.as_ref());
        let is_key = !member.is_empty() && is_name(member.name.as_str());
        if is_key && members.len() < MEMBERS && !members.contains(&member) {
            members.push(member);
        }
    }
}

/// Whether it is a token, as the names of members are.
fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_graphic() && !b"(),/:;<=>?@[\\]{}\"%".contains(&b))
}

/// Shows the keys.
impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |members: &[Member]| -> Vec<String> {
            members.iter().map(|m| m.name.to_string()).collect()
        };
        f.debug_struct("Baggage")
            .field("send", &names(&self.send))
            .field("accept", &names(&self.accept))
            .finish()
    }
}

shared_statics! {
    /// What the process's default says.
    static CURRENT: RwLock<Option<&'static Baggage>> = RwLock::new(None);
    static IS_SENT: AtomicBool = AtomicBool::new(false);
}

/// Makes `baggage` the process's. It stays, as the configuration does that it is part of.
pub(crate) fn install(baggage: &Baggage) {
    let is_sent = !baggage.send.is_empty();
    let leaked: Option<&'static Baggage> =
        (*baggage != Baggage::new()).then(|| &*Box::leak(Box::new(baggage.clone())));
    if let Some(mut current) = write(&CURRENT) {
        *current = leaked;
        IS_SENT.store(is_sent, Ordering::Release);
    }
}

fn current() -> Option<&'static Baggage> {
    read(&CURRENT).and_then(|current| *current)
}

/// Whether anything is sent.
#[inline]
pub(crate) fn is_sent() -> bool {
    IS_SENT.load(Ordering::Acquire)
}

/// `cx` with the members that `context` has to send, in place of those that `before` had, whose baggage `cx` still has; `None`
/// where that changes nothing.
#[cold]
pub(crate) fn carried(
    cx: &Context,
    before: Option<&GenAiContext>,
    context: &GenAiContext,
) -> Option<Context> {
    let sent = current()?;
    let there = cx.baggage();
    // Of each member what it is to be, where that differs.
    let mut changes: Vec<(&Member, Option<&StringValue>)> = Vec::new();
    for member in &sent.send {
        let value = member.value(context);
        let value = value.filter(|value| is_sendable(value.as_str()));
        let is = there.get(member.name.as_str());
        let is_ours = || is == before.and_then(|before| member.value(before));
        match value {
            Some(_) if is != value => changes.push((member, value)),
            // What the program itself has put there stays.
            None if is.is_some() && is_ours() => changes.push((member, None)),
            _ => {}
        }
    }
    if changes.is_empty() {
        return None;
    }
    let is_changed = |name: &Key| changes.iter().any(|(member, _)| member.name == *name);
    let (mut count, mut bytes, mut all) = (0, 0, baggage::Baggage::new());
    for (key, (value, metadata)) in there {
        if !is_changed(key) {
            count += 1;
            bytes += written(key.as_str(), value.as_str()) + metadata.as_str().len() + 1;
            all.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
    }
    for (member, value) in changes {
        let Some(value) = value else { continue };
        let more = written(member.name.as_str(), value.as_str());
        if count == MEMBERS || bytes + more > BYTES {
            unsent();
            continue;
        }
        (count, bytes) = (count + 1, bytes + more);
        all.insert(member.name.clone(), value.clone());
    }
    Some(cx.with_baggage(all))
}

/// The header with those members of `cx` that are sent, percent-encoded; `None` where there are none.
pub(crate) fn members(cx: &Context) -> Option<String> {
    let there = cx.baggage();
    if there.is_empty() {
        return None;
    }
    let mut out = String::new();
    for member in &current()?.send {
        let Some(value) = there.get(member.name.as_str()) else {
            continue;
        };
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(member.name.as_str());
        out.push('=');
        for byte in value.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

/// How long a member is in the header, with the comma after it.
fn written(name: &str, value: &str) -> usize {
    let encoded = |byte: u8| if byte.is_ascii_alphanumeric() { 1 } else { 3 };
    name.len() + 2 + value.bytes().map(encoded).sum::<usize>()
}

/// Whether a value arrives as it is. OpenTelemetry's propagator trims it, and does not encode a percent sign.
fn is_sendable(value: &str) -> bool {
    let bytes = value.as_bytes();
    let is_read_as_encoded = bytes.windows(3).any(
        |three| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()),
    );
    let is_one = value.len() <= LONGEST
        && value.trim() == value
        && !value.chars().any(char::is_control)
        && !is_read_as_encoded;
    if !is_one {
        unsent();
    }
    is_one
}

#[cold]
fn unsent() {
    once(Once::Unsent, || {
        format!(
            "a value of the context that is to go along as baggage does not: it is no string, longer than {LONGEST} bytes, has spaces around it, control characters or what looks percent-encoded, or there are more than {MEMBERS} members or {BYTES} bytes in all"
        )
    });
}

/// Whether anything is accepted.
#[cfg_attr(not(feature = "tower"), allow(dead_code))]
pub(crate) fn is_accepted() -> bool {
    current().is_some_and(|current| !current.accept.is_empty())
}

/// `context` with what is accepted of these values of the header `baggage`, where it has nothing of the kind itself. Where they are
/// more than a baggage may have, or no text, all are ignored; whatever is ignored is said once, without the text.
pub(crate) fn accepted<'a, H: Iterator<Item = &'a [u8]>>(
    mut context: GenAiContext,
    headers: impl Fn() -> H,
) -> GenAiContext {
    let Some(current) = current().filter(|current| !current.accept.is_empty()) else {
        return context;
    };
    let members = || headers().flat_map(|h| h.split(|byte| *byte == b','));
    let is_too_much = headers().map(<[u8]>::len).sum::<usize>() > BYTES
        || members().take(MEMBERS + 1).count() > MEMBERS;
    if is_too_much {
        ignored("has more than 64 members or 8,192 bytes");
        return context;
    }
    // A bit for each of the members that may be accepted, of which there are at most 64.
    let mut seen = 0_u64;
    for text in members() {
        let Ok(text) = std::str::from_utf8(text) else {
            ignored("is no text");
            continue;
        };
        let member = text.split(';').next().unwrap_or_default();
        let Some((name, value)) = member.split_once('=') else {
            continue;
        };
        let mut known = (0..).zip(&current.accept);
        let of_name = known.find(|(_, m)| m.name.as_str() == name.trim());
        let Some((at, member)) = of_name else {
            once(Once::NotAccepted, || {
                "a request's baggage has members that are not accepted (Baggage::accept): they are ignored".to_owned()
            });
            continue;
        };
        let value = decoded(value.trim()).filter(|value| {
            !value.is_empty() && value.len() <= LONGEST && !value.chars().any(char::is_control)
        });
        let Some(value) = value else {
            ignored("has a value that is empty, longer than 200 bytes or no text");
            continue;
        };
        // The first of several wins, and what the service has itself comes before.
        let bit = 1_u64.checked_shl(at).unwrap_or_default();
        if seen & bit == 0 && !member.is_in(&context) {
            member.set(&mut context, &value);
        }
        seen |= bit;
    }
    context
}

#[cold]
pub(crate) fn ignored(why: &str) {
    once(Once::Ignored, || {
        format!("a request's `traceparent`, `tracestate` or `baggage` {why}: it is ignored")
    });
}

/// What is percent-encoded.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut rest = bytes.clone();
        let hex = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (hex(rest.next()), hex(rest.next())) {
            (Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).ok()?);
                bytes = rest;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[cfg(loom)]
#[cfg(test)]
mod models;
#[cfg(test)]
mod tests;
