//! Every recording, fed to the wire formats as values and as bytes, with content on and off.

use genai_tests::recordings::compare::{Scope, compare};
use genai_tests::recordings::http::{Pieces, Replay};
use genai_tests::recordings::replay::{Form, replay};
use genai_tests::recordings::{DEVIATIONS, deviation, load_all};
use genai_tests::shared;

fn check(form: Form, content: bool) {
    let Some(folder) = shared("recordings") else {
        println!("skipped: ../shared not present");
        return;
    };
    let recordings = load_all(&folder).expect("readable recordings");
    let (mut differing, mut deviating) = (Vec::new(), 0);
    for recording in &recordings {
        let observed = replay(recording, form, content);
        let mut differences = compare(
            recording,
            &observed,
            Scope {
                headers: false,
                content,
            },
        );
        let all = differences.len();
        differences.retain(|difference| deviation(recording, difference).is_none());
        deviating += usize::from(differences.len() < all);
        if !differences.is_empty() {
            println!("{}\n  {}", recording.id, differences.join("\n  "));
            differing.push(&recording.id);
        }
    }
    println!(
        "{} of {} recordings differ",
        differing.len(),
        recordings.len()
    );
    assert!(
        differing.is_empty(),
        "{} recordings differ",
        differing.len()
    );
    assert!(deviating * 50 <= recordings.len(), "more than 2 % deviate");
}

#[test]
fn every_deviation_is_about_something() {
    let Some(folder) = shared("recordings") else {
        println!("skipped: ../shared not present");
        return;
    };
    let recordings = load_all(&folder).expect("readable recordings");
    for deviation in DEVIATIONS {
        let is_about = |recording| deviation.is_about(recording);
        assert!(recordings.iter().any(is_about), "{deviation:?}");
    }
}

#[test]
fn values_with_content() {
    check(Form::Values, true);
}

#[test]
fn values_without_content() {
    check(Form::Values, false);
}

#[test]
fn bytes_cut_anywhere_with_content() {
    for seed in 0..4 {
        check(Form::Bytes(seed), true);
    }
}

#[test]
fn bytes_cut_anywhere_without_content() {
    check(Form::Bytes(7), false);
}

#[test]
fn over_http_through_annotated_functions() {
    let Some(folder) = shared("recordings") else {
        println!("skipped: ../shared not present");
        return;
    };
    let recordings = load_all(&folder).expect("readable recordings");
    let replay = Replay::new(true).expect("a server on loopback");
    let scope = Scope {
        headers: false,
        content: true,
    };
    let mut replayed = 0;
    for recording in &recordings {
        for pieces in [Pieces::Events, Pieces::Cut(2)] {
            let Some(observed) = replay.run(recording, pieces) else {
                continue;
            };
            replayed += 1;
            let mut differences = compare(recording, &observed, scope);
            differences.retain(|difference| deviation(recording, difference).is_none());
            assert!(
                differences.is_empty(),
                "{}, {pieces:?}:\n  {}",
                recording.id,
                differences.join("\n  ")
            );
        }
    }
    assert!(replayed >= recordings.len(), "every recording was replayed");
}
