//! A text of an operation: in go texts of any origin, out come attributes.
//!
//! A static text is a variant of its own rather than a `StringValue`, so that its attribute is constructed in place. See
//! docs/performance.md, "Store forwarding".

use opentelemetry::{KeyValue, StringValue};

use super::quick_hash::is_same;
use crate::semconv::registry::Id;
use crate::semconv::value::push;

/// A text, or none.
#[derive(Default)]
pub(super) enum Name {
    #[default]
    None,
    Static(&'static str),
    Other(StringValue),
    /// One that was too long: what is left of it names a span, and is no label.
    Cut(StringValue),
}

impl Name {
    #[inline]
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Static(text) => Some(text),
            Self::Other(text) | Self::Cut(text) => Some(text.as_str()),
        }
    }

    pub(super) fn value(&self) -> Option<StringValue> {
        match self {
            Self::None => None,
            Self::Static(text) => Some(StringValue::from(*text)),
            Self::Other(text) | Self::Cut(text) => Some(text.clone()),
        }
    }

    /// Adds it to a list of attributes as `id`.
    #[inline]
    pub(super) fn push_to(&self, id: Id, attributes: &mut Vec<KeyValue>) {
        match self {
            Self::Static(text) => push(attributes, id, *text),
            Self::None => {}
            other => push_other(other, id, attributes),
        }
    }

    /// Keeps a static text.
    #[inline]
    pub(super) fn set_static(&mut self, text: &'static str) {
        self.let_go();
        std::mem::forget(std::mem::replace(self, Self::Static(text)));
    }

    /// Takes the text away.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.let_go();
        std::mem::forget(std::mem::take(self));
    }

    /// Drops what is to be dropped: a static text is not, and most are.
    #[inline]
    fn let_go(&mut self) {
        if matches!(self, Self::Other(_) | Self::Cut(_)) {
            self.drop_text();
        }
    }

    #[cold]
    #[inline(never)]
    fn drop_text(&mut self) {
        *self = Self::None;
    }

    /// The text as a label of metrics, or that it is none.
    pub(super) fn label(&self) -> Option<&str> {
        match self {
            Self::Cut(_) => None,
            whole => whole.as_str(),
        }
    }

    #[inline]
    pub(super) fn is(&self, other: &Self) -> bool {
        // Nearly always: both were interned, so that they lie in one place.
        match (self, other) {
            (Self::Static(a), Self::Static(b)) if std::ptr::eq(*a, *b) => true,
            _ => self.is_otherwise(other),
        }
    }
}

impl Name {
    #[inline(never)]
    fn is_otherwise(&self, other: &Self) -> bool {
        match (self.as_str(), other.as_str()) {
            // What is left of a long text is not the short one.
            (Some(a), Some(b)) => is_same(a, b) && self.is_cut() == other.is_cut(),
            (None, None) => true,
            _ => false,
        }
    }

    #[inline]
    fn is_cut(&self) -> bool {
        matches!(self, Self::Cut(_))
    }
}

impl Clone for Name {
    fn clone(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Static(text) => Self::Static(text),
            Self::Other(text) => Self::Other(text.clone()),
            Self::Cut(text) => Self::Cut(text.clone()),
        }
    }
}

impl From<&'static str> for Name {
    #[inline]
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<StringValue> for Name {
    #[inline]
    fn from(text: StringValue) -> Self {
        Self::Other(text)
    }
}

#[inline(never)]
fn push_other(name: &Name, id: Id, attributes: &mut Vec<KeyValue>) {
    if let Some(text) = name.value() {
        push(attributes, id, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semconv::registry::keys;

    fn names() -> [Name; 4] {
        [
            Name::None,
            Name::Static("text"),
            Name::Other("text".to_owned().into()),
            Name::Cut("text".to_owned().into()),
        ]
    }

    #[test]
    fn whatever_holds_a_text_gives_it() {
        let expected = [
            (None, None),
            (Some("text"), Some("text")),
            (Some("text"), Some("text")),
            // What is left of a long name is no label.
            (Some("text"), None),
        ];
        for (name, (text, label)) in names().into_iter().zip(expected) {
            for mut name in [name.clone(), name] {
                assert_eq!(name.as_str(), text);
                assert_eq!(name.value().as_ref().map(StringValue::as_str), text);
                assert_eq!(name.label(), label);
                let mut list = Vec::new();
                name.push_to(keys::GEN_AI_REQUEST_MODEL.id(), &mut list);
                let pushed = text.map(|text| KeyValue::new("gen_ai.request.model", text));
                assert_eq!(list, Vec::from_iter(pushed));
                name.set_static("other");
                assert!(matches!(name, Name::Static("other")));
                name.clear();
                assert!(matches!(name, Name::None));
            }
        }
        assert!(matches!(Name::from("a"), Name::Static("a")));
        assert!(matches!(Name::from(StringValue::from("a")), Name::Other(_)));
    }

    /// Where a text lies makes no difference; whether it is whole does.
    #[test]
    fn names_are_the_same_by_their_text() {
        let kinds = [0, 1, 1, 2];
        for (a, of_a) in names().iter().zip(kinds) {
            for (b, of_b) in names().iter().zip(kinds) {
                assert_eq!(a.is(b), of_a == of_b, "{of_a} and {of_b}");
            }
            for other in [
                Name::Static("texts"),
                Name::Other("tex".into()),
                Name::Cut("tex".into()),
            ] {
                assert!(!a.is(&other) && !other.is(a));
            }
        }
    }

    /// What a name held is dropped when it holds another.
    #[test]
    fn a_text_is_let_go() {
        let text: std::sync::Arc<str> = "text".into();
        let counted = || StringValue::from(std::sync::Arc::clone(&text));
        let makes: [fn(StringValue) -> Name; 2] = [Name::Other, Name::Cut];
        for make in makes {
            let mut name = make(counted());
            name.set_static("a");
            let mut name = make(counted());
            name.clear();
            assert_eq!(std::sync::Arc::strong_count(&text), 1);
        }
    }
}
