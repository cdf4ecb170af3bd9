//! Models of what operations on several threads share: the texts that are kept for ever, and an invocation.

use std::sync::Arc;
use std::time::Instant;

use loom::thread;
use opentelemetry::{Context, KeyValue};

use super::inherited::Inherited;
use super::interner::keep;
use super::invoked::Invoked;
use crate::diag::sync::every_order;
use crate::semconv::kind::Kind;

#[test]
fn a_text_is_kept_once() {
    every_order("a text kept for ever", || {
        let others = ["one", "other"].map(|text| thread::spawn(move || keep(text)));
        let mine = keep("one");
        let [same, another] = others.map(|other| other.join().unwrap());
        // Nothing while another thread is at it.
        let kept = |text: Option<Option<&'static str>>| text.map(|kept| kept.unwrap());
        if let (Some(mine), Some(same)) = (kept(mine), kept(same)) {
            assert!(std::ptr::eq(mine, same));
        }
        assert!(kept(another).is_none_or(|text| text == "other"));
        assert!(mine.is_some() || same.is_some() || another.is_some());
        let now = keep("one").flatten().unwrap();
        assert!(
            [mine, same]
                .into_iter()
                .filter_map(kept)
                .all(|text| std::ptr::eq(text, now))
        );
    });
}

#[test]
fn what_nested_calls_leave_is_taken_once() {
    every_order("an invocation and what two calls in it leave", || {
        let invoked = Invoked::new(Kind::Chat, &Context::new(), true, None);
        let leaves = |key: &'static str| {
            let invoked = Arc::clone(&invoked);
            thread::spawn(move || {
                invoked.inherit(Inherited {
                    own_attributes: vec![KeyValue::new(key, 1)],
                    ..Inherited::default()
                });
            })
        };
        let (one, other) = (leaves("one"), leaves("other"));
        let mut left = invoked.end().own_attributes;
        one.join().unwrap();
        other.join().unwrap();
        left.extend(invoked.end().own_attributes);
        left.sort_by(|a, b| a.key.cmp(&b.key));
        let keys: Vec<&str> = left.iter().map(|a| a.key.as_str()).collect();
        assert_eq!(keys, ["one", "other"]);
        assert!(invoked.has_ended());
    });
}

#[test]
fn attempts_have_numbers_of_their_own() {
    every_order("two attempts", || {
        let invoked = Invoked::new(Kind::Chat, &Context::new(), true, None);
        let begins = || {
            let invoked = Arc::clone(&invoked);
            thread::spawn(move || {
                let number = invoked.with_attempts(|a| a.begin(Instant::now()).number);
                invoked.with_attempts(|a| a.end(Instant::now()));
                number
            })
        };
        let (one, other) = (begins(), begins());
        let mut numbers = [one.join().unwrap(), other.join().unwrap()];
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2]);
    });
}
