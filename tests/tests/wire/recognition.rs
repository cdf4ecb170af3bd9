//! Every recording as a call of another provider, or of none that is named: the formats are recognised by their fields, and what is
//! recorded is the same.

use genai_tests::recordings::compare::{Scope, compare};
use genai_tests::recordings::replay::{Form, replay};
use genai_tests::recordings::{Recording, all};
use genai_tests::support::thorough::{is_thorough, takes_turn};

/// None, one that nobody knows, and those whose names are a hint somewhere, which is wrong for the others' recordings.
const PROVIDERS: [&str; 8] = [
    "",
    "a-gateway",
    "openai",
    "anthropic",
    "gcp.gemini",
    "aws.bedrock",
    "cohere",
    "ollama",
];

/// What is lost all the same: the endpoint, at whose name, and the field.
const LOST: [(&str, &str, &str); 0] = [];

/// The recording as a call of `provider`.
fn at(provider: &str, recording: &Recording) -> Recording {
    let mut recording = recording.clone();
    recording.provider = provider.to_owned();
    let name = "gen_ai.provider.name".to_owned();
    match provider {
        "" => recording.expected.remove(&name),
        provider => recording.expected.insert(name, provider.into()),
    };
    // Keys of OpenAI's own API are for OpenAI and Azure.
    recording
        .expected
        .retain(|key, _| !key.starts_with("openai."));
    recording
}

fn check(form: Form, content: bool) {
    let Some(recordings) = all() else { return };
    let scope = Scope {
        headers: false,
        content,
    };
    let (mut wrong, mut ran, mut used) = (Vec::new(), 0, [false; LOST.len()]);
    for (n, recording) in recordings.iter().enumerate() {
        for (p, provider) in PROVIDERS.into_iter().enumerate() {
            // By default each recording has two of the providers, the next one others.
            if !takes_turn(n + p, 4) {
                continue;
            }
            let other = at(provider, recording);
            let Some(mut observed) = replay(&other, form, content) else {
                continue;
            };
            ran += 1;
            observed
                .attributes
                .retain(|key, value| !key.starts_with("openai.") && *value != "");
            for line in compare(&other, &observed, scope) {
                let field = line.split(':').next().unwrap_or_default();
                let lost = (other.endpoint.as_str(), provider, field);
                match LOST.iter().position(|known| *known == lost) {
                    Some(known) => used[known] = true,
                    None => wrong.push(format!("{} at {provider:?}: {line}", other.id)),
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} lost of {ran}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let least = if is_thorough() { 5000 } else { 1250 };
    assert!(ran > least, "only {ran} ran");
    if content {
        assert!(
            used.iter().all(|used| *used),
            "not lost any more: {LOST:?}, {used:?}"
        );
    }
}

#[test]
fn values_with_content() {
    check(Form::Values, true);
}

#[test]
fn bytes_without_content() {
    check(Form::Bytes(3), false);
}
