//! Stores that misbehave, and more load than the queue takes.

use super::*;
use std::collections::HashSet;
use std::thread;
use std::time::Instant;

/// Every file is stored, dropped or failed, and every reference resolves or is one of the failed.
fn check(hook: &UploadHook, memory: &Memory, submitted: u64, references: &HashSet<String>) {
    let stats = hook.stats();
    let (stored, dropped, failed) = files(stats);
    assert_eq!(stored + dropped + failed, submitted, "{stats:?}");
    assert_eq!(references.len() as u64, stored + failed);
    let dangling = references
        .iter()
        .filter(|r| memory.get(name(r)).is_none())
        .count() as u64;
    assert!(dangling <= failed, "{dangling} {stats:?}");
}

#[test]
fn overload_of_a_stuck_store() {
    let store = Faulty::new(|_| Fault::Hang);
    let hook = builder(store.clone())
        .queue_size(1000)
        .queue_bytes(1 << 20)
        .build()
        .unwrap();
    let content = Content::input("y".repeat(10_000));
    let mut references = HashSet::new();
    let mut most = 0;
    for _ in 0..1100 {
        references.extend(complete(&hook, &content).into_values());
        most = most.max(hook.queue().unwrap().budget.used());
    }
    assert!(
        (90..=104).contains(&references.len()),
        "{}",
        references.len()
    );
    assert!(most <= 1 << 20 && most > 900_000, "{most}");
    assert!(hook.shutdown(Duration::from_millis(10)).is_err());
    check(&hook, &store.memory, 1100, &references);
    let end = Instant::now() + LONG;
    while hook.queue().unwrap().budget.used() > 0 {
        assert!(Instant::now() < end, "the worker gives all memory back");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn each_file_is_refused_by_itself() {
    let hook = builder(Faulty::new(|_| Fault::Hang))
        .queue_bytes(2000)
        .build()
        .unwrap();
    let mut content = Content::oracle();
    content.outputs[0].parts[0] = text(&"z".repeat(3000));
    let references = complete(&hook, &content);
    assert_eq!(references.len(), 3);
    assert!(!references.contains_key("gen_ai.output.messages_ref"));
    assert_eq!(hook.stats().dropped.files, 1);
}

#[test]
fn faults_of_all_kinds_from_many_threads() {
    let store = Faulty::new(|call| match call % 13 {
        2 | 5 => Fault::Fail,
        3 => Fault::FailForGood,
        7 => Fault::PanicAtOnce,
        8 => Fault::PanicLater,
        11 => Fault::Hang,
        12 => Fault::Block(Duration::from_micros(50)),
        _ => Fault::Store,
    });
    let hook = builder(store.clone())
        .queue_size(64)
        .file_deadline(Duration::from_millis(40))
        .build()
        .unwrap();
    let references = Mutex::new(HashSet::new());
    let (threads, rounds) = (8, 300);
    thread::scope(|scope| {
        for t in 0..threads {
            let (hook, references) = (&hook, &references);
            scope.spawn(move || {
                for round in 0..rounds {
                    let found = complete(hook, &Content::input(format!("{t} {round}")));
                    references.lock().unwrap().extend(found.into_values());
                    if round % 16 == 0 {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
    });
    assert!(hook.flush(LONG).is_ok());
    check(
        &hook,
        &store.memory,
        threads * rounds,
        &references.lock().unwrap(),
    );
    let stats = hook.stats();
    assert!(
        stats.stored.files > 0 && stats.failed.files > 0,
        "{stats:?}"
    );
    assert!(hook.shutdown(LONG).is_ok());
}

#[test]
fn errors_are_tried_again() {
    let store = Faulty::new(|call| if call < 4 { Fault::Fail } else { Fault::Store });
    let hook = builder(store.clone()).build().unwrap();
    complete(&hook, &Content::input("patience"));
    assert!(hook.flush(LONG).is_ok());
    assert_eq!((store.calls(), files(hook.stats())), (5, (1, 0, 0)));
}

/// The worker may have been kept by others for all of a file's time.
#[test]
fn a_store_is_asked_once_however_late_it_is() {
    let store = Faulty::new(|_| Fault::Store);
    let hook = builder(store.clone())
        .file_deadline(Duration::ZERO)
        .build()
        .unwrap();
    complete(&hook, &Content::input("late"));
    assert!(hook.flush(LONG).is_ok());
    assert_eq!((store.calls(), files(hook.stats())), (1, (1, 0, 0)));
}

#[test]
fn tries_end() {
    for (fault, tries, calls) in [
        (Fault::Fail, 5, 5),
        (Fault::Fail, 1, 1),
        (Fault::FailForGood, 5, 1),
        (Fault::PanicLater, 5, 1),
    ] {
        let store = Faulty::new(move |_| fault);
        let hook = builder(store.clone()).file_tries(tries).build().unwrap();
        complete(&hook, &Content::input("in vain"));
        assert!(hook.flush(LONG).is_ok());
        assert_eq!(
            (store.calls(), files(hook.stats())),
            (calls, (0, 0, 1)),
            "{fault:?}"
        );
    }
}

#[test]
fn a_file_has_a_deadline() {
    let store = Faulty::new(|call| if call == 0 { Fault::Hang } else { Fault::Store });
    let hook = builder(store.clone())
        .file_deadline(Duration::from_millis(60))
        .build()
        .unwrap();
    let start = Instant::now();
    complete(&hook, &Content::input("stuck"));
    complete(&hook, &Content::input("free"));
    while hook.stats().stored.files == 0 {
        assert!(
            start.elapsed() < LONG,
            "one that hangs must not hold up the others"
        );
        thread::yield_now();
    }
    assert!(hook.flush(LONG).is_ok());
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(files(hook.stats()), (1, 0, 1));
}

#[test]
fn a_failed_hashed_object_is_tried_by_the_next() {
    let store = Faulty::new(|call| {
        if call == 0 {
            Fault::FailForGood
        } else {
            Fault::Store
        }
    });
    let hook = builder(store.clone()).build().unwrap();
    let content = Content {
        system: vec![text("again")],
        ..Content::default()
    };
    for _ in 0..3 {
        assert_eq!(complete(&hook, &content).len(), 1);
        assert!(hook.flush(LONG).is_ok());
    }
    assert_eq!((store.calls(), files(hook.stats())), (2, (1, 0, 1)));
}

/// Without the features of the clouds there is none to bring; what needs none then works all the same.
#[test]
fn a_store_that_asks_for_a_runtime_is_called() {
    struct Asks(Arc<Memory>);
    impl Store for Asks {
        fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
            self.0.clone().put(object)
        }
        fn needs_tokio(&self) -> bool {
            true
        }
    }
    let hook = builder(Arc::new(Asks(Arc::default()))).build().unwrap();
    complete(&hook, &Content::oracle());
    assert!(hook.shutdown(LONG).is_ok());
    assert_eq!(files(hook.stats()), (4, 0, 0));
}

/// The worker lives on after a panic, and its thread is the only one.
#[test]
fn panics_are_survived() {
    let store = Faulty::new(|call| {
        if call % 2 == 0 {
            Fault::PanicAtOnce
        } else {
            Fault::Store
        }
    });
    let hook = builder(store.clone()).build().unwrap();
    for n in 0..10 {
        complete(&hook, &Content::input(n.to_string()));
        assert!(hook.flush(LONG).is_ok());
    }
    assert_eq!(files(hook.stats()), (5, 0, 5));
}

/// A call costs no more while the store is stuck than while it is idle.
#[test]
fn a_stuck_store_does_not_slow_the_caller() {
    let content = Content::oracle();
    let p99 = |hook: &UploadHook, wait: bool| {
        let mut times: Vec<_> = (0..1000)
            .map(|_| {
                if wait {
                    hook.flush(LONG).unwrap();
                }
                let start = Instant::now();
                complete(hook, &content);
                start.elapsed()
            })
            .collect();
        times.sort();
        times[990]
    };
    // Other programs on the machine disturb both sides; one quiet moment is enough.
    let pass = (0..10).any(|_| {
        let idle = p99(
            &builder(Faulty::new(|_| Fault::Store)).build().unwrap(),
            true,
        );
        let stuck = p99(
            &builder(Faulty::new(|_| Fault::Hang)).build().unwrap(),
            false,
        );
        println!("p99 idle {idle:?}, stuck {stuck:?}");
        stuck <= idle.mul_f64(1.05).max(idle + Duration::from_micros(2))
    });
    assert!(pass);
}
