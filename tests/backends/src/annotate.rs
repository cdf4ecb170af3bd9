//! Scores on a call that has ended, through the interfaces of backends that take none over OTLP: a handle goes in, and a request
//! with the ids that it names goes out. docs/evaluations.md has the same.

use genai::SpanRef;
use reqwest::{Client, Error};
use serde_json::json;

/// Writes a score to Phoenix, where it is an annotation of the span.
///
/// # Errors
/// If Phoenix does not take it, which it does once it has the span.
pub async fn annotate_phoenix(http: &Client, address: &str, seen: &SpanRef) -> Result<(), Error> {
    let Some(span) = seen.span_context() else {
        return Ok(());
    };
    let annotation = json!({
        "span_id": span.span_id().to_string(),
        "name": "helpfulness",
        "annotator_kind": "LLM",
        "result": {"score": 0.75, "label": "helpful", "explanation": "It names the weather."},
    });
    let sent = http.post(format!("{address}/v1/span_annotations?sync=true"));
    let sent = sent.json(&json!({"data": [annotation]})).send();
    sent.await?.error_for_status()?;
    Ok(())
}

/// Writes a score to MLflow, where it is an assessment of the trace, with the span it is of.
///
/// # Errors
/// If MLflow does not take it, which it does once it has the trace.
pub async fn annotate_mlflow(http: &Client, address: &str, seen: &SpanRef) -> Result<(), Error> {
    let Some(span) = seen.span_context() else {
        return Ok(());
    };
    let trace = format!("tr-{}", span.trace_id());
    let assessment = json!({
        "trace_id": trace,
        "span_id": span.span_id().to_string(),
        "assessment_name": "helpfulness",
        "source": {"source_type": "LLM_JUDGE", "source_id": "judge-v1"},
        "feedback": {"value": 0.75},
        "rationale": "It names the weather.",
    });
    let sent = http.post(format!(
        "{address}/api/3.0/mlflow/traces/{trace}/assessments"
    ));
    let sent = sent.json(&json!({"assessment": assessment})).send();
    sent.await?.error_for_status()?;
    Ok(())
}
