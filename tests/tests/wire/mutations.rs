//! Every recording said in other words: another order of fields, fields nobody knows, nulls, other cuts and framings of a
//! stream. What is recorded must be the same.

use std::collections::BTreeMap;

use genai::Wire;
use genai_tests::recordings::compare::{Scope, compare};
use genai_tests::recordings::mutate::{
    Dice, Shuffled, finer, usage_everywhere, usage_last, with_nulls, with_unknown,
};
use genai_tests::recordings::probe::Probe;
use genai_tests::recordings::replay::{Form, cut, framed, observed, replay};
use genai_tests::recordings::{Observed, Recording, all};
use genai_tests::support::thorough::{is_thorough, rounds, takes_turn};
use serde_json::Value;

/// Runs every recording in other words, with content on and off.
fn check(name: &str, least: usize, run: impl Fn(&Recording, bool) -> Option<Observed>) {
    check_as(name, least, Recording::clone, run);
}

/// Likewise, with something else expected.
fn check_as(
    name: &str,
    least: usize,
    expected: impl Fn(&Recording) -> Recording,
    run: impl Fn(&Recording, bool) -> Option<Observed>,
) {
    let Some(recordings) = all() else { return };
    let (mut differing, mut ran) = (Vec::new(), 0);
    for (n, recording) in recordings.iter().enumerate() {
        let recording = &expected(recording);
        for content in [true, false] {
            // By default every other recording has content.
            if !takes_turn(n + usize::from(content), 2) {
                continue;
            }
            let Some(observed) = run(recording, content) else {
                continue;
            };
            ran += 1;
            let scope = Scope {
                headers: false,
                content,
            };
            let differences = compare(recording, &observed, scope);
            if !differences.is_empty() {
                differing.push(format!(
                    "{}, content {content}\n  {}",
                    recording.id,
                    differences.join("\n  ")
                ));
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{name}: {} of {ran} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    let least = if is_thorough() { least } else { least / 2 };
    assert!(ran >= least, "{name}: only {ran} ran");
}

/// The recording with its request, its body and its chunks changed by `change`.
fn changed(recording: &Recording, change: impl Fn(&mut Value)) -> Recording {
    let mut recording = recording.clone();
    change(&mut recording.request);
    if let (true, Some(body)) = (
        recording.response.status < 400,
        &mut recording.response.body,
    ) {
        change(body);
    }
    for text in recording.response.sse.iter_mut().flatten() {
        if let Ok(mut chunk) = serde_json::from_str::<Value>(text) {
            change(&mut chunk);
            *text = chunk.to_string();
        }
    }
    recording
}

#[test]
fn the_order_of_fields() {
    for seed in 1..=rounds(3) as u64 {
        check("order", 800, |recording, content| {
            if !recording.is_strict_json() {
                return None;
            }
            let request = Shuffled(&recording.request, seed);
            let probe = Probe::new(
                &recording.provider,
                &recording.operation,
                content,
                &Wire::detect(&request),
            );
            let response = &recording.response;
            if response.status >= 400 {
                return replay(recording, Form::Values, content);
            }
            let recorded = match (&response.body, &response.sse) {
                (Some(body), _) => probe.response(&Wire::detect(&Shuffled(body, seed))),
                (None, texts) => {
                    let mut shuffled = recording.clone();
                    shuffled.response.sse = texts.as_ref().map(|texts| {
                        let again = |text: &String| match serde_json::from_str::<Value>(text) {
                            Ok(chunk) => serde_json::to_string(&Shuffled(&chunk, seed)),
                            Err(_) => Ok(text.clone()),
                        };
                        texts
                            .iter()
                            .map(|text| again(text).expect("JSON"))
                            .collect()
                    });
                    let texts = shuffled.response.sse.as_deref().unwrap_or_default();
                    probe.bytes(vec![framed(&shuffled, texts)])
                }
            };
            Some(observed(recording, recorded, None))
        });
    }
}

/// Runs every recording as `change` makes it, as values and as bytes.
fn check_changed(name: &str, change: impl Fn(&Recording) -> Recording) {
    let recordings = all().into_iter().flatten();
    let changed: BTreeMap<&str, Recording> = recordings
        .map(|recording| (recording.id.as_str(), change(recording)))
        .collect();
    for form in [Form::Values, Form::Bytes(5)] {
        check(name, 800, |recording, content| {
            replay(&changed[recording.id.as_str()], form, content)
        });
    }
}

#[test]
fn fields_that_nobody_knows() {
    check_changed("unknown", |recording| changed(recording, with_unknown));
}

#[test]
fn null_for_what_is_not_there() {
    check_changed("null", |recording| {
        changed(recording, |value| with_nulls(&recording.endpoint, value))
    });
}

/// A provider that nobody knows: the formats are recognized by their fields. InvokeModel's plain prompts look like each other, so
/// that they are recognized by Bedrock's name alone.
#[test]
fn behind_a_gateway() {
    const GATEWAY: &str = "a-gateway";
    let renamed = |recording: &Recording| {
        let mut recording = recording.clone();
        recording.provider = GATEWAY.to_owned();
        recording
            .expected
            .insert("gen_ai.provider.name".to_owned(), GATEWAY.into());
        // Keys of OpenAI's own are for OpenAI and Azure.
        recording
            .expected
            .retain(|key, _| !key.starts_with("openai."));
        recording
    };
    let is_known = |recording: &Recording| !recording.endpoint.starts_with("bedrock.invoke");
    check_as("gateway", 700, renamed, |recording, content| {
        is_known(recording)
            .then(|| replay(recording, Form::Values, content))
            .flatten()
    });
}

/// The bytes of a stream with comments, keep-alives, ids, other line ends and a byte-order mark.
fn noisy(recording: &Recording, texts: &[String], seed: u64) -> Option<Vec<u8>> {
    let mut dice = Dice(seed);
    let mut bytes = if dice.roll(2) == 0 {
        b"\xEF\xBB\xBF".to_vec()
    } else {
        Vec::new()
    };
    let names = recording.response.sse_events.as_deref().unwrap_or_default();
    for (at, text) in texts.iter().enumerate() {
        let end = ["\n", "\r\n", "\r"][dice.roll(3)];
        match recording.response.stream_format.as_deref() {
            Some("aws-eventstream") => return None,
            Some("ndjson") => {
                let pretty: Value = serde_json::from_str(text).ok()?;
                let line = match dice.roll(3) {
                    0 => serde_json::to_string_pretty(&pretty).ok()?,
                    _ => text.clone(),
                };
                bytes.extend(format!("{line}\r\n\n  \n").into_bytes());
            }
            _ => {
                bytes.extend(format!(": keep-alive{end}{end}").into_bytes());
                if dice.roll(2) == 0 {
                    bytes.extend(format!("id: {at}{end}retry: 3000{end}").into_bytes());
                }
                if let Some(name) = names.get(at).cloned().flatten() {
                    bytes.extend(format!("event:{name}{end}").into_bytes());
                }
                let pretty = serde_json::from_str::<Value>(text)
                    .ok()
                    .and_then(|value| serde_json::to_string_pretty(&value).ok());
                match pretty.filter(|_| dice.roll(2) == 0) {
                    Some(lines) => {
                        for line in lines.lines() {
                            bytes.extend(format!("data: {line}{end}").into_bytes());
                        }
                    }
                    None => bytes.extend(format!("data:{text}{end}").into_bytes()),
                }
                bytes.extend(format!("{end}:{end}{end}").into_bytes());
            }
        }
    }
    Some(bytes)
}

fn of_bytes(recording: &Recording, content: bool, bytes: &[u8], seed: u64) -> Observed {
    let probe = Probe::new(
        &recording.provider,
        &recording.operation,
        content,
        &recording.request,
    );
    let mut pieces = Vec::new();
    cut(bytes, seed, |piece| pieces.push(piece.to_vec()));
    observed(recording, probe.bytes(pieces), None)
}

#[test]
fn noise_between_events() {
    for seed in 1..=rounds(3) as u64 {
        check("noise", 200, |recording, content| {
            let texts = recording.response.sse.as_deref()?;
            let bytes = noisy(recording, texts, seed)?;
            Some(of_bytes(recording, content, &bytes, seed))
        });
    }
}

/// Gemini without `alt=sse` sends an array.
#[test]
fn one_array_instead_of_events() {
    check("array", 25, |recording, content| {
        let texts = recording.response.sse.as_deref()?;
        if !recording.endpoint.starts_with("gemini.") {
            return None;
        }
        let bytes = format!("[{}\r\n]", texts.join("\n,\r\n"));
        Some(of_bytes(recording, content, bytes.as_bytes(), 1))
    });
}

/// Changes the chunks of chat completions as a whole.
fn chunks(name: &str, change: impl Fn(&[Value]) -> Vec<Value>) {
    check(name, 150, |recording, content| {
        let texts = recording.response.sse.as_deref()?;
        if recording.endpoint != "openai.chat.completions" {
            return None;
        }
        let before: Vec<Value> = texts
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok())
            .collect();
        let probe = Probe::new(
            &recording.provider,
            &recording.operation,
            content,
            &recording.request,
        );
        Some(observed(recording, probe.chunks(change(&before)), None))
    });
}

#[test]
fn usage_in_a_chunk_of_its_own() {
    chunks("usage last", usage_last);
}

#[test]
fn usage_in_every_chunk() {
    chunks("usage everywhere", usage_everywhere);
}

#[test]
fn text_in_smaller_pieces() {
    chunks("finer", finer);
}

/// Whether the deltas of a stream of Responses are all of its text; some were recorded with less.
fn is_whole_in_deltas(texts: &[String]) -> bool {
    let (mut deltas, mut whole) = (String::new(), String::new());
    for event in texts
        .iter()
        .filter_map(|text| serde_json::from_str::<Value>(text).ok())
    {
        match event["type"].as_str() {
            Some("response.output_text.delta") => {
                deltas += event["delta"].as_str().unwrap_or_default()
            }
            Some("response.output_text.done") => {
                whole += event["text"].as_str().unwrap_or_default()
            }
            _ => {}
        }
    }
    deltas == whole
}

/// The last event of a stream of Responses need not repeat the output of the events before it.
#[test]
fn a_last_event_without_its_output() {
    check("empty output", 15, |recording, content| {
        if recording.endpoint != "openai.responses" {
            return None;
        }
        let texts = recording.response.sse.as_ref()?;
        if !is_whole_in_deltas(texts) {
            return None;
        }
        let emptied = changed(recording, |value| {
            if let Some(output) = value.pointer_mut("/response/output") {
                *output = Value::Array(Vec::new());
            }
        });
        replay(&emptied, Form::Values, content)
    });
}

/// Beside every choice another one that says the same at the same time.
#[test]
fn twice_the_choices() {
    /// More than any recording has.
    const FIRST: u64 = 8;
    let twice = |recording: &Recording| {
        let mut recording = recording.clone();
        let double = |list: &mut Value| {
            if let Some(list) = list.as_array_mut() {
                list.extend(list.clone());
            }
        };
        recording
            .expected
            .get_mut("gen_ai.response.finish_reasons")
            .map(double);
        recording.expected_messages.get_mut("output").map(double);
        recording
    };
    check_as("choices", 150, twice, |recording, content| {
        recording.response.sse.as_ref()?;
        if recording.endpoint != "openai.chat.completions" {
            return None;
        }
        let doubled = changed(recording, |chunk| {
            let Some(choices) = chunk.get_mut("choices").and_then(Value::as_array_mut) else {
                return;
            };
            for mut choice in choices.clone() {
                choice["index"] = (choice["index"].as_u64().unwrap_or(0) + FIRST).into();
                choices.push(choice);
            }
        });
        replay(&doubled, Form::Values, content)
    });
}
