//! Prices: what calls cost, what is recorded of it, and the errors of a bad table.

use genai::Telemetry;
use genai::pricing::{Prices, Rates, Usage};
use genai::testing::Harness;

const TABLE: &str = r#"{
  "prices": [
    {"provider": "openai", "model": "gpt-4o*", "input": 2.5, "output": 10, "cache_read": 1.25},
    {"provider": "openai", "model": "gpt-4o-mini*", "input": 0.15, "output": 0.6},
    {"provider": "openai", "model": "gpt-4o-mini-2024-07-18", "input": 0.3, "output": 1.2},
    {"provider": "anthropic", "model": "claude-*", "input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75},
    {"provider": "openai", "model": "o3", "input": 2, "output": 8, "reasoning": 80},
    {"provider": "openai", "model": "free", "input": 0, "output": 0},
    {"provider": "*", "model": "text-embedding-3-small", "input": 0.02},
    {"provider": "*", "model": "*", "input": 7, "output": 7}
  ]
}"#;

/// Case, provider, model, counts (input, output, cache read, cache write, reasoning), expected cost.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    [Option<i64>; 5],
    Option<f64>,
);

const HUGE: i64 = i64::MAX;

fn cases() -> Vec<Case> {
    let huge = 9_223_372_036_854_775_807.0;
    vec![
        (
            "plain",
            "openai",
            "gpt-4o",
            [Some(1_000), Some(500), None, None, None],
            Some(0.0025 + 0.005),
        ),
        (
            "longer prefix",
            "openai",
            "gpt-4o-mini",
            [Some(1_000_000), None, None, None, None],
            Some(0.15),
        ),
        (
            "exact before prefix",
            "openai",
            "gpt-4o-mini-2024-07-18",
            [Some(1_000_000), None, None, None, None],
            Some(0.3),
        ),
        (
            "cache read is part of the input",
            "openai",
            "gpt-4o",
            [Some(1_000), Some(0), Some(400), None, None],
            Some(600.0 * 2.5e-6 + 400.0 * 1.25e-6),
        ),
        (
            "cache write at its own rate",
            "anthropic",
            "claude-sonnet-4",
            [Some(1_000), Some(10), Some(300), Some(200), None],
            Some(500.0 * 3e-6 + 300.0 * 0.3e-6 + 200.0 * 3.75e-6 + 10.0 * 15e-6),
        ),
        (
            "cache write without a rate is input",
            "openai",
            "gpt-4o",
            [Some(1_000), None, None, Some(400), None],
            Some(1_000.0 * 2.5e-6),
        ),
        (
            "reasoning is part of the output",
            "openai",
            "o3",
            [Some(100), Some(1_000), None, None, Some(900)],
            Some(100.0 * 2e-6 + 100.0 * 8e-6 + 900.0 * 80e-6),
        ),
        (
            "reasoning without a rate is output",
            "openai",
            "gpt-4o",
            [None, Some(1_000), None, None, Some(900)],
            Some(1_000.0 * 10e-6),
        ),
        (
            "more cached than sent",
            "openai",
            "gpt-4o",
            [Some(10), None, Some(20), None, None],
            Some(20.0 * 1.25e-6),
        ),
        (
            "zero tokens",
            "openai",
            "gpt-4o",
            [Some(0), Some(0), None, None, None],
            Some(0.0),
        ),
        (
            "zero price",
            "openai",
            "free",
            [Some(HUGE), Some(HUGE), None, None, None],
            Some(0.0),
        ),
        (
            "largest counts",
            "openai",
            "gpt-4o",
            [Some(HUGE), Some(HUGE), None, None, None],
            Some(huge * 2.5e-6 + huge * 10e-6),
        ),
        (
            "largest parts",
            "anthropic",
            "claude-x",
            [Some(HUGE), Some(HUGE), Some(HUGE), Some(HUGE), Some(HUGE)],
            Some(huge * 0.3e-6 + huge * 3.75e-6 + huge * 15e-6),
        ),
        (
            "negative is none",
            "openai",
            "gpt-4o",
            [Some(-5), Some(1_000), Some(-1), None, Some(i64::MIN)],
            Some(0.01),
        ),
        ("no count", "openai", "gpt-4o", [None; 5], None),
        (
            "every provider",
            "azure.ai.openai",
            "text-embedding-3-small",
            [Some(1_000_000), None, None, None, None],
            Some(0.02),
        ),
        (
            "output of a model without a price of it",
            "x",
            "text-embedding-3-small",
            [Some(1), Some(1), None, None, None],
            None,
        ),
        (
            "any model at all",
            "acme",
            "zephyr",
            [Some(1_000_000), Some(1_000_000), None, None, None],
            Some(14.0),
        ),
    ]
}

fn usage([input, output, cache_read, cache_write, reasoning]: [Option<i64>; 5]) -> Usage {
    Usage::new()
        .input(input)
        .output(output)
        .cache_read(cache_read)
        .cache_write(cache_write)
        .reasoning(reasoning)
}

fn is_close(got: f64, expected: f64) -> bool {
    (got - expected).abs() <= expected.abs() * 1e-12
}

#[test]
fn costs_are_right() {
    let prices = Prices::from_json(TABLE).expect("the table is right");
    for (name, provider, model, counts, expected) in cases() {
        let got = prices.cost(provider, model, &usage(counts));
        let is_right = match (got, expected) {
            (Some(got), Some(expected)) => is_close(got, expected),
            (got, expected) => got == expected,
        };
        assert!(is_right, "{name}: {got:?} is not {expected:?}");
    }
}

fn telemetry(prices: Prices) -> (Harness, Telemetry) {
    let harness = Harness::new();
    let telemetry = Telemetry::builder()
        .tracer_provider(harness.tracer_provider().clone())
        .meter_provider(harness.meter_provider().clone())
        .pricing(prices)
        .build();
    (harness, telemetry)
}

fn small() -> Prices {
    Prices::builder()
        .model(
            "openai",
            "gpt-4o*",
            Rates::new(2.5, 10.0).cache_read(1.25).reasoning(20.0),
        )
        .build()
        .expect("right")
}

#[test]
fn a_call_records_what_it_cost() {
    let (harness, telemetry) = telemetry(small());
    let mut chat = telemetry
        .chat("openai")
        .model("gpt-4o")
        .metric_attribute("tenant.id", "acme")
        .start();
    chat.model("gpt-4o-2024-08-06")
        .input_tokens(1_000)
        .output_tokens(100)
        .cache_read_input_tokens(400)
        .reasoning_output_tokens(60);
    chat.finish();
    let metric = harness
        .metrics()
        .into_iter()
        .find(|m| m.name == "ai.cost.usd")
        .expect("recorded");
    assert_eq!(metric.unit, "{USD}");
    let point = harness.point(
        "ai.cost.usd",
        &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.model", "gpt-4o"),
            ("gen_ai.response.model", "gpt-4o-2024-08-06"),
            ("tenant.id", "acme"),
        ],
    );
    assert_eq!(point.attributes.0.len(), 5, "{:?}", point.attributes);
    let expected = 600.0 * 2.5e-6 + 400.0 * 1.25e-6 + 40.0 * 10e-6 + 60.0 * 20e-6;
    assert!(
        is_close(point.sum, expected),
        "{} is not {expected}",
        point.sum
    );
    assert_eq!(harness.span("chat gpt-4o").get("gen_ai.usage.cost"), None);
    assert!(harness.points("genai.pricing.unknown").is_empty());
}

#[test]
fn a_failed_call_costs_too() {
    let (harness, telemetry) = telemetry(small().span_attribute(true));
    let mut chat = telemetry.chat("openai").model("gpt-4o").start();
    chat.input_tokens(1_000_000);
    chat.fail(genai::Failure::new("timeout", "late"));
    let point = harness.point("ai.cost.usd", &[("error.type", "timeout")]);
    assert_eq!(point.sum, 2.5);
    assert_eq!(
        harness.span("chat gpt-4o").double("gen_ai.usage.cost"),
        Some(2.5)
    );
}

#[test]
fn an_unknown_model_is_counted_and_not_guessed() {
    let (harness, telemetry) = telemetry(small().span_attribute(true));
    let mut chat = telemetry.chat("openai").model("o3").start();
    chat.input_tokens(7);
    chat.finish();
    let mut chat = telemetry.chat("openai").start();
    chat.output_tokens(7);
    chat.finish();
    // Nothing is known of what it used, so there is nothing to price.
    telemetry.chat("openai").model("o3").start().finish();
    assert_eq!(
        harness
            .point("genai.pricing.unknown", &[("gen_ai.request.model", "o3")])
            .sum,
        1.0
    );
    assert_eq!(
        harness
            .points("genai.pricing.unknown")
            .iter()
            .map(|p| p.sum)
            .sum::<f64>(),
        2.0
    );
    assert!(harness.points("ai.cost.usd").is_empty());
    assert_eq!(harness.span("chat").get("gen_ai.usage.cost"), None);
}

#[test]
fn agents_are_not_priced() {
    let (harness, telemetry) = telemetry(small());
    let mut agent = telemetry.agent("openai").model("gpt-4o").start();
    agent.input_tokens(1_000);
    agent.finish();
    assert!(harness.points("ai.cost.usd").is_empty());
    assert!(harness.points("genai.pricing.unknown").is_empty());
}

#[test]
fn the_metric_has_the_name_it_is_given() {
    let (harness, telemetry) = telemetry(small().metric("acme.llm.cost").expect("a name"));
    let mut embeddings = telemetry.embeddings("openai").model("gpt-4o").start();
    embeddings.input_tokens(1_000_000);
    embeddings.finish();
    assert_eq!(
        harness
            .point("acme.llm.cost", &[("gen_ai.operation.name", "embeddings")])
            .sum,
        2.5
    );
    assert!(harness.points("ai.cost.usd").is_empty());
    for bad in [
        "",
        "1st",
        "a b",
        "gen_ai.client.token.usage",
        &"a".repeat(256),
    ] {
        let error = small().metric(bad).expect_err(bad);
        assert_eq!(error.field(), Some("metric"));
    }
}

/// Text, line, field, a part of the reason.
const MISTAKES: [(&str, usize, &str, &str); 17] = [
    (
        "{\n \"prices\": [\n  {\"provider\": \"a\", \"model\": \"b\", \"input\": \"2\"}]}",
        3,
        "prices[0].input",
        "invalid type: string",
    ),
    (
        "{\n \"prices\": [\n  {\"provider\": \"a\", \"model\": \"b\", \"input\": 1},\n  {\"provider\": \"a\",\n   \"model\": \"c\", \"input\": -1\n}]}",
        5,
        "prices[1].input",
        "-1",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\", \"model\": \"b\", \"input\": 1e99}]}",
        1,
        "prices[0].input",
        "1e99",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\", \"model\": \"b\", \"input\": null}]}",
        1,
        "prices[0].input",
        "null",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\",\n\"model\": \"b\",\n\"imput\": 1\n}\n]}",
        3,
        "prices[0].imput",
        "unknown field",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\", \"model\": \"b\"}]}",
        1,
        "prices[0].input",
        "missing",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\", \"input\": 1}]}",
        1,
        "prices[0].model",
        "missing",
    ),
    (
        "{\"prices\": [{\"model\": \"a\", \"input\": 1}]}",
        1,
        "prices[0].provider",
        "missing",
    ),
    (
        "{\"prices\": [{\"provider\": \"\", \"model\": \"b\", \"input\": 1}]}",
        1,
        "prices[0].provider",
        "name",
    ),
    (
        "{\"prices\": [{\"provider\": \"a*\", \"model\": \"b\", \"input\": 1}]}",
        1,
        "prices[0].provider",
        "name",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\",\n\"model\": \"b*c\",\n \"input\": 1}]}",
        2,
        "prices[0].model",
        "`*`",
    ),
    (
        "{\"prices\": [{\"provider\": 5, \"model\": \"b\", \"input\": 1}]}",
        1,
        "prices[0].provider",
        "invalid type: integer",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\", \"model\": \"b\", \"input\": 1},\n{\"provider\": \"a\", \"model\": \"b\", \"input\": 2}]}",
        2,
        "prices[1].model",
        "already",
    ),
    (
        "{\"prices\": [{\"provider\": \"a\", \"provider\": \"a\", \"model\": \"b\", \"input\": 1}]}",
        1,
        "prices[0].provider",
        "twice",
    ),
    ("{\"prices\": [5]}", 1, "prices[0]", "an object"),
    ("{\n\"price\": []}", 2, "price", "unknown field"),
    ("{}", 1, "prices", "missing"),
];

#[test]
fn a_bad_file_gives_one_error_with_line_and_field() {
    for (text, line, field, reason) in MISTAKES {
        let error = Prices::from_json(text).expect_err(text);
        assert_eq!(error.line(), Some(line), "{text}: {error}");
        assert_eq!(error.field(), Some(field), "{text}: {error}");
        assert!(error.reason().contains(reason), "{text}: {error}");
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("line {line}, ")) && shown.contains(field),
            "{shown}"
        );
        assert_eq!(shown.matches("line").count(), 1, "{shown}");
    }
    for broken in [
        "",
        "[]",
        "{\"prices\": [",
        "{\"prices\": []} x",
        "\u{0}",
        "{\"prices\": {}}",
    ] {
        let error = Prices::from_json(broken).expect_err(broken);
        assert!(error.line().is_some(), "{broken}: {error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Prices::from_file("/no/such/prices.json").expect_err("missing");
    assert!(
        error.to_string().contains("/no/such/prices.json"),
        "{error}"
    );
}

#[test]
fn code_is_checked_as_files_are() {
    for rates in [
        Rates::new(-1.0, 0.0),
        Rates::new(0.0, f64::NAN),
        Rates::new(0.0, 0.0).cache_read(f64::INFINITY),
    ] {
        let error = Prices::builder()
            .model("openai", "x", rates)
            .build()
            .expect_err("refused");
        assert!(error.to_string().contains("\"x\""), "{error}");
    }
    let twice = Prices::builder()
        .model("openai", "x*", Rates::new(1.0, 1.0))
        .model("openai", "x*", Rates::new(1.0, 1.0));
    assert!(twice.build().is_err());
}
