//! Names seen before on this thread: shared strings and span names that cost no allocation the second time.
//!
//! Both are bounded: a handful per thread, and at most [`LEAKED`] span names per process live for ever, because a span takes
//! its name as `Cow<'static, str>`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::StringValue;

/// Texts per thread.
const TEXTS: usize = 16;
/// Span names kept for ever, per process.
const LEAKED: usize = 256;
/// Longer texts are not worth keeping.
const LONGEST: usize = 128;

static LEAKS: AtomicUsize = AtomicUsize::new(0);

struct Text {
    text: Arc<str>,
    /// The span name of (operation, this text), once it was wanted twice.
    name: Option<(StringValue, &'static str)>,
    wanted: bool,
}

struct Cache {
    texts: Vec<Text>,
    next: usize,
}

thread_local! {
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache { texts: Vec::new(), next: 0 }) };
}

impl Cache {
    fn find(&mut self, text: &str) -> Option<&mut Text> {
        self.texts.iter_mut().find(|t| *t.text == *text)
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

/// A string value that shares the text with earlier ones.
pub(super) fn shared(text: &str) -> StringValue {
    if text.len() > LONGEST {
        return StringValue::from(Arc::<str>::from(text));
    }
    let known = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        if let Some(known) = cache.find(text) {
            return Some(Arc::clone(&known.text));
        }
        let text = Arc::<str>::from(text);
        cache.add(Text {
            text: Arc::clone(&text),
            name: None,
            wanted: false,
        });
        Some(text)
    });
    StringValue::from(known.ok().flatten().unwrap_or_else(|| Arc::from(text)))
}

/// `{operation} {subject}`, or the operation alone where there is no subject.
pub(super) fn span_name(operation: &StringValue, subject: Option<&str>) -> Cow<'static, str> {
    let Some(subject) = subject.filter(|s| !s.is_empty()) else {
        return Cow::Owned(operation.as_str().to_owned());
    };
    let known = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        let text = cache.find(subject)?;
        match &text.name {
            Some((of, name)) if of.as_str() == operation.as_str() => Some(*name),
            Some(_) => None,
            None if text.wanted => {
                let name = keep(operation.as_str(), subject)?;
                text.name = Some((operation.clone(), name));
                Some(name)
            }
            None => {
                text.wanted = true;
                None
            }
        }
    });
    match known.ok().flatten() {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(joined(operation.as_str(), subject)),
    }
}

fn joined(operation: &str, subject: &str) -> String {
    let mut name = String::with_capacity(operation.len() + 1 + subject.len());
    name.push_str(operation);
    name.push(' ');
    name.push_str(subject);
    name
}

/// A span name for ever, as long as there are few.
fn keep(operation: &str, subject: &str) -> Option<&'static str> {
    if LEAKS.fetch_add(1, Ordering::Relaxed) >= LEAKED {
        LEAKS.fetch_sub(1, Ordering::Relaxed);
        return None;
    }
    Some(Box::leak(joined(operation, subject).into_boxed_str()))
}
