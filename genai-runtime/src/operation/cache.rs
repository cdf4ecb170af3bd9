//! Names seen before: texts come in borrowed, string values and span names come out that cost neither an allocation nor a
//! reference count once they were seen twice on a thread.
//!
//! Both are bounded: a handful per thread, and at most [`KEPT`] texts per process live for ever, because a span takes its name
//! as `Cow<'static, str>` and a static text is free to copy.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::StringValue;

use super::name::Name;
use super::quick_hash::{is_same, quick_hash};

/// Texts per thread.
const TEXTS: usize = 16;
/// Texts kept for ever, per process.
const KEPT: usize = 512;
/// Longer texts are not worth keeping.
const LONGEST: usize = 128;

static STORE: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

struct Text {
    text: StringValue,
    hash: u64,
    /// Whether it was seen a second time, and the text for ever if there was room.
    is_known: bool,
    kept: Option<&'static str>,
    /// The span name of (operation, this text), once it was wanted twice.
    name: Option<(Name, &'static str)>,
    wanted: bool,
}

struct Cache {
    texts: Vec<Text>,
    next: usize,
}

/// Operation, subject and the span name of both.
type Named = (&'static str, &'static str, &'static str);

thread_local! {
    static LAST: Cell<Option<Named>> = const { Cell::new(None) };
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache { texts: Vec::new(), next: 0 }) };
}

impl Text {
    fn new(text: StringValue, kept: Option<&'static str>) -> Self {
        Self {
            hash: quick_hash(text.as_str()),
            text,
            is_known: kept.is_some(),
            kept,
            name: None,
            // One that is in the program already came to be named, not to be looked up.
            wanted: kept.is_some(),
        }
    }
}

impl Cache {
    #[inline]
    fn find(&mut self, text: &str) -> Option<&mut Text> {
        let hash = quick_hash(text);
        self.texts
            .iter_mut()
            .find(|t| t.hash == hash && is_same(t.kept.unwrap_or(t.text.as_str()), text))
    }

    fn add(&mut self, text: Text) {
        if let Some(old) = self.texts.get_mut(self.next).filter(|_| self.next < TEXTS) {
            *old = text;
        } else {
            self.texts.push(text);
        }
        self.next = (self.next + 1) % TEXTS;
    }
}

/// The text for ever, if it was seen on this thread before.
#[inline]
pub(super) fn known(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return None;
    }
    let known = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        let known = cache.find(text)?;
        if !known.is_known {
            known.is_known = true;
            known.kept = keep(text);
        }
        known.kept
    });
    known.ok().flatten()
}

/// A string value that shares the text with earlier ones.
#[inline(never)]
pub(super) fn shared(text: &str) -> StringValue {
    match known(text) {
        Some(text) => StringValue::from(text),
        None => added(text),
    }
}

/// The string value of a text that is not [`known`], so that it is the next time.
#[inline(never)]
pub(super) fn added(text: &str) -> StringValue {
    let counted = |text: &str| StringValue::from(Arc::<str>::from(text));
    if text.len() > LONGEST {
        return counted(text);
    }
    let added = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        // Seen before, but there was no room to keep it.
        if let Some(known) = cache.find(text) {
            return Some(known.text.clone());
        }
        let text = counted(text);
        cache.add(Text::new(text.clone(), None));
        Some(text)
    });
    added.ok().flatten().unwrap_or_else(|| counted(text))
}

/// `{operation} {subject}`, or the operation alone where there is no subject.
#[inline]
pub(super) fn span_name(operation: &Name, subject: &Name) -> Cow<'static, str> {
    // The one of the last call, told by where its parts lie.
    if let (Name::Static(operation), Name::Static(subject)) = (operation, subject) {
        let last = LAST.try_with(Cell::get).ok().flatten();
        if let Some((of, about, name)) = last {
            if std::ptr::eq(of, *operation) && std::ptr::eq(about, *subject) {
                return Cow::Borrowed(name);
            }
        }
    }
    let name = looked_up(operation, subject);
    if let (Name::Static(of), Name::Static(about), Cow::Borrowed(name)) =
        (operation, subject, &name)
    {
        let _ = LAST.try_with(|last| last.set(Some((*of, *about, *name))));
    }
    name
}

#[inline(never)]
fn looked_up(operation: &Name, subject: &Name) -> Cow<'static, str> {
    let text = operation.as_str().unwrap_or_default();
    let Some(about) = subject.as_str().filter(|s| !s.is_empty()) else {
        return Cow::Owned(text.to_owned());
    };
    let known = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        let Some(known) = cache.find(about) else {
            if about.len() <= LONGEST {
                cache.add(Text::new(subject.value()?, subject.as_static()));
            }
            return None;
        };
        match &known.name {
            Some((of, name)) if of.is(operation) => Some(*name),
            Some(_) => None,
            None if known.wanted => {
                let name = keep(&joined(text, about))?;
                known.name = Some((operation.clone(), name));
                Some(name)
            }
            None => {
                known.wanted = true;
                None
            }
        }
    });
    match known.ok().flatten() {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(joined(text, about)),
    }
}

fn joined(operation: &str, subject: &str) -> String {
    let mut name = String::with_capacity(operation.len() + 1 + subject.len());
    name.push_str(operation);
    name.push(' ');
    name.push_str(subject);
    name
}

/// The text for ever, as long as there are few. Asked once per thread and text.
#[cold]
#[inline(never)]
fn keep(text: &str) -> Option<&'static str> {
    let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = store.iter().find(|known| **known == text) {
        return Some(known);
    }
    if store.len() >= KEPT {
        return None;
    }
    let text: &'static str = Box::leak(Box::from(text));
    store.push(text);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{Name, shared, span_name};

    #[test]
    fn a_text_is_static_from_the_second_time_on() {
        let address = |text: &str| shared(text).as_str().as_ptr();
        let first = address("cache-test");
        let second = address("cache-test");
        assert_ne!(first, second);
        assert_eq!(address("cache-test"), second);
        assert_eq!(
            std::thread::spawn(move || {
                shared("cache-test");
                shared("cache-test").as_str().as_ptr() as usize
            })
            .join()
            .ok(),
            Some(second as usize)
        );
    }

    #[test]
    fn a_span_name_is_borrowed_from_the_second_time_on() {
        let operation = Name::Static("chat");
        let dynamic = Name::Other(shared("cache-test-model"));
        for subject in [dynamic, Name::Static("cache-test-literal")] {
            let expected = format!("chat {}", subject.as_str().unwrap_or_default());
            for is_borrowed in [false, true, true] {
                let name = span_name(&operation, &subject);
                assert_eq!(name, expected);
                assert_eq!(matches!(name, std::borrow::Cow::Borrowed(_)), is_borrowed);
            }
        }
    }
}
