//! An interner of names: texts come in borrowed, string values come out that cost neither an allocation nor a reference count
//! once they were seen twice on a thread.
//!
//! It is bounded: a handful of texts per thread, and at most [`KEPT`] per process that live for ever, since a static text is free
//! to copy. See docs/performance.md, "Interning".

use std::cell::RefCell;
use std::sync::{Arc, TryLockError};

use opentelemetry::StringValue;

use super::quick_hash::{is_same, quick_hash};
use crate::diag::sync::{Mutex, shared_statics};

/// Texts per thread.
const TEXTS: usize = 16;
/// Texts kept for ever, per process.
const KEPT: usize = 512;
/// Longer texts are not worth keeping.
pub(super) const LONGEST: usize = 128;

shared_statics! {
    static STORE: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
}

struct Text {
    text: StringValue,
    hash: u64,
    /// Whether it was seen a second time, and the text for ever if there was room.
    is_known: bool,
    kept: Option<&'static str>,
}

struct Cache {
    texts: Vec<Text>,
    next: usize,
}

thread_local! {
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache { texts: Vec::new(), next: 0 }) };
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
        match self.texts.get_mut(self.next) {
            Some(old) => *old = text,
            None => self.texts.push(text),
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
            if let Some(kept) = keep(text) {
                known.is_known = true;
                known.kept = kept;
            }
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
        cache.add(Text {
            hash: quick_hash(text.as_str()),
            text: text.clone(),
            is_known: false,
            kept: None,
        });
        Some(text)
    });
    added.ok().flatten().unwrap_or_else(|| counted(text))
}

/// The text for ever, or that there are too many. Nothing while another thread is at it: it is only a cache. Asked once per
/// thread and text.
#[cold]
#[inline(never)]
pub(super) fn keep(text: &str) -> Option<Option<&'static str>> {
    let mut store = match STORE.try_lock() {
        Ok(store) => store,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    if let Some(known) = store.iter().find(|known| **known == text) {
        return Some(Some(known));
    }
    if store.len() >= KEPT {
        return Some(None);
    }
    let text: &'static str = Box::leak(Box::from(text));
    store.push(text);
    Some(Some(text))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, TEXTS, known, shared};

    #[test]
    fn a_text_is_static_from_the_second_time_on() {
        let address = |text: &str| shared(text).as_str().as_ptr();
        let first = address("interner-test");
        let second = address("interner-test");
        assert_ne!(first, second);
        assert_eq!(address("interner-test"), second);
        assert_eq!(
            std::thread::spawn(move || {
                shared("interner-test");
                shared("interner-test").as_str().as_ptr() as usize
            })
            .join()
            .ok(),
            Some(second as usize)
        );
    }

    /// The text, wanted so often that it is kept if it ever is: the store may be in another thread's hands for once.
    fn is_kept(text: &str) -> bool {
        (0..6).for_each(|_| drop(shared(text)));
        known(text) == Some(text)
    }

    /// Texts of one length with one end share a hash.
    #[test]
    fn texts_that_share_a_hash_are_not_mixed_up() {
        for _ in 0..3 {
            for text in ["gpt-a-20260101", "gpt-b-20260101", "gpt-c-20260101"] {
                assert_eq!(shared(text).as_str(), text);
                assert!(known(text).is_none_or(|known| known == text));
            }
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_not_kept() {
        let text = "x".repeat(LONGEST);
        assert!(is_kept(&text));
        assert_eq!(shared(&text).as_str(), text);
        let longer = text + "x";
        assert!(!is_kept(&longer));
        assert_eq!(shared(&longer).as_str(), longer);
    }

    /// A thread knows the texts that it saw last.
    #[test]
    fn of_the_texts_of_a_thread_the_oldest_goes_first() {
        let on_a_thread = || {
            let texts: Vec<String> = (0..=TEXTS).map(|n| format!("of-a-thread-{n}")).collect();
            let (last, all) = texts.split_last().expect("texts");
            assert!(all.iter().all(|text| known(text).is_none()));
            // Twice around, so that places are taken again.
            for _ in 0..2 {
                assert!(all.iter().all(|text| is_kept(text)));
                assert!(all.iter().all(|text| known(text).is_some()));
            }
            assert!(is_kept(last));
            let forgotten: Vec<_> = all.iter().filter(|text| known(text).is_none()).collect();
            assert_eq!(forgotten, ["of-a-thread-0"]);
            assert!(is_kept("of-a-thread-0"));
            assert!(known("of-a-thread-1").is_none() && known(last).is_some());
        };
        std::thread::spawn(on_a_thread).join().expect("no panic");
    }
}
