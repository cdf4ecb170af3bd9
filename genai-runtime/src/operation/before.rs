//! What the operation before it on a thread had: texts go in, and what was found out about them comes out without another look.
//!
//! It stays with an operation that is kept for the next one, see [`pool`](super::pool).

use super::interner;
use super::name::Name;
use crate::content::url;
use crate::semconv::registry::{Id, keys};

const MODEL: Id = keys::GEN_AI_REQUEST_MODEL.id();
const RESPONSE_MODEL: Id = keys::GEN_AI_RESPONSE_MODEL.id();

#[derive(Default)]
pub(super) struct Before {
    /// The model that was asked, and the one that answered, interned.
    asked: &'static str,
    answered: &'static str,
    /// A server that is no URL.
    server: &'static str,
    /// Operation, subject, and the name of the span of both.
    named: Option<Named>,
}

type Named = (&'static str, &'static str, &'static str);

impl Before {
    /// The text for ever of a name, if it was seen on this thread before.
    #[inline]
    pub(super) fn known(&mut self, id: Id, name: &str) -> Option<&'static str> {
        let before = match id {
            MODEL => &mut self.asked,
            RESPONSE_MODEL => &mut self.answered,
            _ => return interner::known(name),
        };
        if *before != name {
            *before = interner::known(name)?;
        }
        Some(*before)
    }

    /// The name of a span, if its parts lie where those of the one before did.
    #[inline]
    pub(super) fn span_name(&self, operation: &Name, subject: &Name) -> Option<&'static str> {
        let (of, about, name) = self.named?;
        match (operation, subject) {
            (Name::Static(operation), Name::Static(subject))
                if std::ptr::eq(of, *operation) && std::ptr::eq(about, *subject) =>
            {
                Some(name)
            }
            _ => None,
        }
    }

    /// Keeps the name of a span that is for ever, if its parts are.
    pub(super) fn keep_span_name(&mut self, operation: &Name, subject: &Name, name: &'static str) {
        if let (Name::Static(of), Name::Static(about)) = (operation, subject) {
            self.named = Some((of, about, name));
        }
    }

    /// Whether the address of a server is more than a host. A static text at the same place is the same text.
    #[inline]
    pub(super) fn is_url(&mut self, server: &'static str) -> bool {
        if std::ptr::eq(self.server, server) {
            return false;
        }
        let is_url = url::is_url(server);
        if !is_url {
            self.server = server;
        }
        is_url
    }
}
