//! Names of the user's that are ours too are the user's.
#![allow(non_camel_case_types, dead_code)]

struct Some;
struct Ok;
struct Err;
struct Option;
struct String;
struct Box;
mod std {}
mod core {}

#[genai::evaluation(of = evaluation, result(|value| score = value))]
fn judge(evaluation: &genai::SpanRef, output: f64, result: f64, error: f64) -> f64 {
    let (slot, value) = (output, result);
    let _ = evaluation;
    slot + value + error
}

#[test]
fn runs() {
    let seen = genai::SpanRef::new();
    assert_eq!(judge(&seen, 1.0, 2.0, 3.0), 6.0);
}
