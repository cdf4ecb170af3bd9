//! Every recording, fed to the wire formats as values and as bytes, with content on and off.

use std::collections::BTreeSet;

use genai_tests::recordings::compare::{Observed, Scope, compare, differences};
use genai_tests::recordings::deviations::{COUNT, deviation};
use genai_tests::recordings::http::{Pieces, Replay};
use genai_tests::recordings::replay::{Form, pushed, replay};
use genai_tests::recordings::{Recording, all};
use genai_tests::support::thorough::rounds;

/// How a recording is fed.
type Feed = fn(&Recording, Form, bool) -> Option<Observed>;

fn check(feed: Feed, form: Form, content: bool) {
    let Some(recordings) = all() else { return };
    let (mut differing, mut replayed) = (Vec::new(), 0);
    let scope = Scope {
        headers: false,
        content,
    };
    for recording in recordings {
        let Some(observed) = feed(recording, form, content) else {
            continue;
        };
        replayed += 1;
        let differences = compare(recording, &observed, scope);
        if !differences.is_empty() {
            println!("{}\n  {}", recording.id, differences.join("\n  "));
            differing.push(&recording.id);
        }
    }
    println!("{} of {replayed} recordings differ", differing.len());
    assert!(differing.is_empty(), "{differing:#?}");
    // What no strict parser takes comes as bytes only.
    let strict = recordings
        .iter()
        .filter(|recording| recording.is_strict_json());
    let least = match form {
        Form::Values => strict.count(),
        Form::Bytes(_) => recordings.len(),
    };
    assert_eq!(replayed, least);
}

#[test]
fn values_with_content() {
    check(replay, Form::Values, true);
}

#[test]
fn values_without_content() {
    check(replay, Form::Values, false);
}

#[test]
fn bytes_cut_anywhere_with_content() {
    for seed in 0..rounds(4) as u64 {
        check(replay, Form::Bytes(seed), true);
    }
}

#[test]
fn bytes_cut_anywhere_without_content() {
    check(replay, Form::Bytes(7), false);
}

/// What is recorded of a function that reads a stream itself is what would be of the stream.
#[test]
fn handed_over_one_by_one() {
    for content in [true, false] {
        check(pushed, Form::Values, content);
        check(pushed, Form::Bytes(3), content);
    }
}

#[test]
fn over_http_through_annotated_functions() {
    let Some(recordings) = all() else { return };
    let replay = Replay::new(true).expect("a server on loopback");
    let scope = Scope {
        headers: false,
        content: true,
    };
    let mut wrong = Vec::new();
    for recording in recordings {
        let mut replayed = 0;
        for pieces in [Pieces::Events, Pieces::Cut(2)] {
            let Some(observed) = replay.run(recording, pieces) else {
                continue;
            };
            replayed += 1;
            let differences = compare(recording, &observed, scope);
            if !differences.is_empty() {
                let differences = differences.join("\n  ");
                wrong.push(format!("{}, {pieces:?}:\n  {differences}", recording.id));
            }
        }
        if replayed == 0 {
            wrong.push(format!("{}: there is no way to replay it", recording.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What differs on purpose is little, and every reason is one of some recording's.
#[test]
fn deviations() {
    let Some(recordings) = all() else { return };
    let scope = Scope {
        headers: false,
        content: true,
    };
    let (mut reasons, mut differing) = (BTreeSet::new(), 0);
    for recording in recordings {
        let observed = replay(recording, Form::Bytes(1), true).expect("bytes");
        let found = differences(recording, &observed, scope);
        let found: Vec<_> = found
            .iter()
            .filter_map(|line| deviation(recording, line))
            .collect();
        differing += usize::from(!found.is_empty());
        reasons.extend(found);
    }
    assert_eq!(reasons.len(), COUNT, "{reasons:#?}");
    assert!(
        differing * 100 <= recordings.len(),
        "{differing} differ on purpose"
    );
}
