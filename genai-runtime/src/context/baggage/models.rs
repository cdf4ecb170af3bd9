//! A model of what the contexts of all threads share: which members go along as baggage. Everything else in a context never
//! changes, or is of one thread.

use std::sync::Arc;

use loom::thread;

use super::{Baggage, current, install, is_sent};
use crate::diag::sync::every_order;

#[test]
fn whether_anything_is_sent_is_what_the_baggage_says() {
    let sent = Arc::new(Baggage::new().send(["tenant"]));
    every_order("two installations of what is sent", move || {
        let theirs = Arc::clone(&sent);
        let other = thread::spawn(move || install(&theirs));
        let reader = thread::spawn(|| (is_sent(), current()));
        install(&Baggage::new());
        // Whoever reads meanwhile gets a whole one, or none.
        let (_, read) = reader.join().unwrap();
        assert!(read.is_none_or(|read| *read == *sent));
        other.join().unwrap();
        assert_eq!(is_sent(), current().is_some());
    });
}
