//! The context engine of the examples against the table of what contextweaver's hook emits, signal by signal.

use std::collections::{BTreeMap, BTreeSet};

use genai::testing::{Harness, Span};
use opentelemetry::trace::SpanKind;
use opentelemetry::{Array, Value};
use serde_json::Value as Json;

#[path = "../../../examples/src/bin/context_engine.rs"]
mod context_engine;

use context_engine::{Hook, run, settings};

/// What we add to every operation that has a provider.
const PROVIDER: &str = "gen_ai.provider.name";
/// What we record of every operation of the conventions.
const DURATION: &str = "gen_ai.client.operation.duration";

fn table() -> Json {
    serde_json::from_str(include_str!("../../data/contextweaver.json")).expect("the table is JSON")
}

fn watch(experimental: bool) -> (Harness, String) {
    let harness = Harness::install_with(settings);
    let prompt = run(Hook::new(experimental).expect("instruments"));
    (harness, prompt)
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::I64(_) => "int",
        Value::F64(_) => "double",
        Value::String(_) => "string",
        Value::Array(Array::String(_)) => "string[]",
        _ => "other",
    }
}

fn types(of: &Json) -> BTreeMap<String, String> {
    of.as_object()
        .into_iter()
        .flatten()
        .map(|(key, ty)| (key.clone(), ty.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn check_span(span: &Span, table: &Json, experimental: bool) {
    let expected = &table["spans"][&span.name];
    assert!(
        expected.is_object(),
        "{} is no span of contextweaver's",
        span.name
    );
    let mut keys = types(&expected["always"]);
    if span
        .int("contextweaver.routing.candidate_count")
        .is_some_and(|n| n > 0)
    {
        keys.extend(types(&expected["with_candidates"]));
    }
    if experimental {
        keys.extend(types(&expected["experimental"]));
    }
    let mut found: BTreeMap<String, String> = span
        .attributes
        .0
        .iter()
        .map(|(key, value)| (key.clone(), type_of(value).to_owned()))
        .collect();
    let has_system = keys.contains_key("gen_ai.system");
    assert_eq!(
        found.remove(PROVIDER).is_some(),
        has_system,
        "{}",
        span.name
    );
    assert_eq!(found, keys, "{}", span.name);
    assert_eq!(span.kind, SpanKind::Internal, "{}", span.name);
    assert!(
        !span.is_error() && span.duplicates.is_empty(),
        "{}",
        span.name
    );
    assert_eq!(span.scope.name(), "contextweaver");
    if has_system {
        assert_eq!(
            span.str("gen_ai.system"),
            table["values"]["gen_ai.system"].as_str()
        );
        assert_eq!(
            span.str(PROVIDER),
            table["values"]["gen_ai.system"].as_str()
        );
        assert_eq!(
            span.str("gen_ai.operation.name"),
            table["values"][&span.name].as_str()
        );
    }
}

#[test]
fn spans_are_those_of_the_table() {
    let table = table();
    for experimental in [false, true] {
        let (harness, _) = watch(experimental);
        let spans = harness.spans();
        for span in &spans {
            check_span(span, &table, experimental);
        }
        let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
        let expected: BTreeSet<&str> = table["spans"]
            .as_object()
            .expect("spans")
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names, expected);
        assert!(harness.events().is_empty());
    }
}

#[test]
fn metrics_are_those_of_the_table() {
    let (harness, _) = watch(false);
    let table = table();
    let metrics = table["metrics"].as_object().expect("metrics");
    let mut names = BTreeSet::new();
    for metric in harness.metrics() {
        if metric.name == DURATION {
            continue;
        }
        let expected = metrics
            .get(&metric.name)
            .unwrap_or_else(|| panic!("{} is no metric of contextweaver's", metric.name));
        let keys: BTreeSet<&str> = expected["attributes"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Json::as_str)
            .collect();
        for point in &metric.points {
            let mut found: BTreeSet<&str> = point.attributes.0.keys().map(String::as_str).collect();
            if metric.name == "gen_ai.client.token.usage" {
                assert!(found.remove(PROVIDER));
            }
            assert_eq!(found, keys, "{}", metric.name);
            assert_eq!(
                point.bounds.is_empty(),
                expected["kind"] == "counter",
                "{}",
                metric.name
            );
        }
        let unit = if metric.name == "gen_ai.client.token.usage" {
            "{token}"
        } else {
            ""
        };
        assert_eq!(metric.unit, unit, "{}", metric.name);
        assert_eq!(metric.scope, "contextweaver");
        names.insert(metric.name);
    }
    assert_eq!(names, metrics.keys().cloned().collect());
}

#[test]
fn the_values_are_what_the_engine_did() {
    let (harness, prompt) = watch(false);
    let agent = harness.span("invoke_agent");
    assert_eq!(agent.int("gen_ai.usage.input_tokens"), Some(13));
    assert_eq!(agent.str("contextweaver.phase"), Some("answer"));
    for (key, count) in [
        ("total", 4),
        ("included", 2),
        ("dropped", 2),
        ("dedup_removed", 1),
    ] {
        assert_eq!(
            agent.int(&format!("contextweaver.candidates.{key}")),
            Some(count),
            "{key}"
        );
    }
    let tools: Vec<Span> = harness
        .spans()
        .into_iter()
        .filter(|s| s.name == "execute_tool")
        .collect();
    assert_eq!(tools[0].str("gen_ai.tool.name"), Some("search"));
    assert_eq!(
        tools[0].strs("contextweaver.routing.candidate_ids"),
        Some(vec!["search", "calendar"])
    );
    assert_eq!(
        tools[1].int("contextweaver.routing.candidate_count"),
        Some(0)
    );
    assert_eq!(
        harness
            .point(
                "gen_ai.client.token.usage",
                &[("gen_ai.token.type", "input")]
            )
            .sum,
        13.0
    );
    assert_eq!(
        harness.point("contextweaver.routing.candidates", &[]).sum,
        2.0
    );
    let reason = [("contextweaver.firewall.reason", "prompt_injection")];
    assert_eq!(
        harness
            .point("contextweaver.firewall.interceptions", &reason)
            .sum,
        1.0
    );
    assert_eq!(
        harness
            .point(
                "contextweaver.items.excluded",
                &[("contextweaver.exclude.reason", "duplicate")]
            )
            .sum,
        1.0
    );
    assert_eq!(
        harness
            .point(
                "contextweaver.items.excluded",
                &[("contextweaver.exclude.reason", "budget")]
            )
            .sum,
        1.0
    );
    let limit = [("contextweaver.budget.limit", "13")];
    assert_eq!(
        harness.point("contextweaver.budget.exceeded", &limit).sum,
        1.0
    );
    assert_eq!(prompt.lines().count(), 2);
}

#[test]
fn nothing_of_the_prompt_is_recorded_unless_asked_for() {
    for experimental in [false, true] {
        let (harness, prompt) = watch(experimental);
        let leaked: Vec<String> = harness
            .spans()
            .iter()
            .flat_map(|span| span.attributes.0.iter())
            .filter(|(_, value)| value.as_str().contains("invoice"))
            .map(|(key, _)| key.clone())
            .collect();
        assert!(prompt.contains("invoice"));
        if experimental {
            assert_eq!(leaked, ["contextweaver.prompt.rendered"]);
            assert_eq!(
                harness
                    .span("invoke_agent")
                    .str("contextweaver.prompt.rendered"),
                Some(prompt.as_str())
            );
        } else {
            assert!(leaked.is_empty(), "{leaked:?}");
        }
    }
}
