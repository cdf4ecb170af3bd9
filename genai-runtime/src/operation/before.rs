//! What the operation before it on a thread had: texts go in, and what was found out about them comes out without another look.
//!
//! It stays with an operation that is kept for the next one, see [`pool`](super::pool).

use super::interner;
use super::name::Name;
use crate::content::url;

#[derive(Default)]
pub(super) struct Before {
    /// The model that was asked, and the one that answered.
    pub(super) asked: Text,
    pub(super) answered: Text,
    /// A server that is no URL.
    server: &'static str,
    /// Operation, subject, and the name of the span of both.
    named: Option<Named>,
}

/// A text, interned.
#[derive(Default)]
pub(super) struct Text(&'static str);

impl Text {
    /// Puts a name into its place, as a text for ever if it was seen on this thread before.
    #[inline]
    pub(super) fn put(&mut self, name: &str, place: &mut Name) {
        if self.0 == name {
            place.set_static(self.0);
        } else {
            self.put_other(name, place);
        }
    }

    #[inline(never)]
    fn put_other(&mut self, name: &str, place: &mut Name) {
        match interner::known(name) {
            Some(text) => {
                self.0 = text;
                place.set_static(text);
            }
            None => *place = Name::Other(interner::added(name)),
        }
    }
}

type Named = (&'static str, &'static str, &'static str);

impl Before {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_span_before_is_that_of_its_very_texts() {
        let (chat, model) = (Name::Static("chat"), Name::Static("m"));
        let other = Name::Static("other");
        let mut before = Before::default();
        assert_eq!(before.span_name(&chat, &model), None);
        // What is not for ever is not kept.
        before.keep_span_name(&chat, &Name::Other("m".into()), "chat m");
        before.keep_span_name(&Name::Other("chat".into()), &model, "chat m");
        assert_eq!(before.span_name(&chat, &model), None);
        before.keep_span_name(&chat, &model, "chat m");
        assert_eq!(before.span_name(&chat, &model), Some("chat m"));
        for (operation, subject) in [
            (&chat, &other),
            (&other, &model),
            (&chat, &Name::None),
            (&chat, &Name::Other("m".into())),
        ] {
            assert_eq!(before.span_name(operation, subject), None);
        }
        // As often as it is asked.
        assert_eq!(before.span_name(&chat, &model), Some("chat m"));
    }

    #[test]
    fn a_url_is_one_the_second_time_too() {
        let mut before = Before::default();
        for _ in 0..2 {
            for (server, is_url) in [
                ("https://key@host/v1", true),
                ("host", false),
                ("host", false),
                ("host?key=secret", true),
                ("https://key@host/v1", true),
            ] {
                assert_eq!(before.is_url(server), is_url, "{server}");
            }
        }
    }

    #[test]
    fn a_text_is_put_as_it_is_whether_it_was_there_before_or_not() {
        let mut text = Text::default();
        for name in ["text-a", "text-b", "text-a"] {
            let mut place = Name::None;
            // The store may be in another thread's hands for once.
            (0..6).for_each(|_| text.put(name, &mut place));
            assert!(matches!(place, Name::Static(put) if put == name && std::ptr::eq(put, text.0)));
        }
    }
}
