//! The headers of a request, as OpenTelemetry's propagators write and read them.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector};

use crate::context::baggage::{self, FIELD as BAGGAGE};
use crate::context::w3c::{PARENT, STATE};

/// The most bytes of a field that is read; of `traceparent` it is [`PARENT_BYTES`].
const BYTES: usize = 8_192;
const PARENT_BYTES: usize = 512;

/// Where a propagator writes.
pub(super) struct Writer<'a>(pub(super) &'a mut HeaderMap);

impl Injector for Writer<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = match key {
            PARENT => HeaderName::from_static(PARENT),
            STATE => HeaderName::from_static(STATE),
            BAGGAGE => HeaderName::from_static(BAGGAGE),
            other => match HeaderName::try_from(other) {
                Ok(name) => name,
                Err(_) => return,
            },
        };
        let value = HeaderValue::try_from(value).ok();
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return;
        };
        if name != BAGGAGE {
            self.0.insert(name, value);
        } else if self.0.get_all(&name).iter().all(|there| *there != value) {
            // What the program itself has put there stays.
            self.0.append(name, value);
        }
    }
}

/// What a propagator reads.
pub(super) struct Reader<'a>(pub(super) &'a HeaderMap);

impl Extractor for Reader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if key.eq_ignore_ascii_case(BAGGAGE) {
            return None;
        }
        let value = self.0.get(key)?;
        let most = if key == PARENT { PARENT_BYTES } else { BYTES };
        let text = (value.len() <= most).then(|| value.to_str().ok()).flatten();
        if text.is_none() {
            baggage::ignored("is too long or no text");
        }
        text
    }

    fn keys(&self) -> Vec<&str> {
        let keys = self.0.keys().map(HeaderName::as_str);
        keys.filter(|key| *key != BAGGAGE).collect()
    }
}

/// A value that may be the id of a conversation.
pub(super) fn id(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok().map(str::trim);
    let id = text.filter(|text| text.len() <= ID_BYTES);
    if id.is_none() {
        baggage::ignored("or header of the conversation is too long or no text");
    }
    // An empty one names none.
    id.filter(|id| !id.is_empty())
}

/// The most bytes of an id that a request names.
pub(super) const ID_BYTES: usize = 512;
