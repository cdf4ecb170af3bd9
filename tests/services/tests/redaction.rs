//! The rules of redaction on texts that are made up: what they find, what they leave, and how long hostile texts take.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use genai::redact::Rules;
use genai::testing::Harness;
use genai_services_tests::corpus;

#[derive(Default, Debug)]
struct Score {
    planted: usize,
    found: usize,
    tags: usize,
}

#[test]
fn precision_and_recall_on_two_thousand_texts() {
    let rules = Rules::standard();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut missed = Vec::new();
    let texts = corpus::texts(2_000, 0x5eed);
    let mut untouched = 0;
    for text in &texts {
        let out = rules.text(&text.text);
        let mut right: BTreeMap<&str, usize> = BTreeMap::new();
        for (tag, value) in &text.planted {
            let score = scores.entry(tag).or_default();
            score.planted += 1;
            if out.contains(value.as_str()) {
                missed.push(format!("{tag} {value:.60}"));
            } else {
                score.found += 1;
                *right.entry(tag).or_default() += 1;
            }
        }
        for tag in [
            "[email]",
            "[phone]",
            "[card]",
            "[iban]",
            "[api_key]",
            "[jwt]",
            "[private_key]",
            "[bearer]",
        ] {
            let tags = out.matches(tag).count();
            scores.entry(tag).or_default().tags += tags;
            if tags > right.get(tag).copied().unwrap_or_default() {
                missed.push(format!("too many {tag} in {out}"));
            }
        }
        untouched += usize::from(text.planted.is_empty() && out == text.text);
    }
    missed.iter().for_each(|line| println!("{line}"));
    let (mut planted, mut found, mut tags) = (0, 0, 0);
    for (tag, score) in &scores {
        let recall = score.found as f64 / score.planted as f64;
        let precision = score.found.min(score.tags) as f64 / score.tags as f64;
        println!(
            "{tag:14} {:4} planted, recall {recall:.4}, precision {precision:.4}",
            score.planted
        );
        // Numbers and keys that nothing says what they are cannot be known.
        let least = if matches!(*tag, "[phone]" | "[api_key]") {
            0.9
        } else {
            0.995
        };
        assert!(score.planted >= 100, "{tag}: {score:?}");
        assert!(recall >= least, "{tag}: {score:?}");
        assert!(precision >= 0.99, "{tag}: {score:?}");
        planted += score.planted;
        found += score.found;
        tags += score.tags;
    }
    println!(
        "all: recall {:.4}, precision {:.4}, {planted} planted",
        found as f64 / planted as f64,
        found as f64 / tags as f64
    );
    let plain = texts.iter().filter(|text| text.planted.is_empty()).count();
    println!("{untouched} of {plain} texts without anything planted are as they were");
    assert!(untouched as f64 >= 0.99 * plain as f64);
}

#[test]
fn a_text_that_is_redacted_stays_as_it_is_the_second_time() {
    let rules = Rules::standard();
    for text in corpus::texts(500, 7) {
        let once = rules.text(&text.text);
        assert_eq!(rules.text(&once), once);
    }
}

/// What is quadratic takes minutes with a megabyte.
#[test]
fn no_text_takes_more_than_linear_time() {
    let rules = Rules::standard();
    // The fastest of three: the machine may do something else meanwhile.
    let took = |text: &str| {
        let times = (0..3).map(|_| {
            let from = Instant::now();
            std::hint::black_box(rules.text(text));
            from.elapsed()
        });
        times.min().unwrap_or_default()
    };
    // Without optimisation a tenth is enough to see it.
    let size = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    for (part, text) in corpus::hostile(size) {
        let eighth = (0..text.len() / 8)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .expect("a boundary");
        let (eighth, whole) = (took(&text[..eighth]), took(&text));
        assert!(
            whole < eighth * 24 + Duration::from_millis(200),
            "{part:?}: {eighth:?} for an eighth, {whole:?} for all"
        );
        assert!(whole < Duration::from_secs(5), "{part:?}: {whole:?}");
    }
}

#[test]
fn any_cut_of_any_text_is_redacted_without_a_panic() {
    let rules = Rules::standard();
    for text in corpus::texts(60, 99) {
        for (at, _) in text.text.char_indices() {
            rules.text(&text.text[at..]);
            rules.text(&text.text[..at]);
        }
    }
}

const SECRETS: [&str; 4] = [
    "alice@example.com",
    "4111 1111 1111 1111",
    "sk-proj-abcDEF0123456789abcdefGHIJ",
    "+49 30 901820-12",
];

#[genai::chat(
    provider = openai,
    model = "m",
    input = genai::message::user(prompt),
    system = prompt,
    response(|r| output = r),
)]
fn ask(prompt: &str) -> Result<String, std::io::Error> {
    pay(prompt, 4_111_111_111_111_111).map(|()| prompt.to_owned())
}

#[genai::tool(arguments = serde_json::json!({"to": to, "card": card, to: null}))]
fn pay(to: &str, card: u64) -> Result<(), std::io::Error> {
    let _ = card;
    Err(std::io::Error::other(format!("no account of {to}")))
}

#[test]
fn nothing_of_what_rules_find_leaves() {
    let harness = Harness::install_with(|telemetry| {
        telemetry
            .capture(genai::ContentCapture::SpanAndEvent)
            .redactor(Rules::standard().redactor())
    });
    assert!(ask(&SECRETS.join(", ")).is_err());
    let recorded = format!("{:?} {:?}", harness.spans(), harness.events());
    for secret in SECRETS.iter().chain(&["4111111111111111"]) {
        assert!(!recorded.contains(secret), "{secret} in {recorded}");
    }
    for (tag, least) in [
        ("[email]", 5),
        ("[card]", 6),
        ("[api_key]", 5),
        ("[phone]", 5),
    ] {
        assert!(
            recorded.matches(tag).count() >= least,
            "{tag} in {recorded}"
        );
    }
}
