//! Names of spans, remembered: an operation and its subject go in, a static text comes out from the second time on.
//!
//! A span takes its name as `Cow<'static, str>`, so a static one is free. The memo is bounded: a handful per thread, in the
//! texts of the [interner](super::interner); the name of the call before is [known](super::before) without it.

use std::borrow::Cow;
use std::cell::RefCell;

use super::interner::{LONGEST, keep};
use super::name::Name;
use super::quick_hash::quick_hash;

/// Names per thread.
const NAMES: usize = 16;

/// The name of (operation, subject).
struct Named {
    hash: u64,
    operation: Name,
    subject: Name,
    /// Known once it was wanted twice: then the name, unless the interner is full.
    name: Option<Option<&'static str>>,
}

struct Memo {
    names: Vec<Named>,
    next: usize,
}

thread_local! {
    static MEMO: RefCell<Memo> = const { RefCell::new(Memo { names: Vec::new(), next: 0 }) };
}

impl Memo {
    /// The name, if this is not the first time it is wanted.
    fn get(&mut self, operation: &Name, subject: &Name, text: &str) -> Option<&'static str> {
        let hash = quick_hash(text);
        let known = self.names.iter_mut().find(|known| {
            known.hash == hash && known.subject.is(subject) && known.operation.is(operation)
        });
        if let Some(known) = known {
            if known.name.is_none() {
                known.name = keep(&joined(operation, text));
            }
            return known.name.flatten();
        }
        let named = Named {
            hash,
            operation: operation.clone(),
            subject: subject.clone(),
            name: None,
        };
        match self.names.get_mut(self.next) {
            Some(old) => *old = named,
            None => self.names.push(named),
        }
        self.next = (self.next + 1) % NAMES;
        None
    }
}

/// `{operation} {subject}`, or the operation alone where there is no subject.
pub(super) fn span_name(operation: &Name, subject: &Name) -> Cow<'static, str> {
    let Some(text) = subject.as_str().filter(|s| !s.is_empty()) else {
        return Cow::Owned(operation.as_str().unwrap_or_default().to_owned());
    };
    if text.len() <= LONGEST {
        let known = MEMO.try_with(|memo| memo.try_borrow_mut().ok()?.get(operation, subject, text));
        if let Ok(Some(name)) = known {
            return Cow::Borrowed(name);
        }
    }
    Cow::Owned(joined(operation, text))
}

fn joined(operation: &Name, subject: &str) -> String {
    [operation.as_str().unwrap_or_default(), " ", subject].concat()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::interner::shared;
    use super::{LONGEST, NAMES, Name, span_name};

    #[test]
    fn a_span_name_is_borrowed_from_the_second_time_on() {
        let operation = Name::Static("chat");
        let dynamic = Name::Other(shared("span-name-test-model"));
        for subject in [dynamic, Name::Static("span-name-test-literal")] {
            let expected = format!("chat {}", subject.as_str().unwrap_or_default());
            for is_borrowed in [false, true, true] {
                let name = span_name(&operation, &subject);
                assert_eq!(name, expected);
                assert_eq!(matches!(name, Cow::Borrowed(_)), is_borrowed);
            }
        }
    }

    fn is_kept(operation: &Name, subject: &str) -> bool {
        let subject = Name::Other(subject.to_owned().into());
        // The store may be in another thread's hands for once.
        (0..6).for_each(|_| drop(span_name(operation, &subject)));
        matches!(span_name(operation, &subject), Cow::Borrowed(_))
    }

    #[test]
    fn a_name_is_of_its_operation_and_its_subject() {
        let (chat, other) = (Name::Static("chat"), Name::Static("other"));
        for operation in [&chat, &other, &Name::None] {
            let word = operation.as_str().unwrap_or_default();
            for subject in ["gpt-a-20260101", "gpt-b-20260101", "o-1"] {
                for _ in 0..3 {
                    let name = span_name(operation, &Name::Static(subject));
                    assert_eq!(name, format!("{word} {subject}"));
                }
            }
            for nothing in [Name::None, Name::Static("")] {
                assert_eq!(span_name(operation, &nothing), word);
            }
        }
        // What is left of a long name is named so too, and a subject that is too long is not remembered.
        let cut = Name::Cut("gpt-a-20260101".into());
        assert_eq!(span_name(&chat, &cut), "chat gpt-a-20260101");
        let long = "x".repeat(LONGEST);
        assert!(is_kept(&chat, &long));
        let longer = long + "x";
        assert!(!is_kept(&chat, &longer));
        let longer = Name::Other(longer.into());
        assert_eq!(span_name(&chat, &longer).len(), "chat ".len() + LONGEST + 1);
    }

    /// A thread knows the names that it gave last.
    #[test]
    fn of_the_names_of_a_thread_the_oldest_goes_first() {
        let on_a_thread = || {
            let operation = Name::Static("chat");
            let is_known = |subject: &String| {
                let subject = Name::Other(subject.clone().into());
                matches!(span_name(&operation, &subject), Cow::Borrowed(_))
            };
            let all: Vec<String> = (0..NAMES)
                .map(|n| format!("name-of-a-thread-{n}"))
                .collect();
            // Twice around, so that places are taken again.
            for _ in 0..2 {
                assert!(all.iter().all(|subject| is_kept(&operation, subject)));
                assert!(all.iter().all(is_known));
            }
            assert!(is_kept(&operation, "name-of-a-thread-more"));
            assert!(all[1..].iter().all(is_known));
            assert!(!is_known(&all[0]));
            assert!(!is_known(&all[1]));
        };
        std::thread::spawn(on_a_thread).join().expect("no panic");
    }
}
