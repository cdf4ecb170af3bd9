//! How fast the rules of redaction are, in megabytes a second: `cargo bench -p genai-services-tests --bench redact`.

use std::hint::black_box;
use std::time::Instant;

use genai::redact::{Rule, Rules};
use genai_services_tests::corpus;

fn rate(rules: &Rules, texts: &[String]) -> f64 {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = f64::MAX;
    for _ in 0..9 {
        let from = Instant::now();
        for text in texts {
            black_box(rules.text(black_box(text)));
        }
        best = best.min(from.elapsed().as_secs_f64());
    }
    bytes as f64 / best / 1e6
}

fn main() {
    let corpus: Vec<String> = corpus::texts(2_000, 0x5eed)
        .into_iter()
        .map(|t| t.text)
        .collect();
    let one = vec![corpus.concat()];
    let prose = vec![
        "The quick brown fox jumps over the lazy dog, and nobody minds it at all. ".repeat(14_000),
    ];
    let standard = Rules::standard();
    println!(
        "{:>8.0} MB/s  all rules, 2,000 texts of the corpus, {} bytes",
        rate(&standard, &corpus),
        one[0].len()
    );
    println!(
        "{:>8.0} MB/s  all rules, the corpus as one text",
        rate(&standard, &one)
    );
    println!(
        "{:>8.0} MB/s  all rules, prose without anything to find",
        rate(&standard, &prose)
    );
    for rule in [
        Rule::Email,
        Rule::Phone,
        Rule::Card,
        Rule::Iban,
        Rule::ApiKey,
        Rule::Jwt,
        Rule::PrivateKey,
        Rule::Bearer,
    ] {
        let rules = Rules::new().with(rule);
        println!(
            "{:>8.0} MB/s  {} alone, the corpus; {:.0} prose",
            rate(&rules, &one),
            rule.tag(),
            rate(&rules, &prose)
        );
    }
    let own = Rules::new()
        .pattern("employee", r"\bE-[0-9]{6}\b")
        .expect("a pattern");
    println!(
        "{:>8.0} MB/s  a pattern of one's own, the corpus",
        rate(&own, &one)
    );
    for (part, text) in corpus::hostile(1_000_000) {
        println!(
            "{:>8.0} MB/s  {part:?} over and over",
            rate(&standard, &[text])
        );
    }
}
