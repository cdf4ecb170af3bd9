//! Every entry, every spelling, and values of every type that they take.
use std::sync::Arc;

const NAME: &str = "constant";

struct Verdict {
    score: Option<f32>,
    label: Option<String>,
    why: String,
}

fn verdict() -> Verdict {
    Verdict {
        score: Some(0.5),
        label: None,
        why: "It fits.".to_owned(),
    }
}

#[genai::evaluation(
    name = relevance,
    of = seen,
    llm = "judge-v2",
    identifier = format!("{text}-1"),
    attributes(app.judge = "x", "app-kind" = 7),
    result(|r| score = r.score, label = r.label, explanation = r.why),
    error(|e| type = e.kind().to_string()),
)]
async fn every(seen: &genai::SpanRef, text: String) -> Result<Verdict, std::io::Error> {
    drop(text);
    let _ = seen;
    Ok(verdict())
}

#[genai::evaluation(gen_ai.evaluation.name = NAME, of = seen.as_ref(), human, capture = none, returns = value,
    result(|&flag| gen_ai.evaluation.score.value = flag, gen_ai.evaluation.score.label = if flag { "up" } else { "down" }))]
fn full(seen: Option<genai::SpanRef>, flag: bool) -> bool {
    drop(seen);
    flag
}

#[genai::evaluation(name = name, of = seen, code, result(|(a, b)| score = a == b))]
fn pattern(seen: Arc<genai::SpanRef>, name: &str) -> (u8, u8) {
    let _ = (seen, name);
    (1, 2)
}

#[test]
fn runs() {
    let seen = genai::SpanRef::of_response("r-1");
    assert!(genai_ui_tests::block_on(every(&seen, "e".to_owned())).is_ok());
    assert!(full(Some(seen.clone()), true));
    assert_eq!(pattern(Arc::new(seen), "n"), (1, 2));
}
