//! Every metric and attribute that the dashboards' queries use is one that is emitted: operations are run, and what came out is
//! compared with the names in the queries.

use std::collections::BTreeSet;

use genai::pricing::{Prices, Rates};
use genai::testing::Harness;
use genai::{Accumulator, Chunk, ContextInMetrics, Failure, GenAiContext, Telemetry};

/// Names as they are emitted.
struct Emitted {
    metrics: BTreeSet<String>,
    /// Names as Prometheus has them.
    series: BTreeSet<String>,
    labels: BTreeSet<String>,
    attributes: BTreeSet<String>,
}

struct Piece;

impl Chunk for Piece {
    fn record_chunk(&self, _: &mut Accumulator) {}
}

fn run(telemetry: &Telemetry) {
    let _context = GenAiContext::new()
        .conversation_id("c")
        .property("tenant.id", "acme")
        .property("user.id", "alice")
        .attach();
    let mut chat = telemetry.chat("openai").model("gpt-5").start();
    chat.model("gpt-5-1").input_tokens(3).output_tokens(4);
    chat.finish();
    let mut chat = telemetry.chat("openai").model("other").start();
    chat.input_tokens(3);
    chat.finish();
    telemetry
        .chat("openai")
        .model("gpt-5")
        .start()
        .fail(Failure::new("timeout", "late"));
    let call = telemetry.mcp_client("tools/call").tool("get_weather");
    call.start().rpc_error(-32602, "no such city");
    let served = telemetry.mcp_server("tools/call").tool("get_weather");
    served.start().tool_error();
    let chat = telemetry.chat("openai").model("gpt-5").stream().start();
    let chunks = [Piece, Piece, Piece].map(Ok::<_, std::fmt::Error>);
    let stream = genai::observe_stream(chat, futures::stream::iter(chunks));
    assert_eq!(futures::executor::block_on_stream(stream).count(), 3);
}

fn emitted() -> Emitted {
    let prices = Prices::builder()
        .model("openai", "gpt-5*", Rates::new(1.0, 2.0))
        .build()
        .expect("right");
    let harness = Harness::with(|t| {
        t.pricing(prices)
            .context_in_metrics(ContextInMetrics::keys(["tenant.id"]))
    });
    run(harness.telemetry());
    let mut names = Emitted {
        metrics: BTreeSet::new(),
        series: BTreeSet::new(),
        labels: BTreeSet::new(),
        attributes: BTreeSet::new(),
    };
    for metric in harness.metrics() {
        let unit = match metric.unit.as_str() {
            "s" => "_seconds",
            // An annotation leaves no trace in the name.
            unit if unit.starts_with('{') => "",
            unit => panic!("{}: no rule for the unit {unit}", metric.name),
        };
        let base = format!("{}{unit}", underscores(&metric.name));
        let is_histogram = metric.points.iter().any(|p| !p.bounds.is_empty());
        let suffixes: &[&str] = if is_histogram {
            &["_bucket", "_sum", "_count"]
        } else {
            &["_total"]
        };
        names
            .series
            .extend(suffixes.iter().map(|suffix| format!("{base}{suffix}")));
        for point in &metric.points {
            names.attributes.extend(point.attributes.0.keys().cloned());
            names
                .labels
                .extend(point.attributes.0.keys().map(|key| underscores(key)));
        }
        names.metrics.insert(metric.name);
    }
    for span in harness.spans() {
        names.attributes.extend(span.attributes.0.into_keys());
    }
    names
}

/// A selector of a query: a series, and which of its points.
struct Selector {
    series: String,
    matchers: Vec<(String, String, String)>,
}

impl Selector {
    /// Those of a query of Prometheus'.
    fn all(query: &str) -> Vec<Self> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut found = Vec::new();
        for (at, _) in query.match_indices("gen_ai_client_") {
            let rest = &query[at..];
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (series, rest) = rest.split_at(end);
            let matchers = rest.strip_prefix('{').and_then(|r| r.split_once('}'));
            let matchers = matchers.map_or("", |(matchers, _)| matchers).split("\",");
            let matchers = matchers.filter(|m| !m.is_empty()).map(|matcher| {
                let operator = matcher.find(|c| !is_word(c)).expect("an operator");
                let (label, rest) = matcher.split_at(operator);
                let (operator, value) = rest.split_once('"').expect("a value in quotes");
                let value = value.trim_end_matches('"');
                (label.to_owned(), operator.to_owned(), value.to_owned())
            });
            found.push(Self {
                series: series.to_owned(),
                matchers: matchers.collect(),
            });
        }
        found
    }

    /// Whether it takes a point with these labels.
    fn takes(&self, point: &genai::testing::Point) -> bool {
        self.matchers.iter().all(|(label, operator, value)| {
            let attributes = point.attributes.0.iter();
            let label = attributes
                .filter(|(key, _)| underscores(key) == *label)
                .map(|(_, value)| value.to_string())
                .next()
                .unwrap_or_default();
            // Regular expressions here are words with `|`, or the variable that stands for all.
            let matches = value == "$provider" || value.split('|').any(|word| word == label);
            match operator.as_str() {
                "=" | "=~" => matches,
                "!=" | "!~" => !matches,
                other => panic!("no rule for {other}"),
            }
        })
    }
}

/// An agent that repeats the token counts of its chats, one of which failed and failed it, inside a workflow, beside a tool.
fn nested(telemetry: &Telemetry) {
    let failed = || Failure::new("timeout", "late");
    let mut workflow = telemetry.workflow().name("w").start();
    let inside_workflow = workflow.attach();
    let mut agent = telemetry.agent("openai").name("a").model("gpt-5").start();
    let inside_agent = agent.attach();
    let mut chat = telemetry.chat("openai").model("gpt-5").start();
    chat.input_tokens(3).output_tokens(4);
    chat.finish();
    telemetry.tool("t").start().fail(failed());
    telemetry
        .chat("openai")
        .model("gpt-5")
        .start()
        .fail(failed());
    // Given up, not failed.
    telemetry.chat("openai").model("gpt-5").start().cancel();
    drop(inside_agent);
    agent.input_tokens(3).output_tokens(4);
    agent.fail(failed());
    drop(inside_workflow);
    workflow.fail(failed());
}

/// What is summed over operations counts each model call once.
#[test]
fn sums_do_not_count_a_call_again_as_its_agents() {
    let harness = Harness::new();
    nested(harness.telemetry());
    let sum = |metric: &str, selector: &Selector| -> (u64, f64) {
        let points = harness.points(metric);
        let taken: Vec<_> = points.iter().filter(|p| selector.takes(p)).collect();
        (
            taken.iter().map(|p| p.count).sum(),
            taken.iter().map(|p| p.sum).sum(),
        )
    };
    let everything = Selector {
        series: String::new(),
        matchers: Vec::new(),
    };
    // There is something to count twice.
    assert_eq!(sum("gen_ai.client.operation.duration", &everything).0, 5);
    assert_eq!(sum("gen_ai.client.token.usage", &everything).1, 14.0);
    let mut queries: Vec<String> = file("prometheus.promql")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(ToOwned::to_owned)
        .collect();
    let dashboard: serde_json::Value = serde_json::from_str(&file("grafana.json")).expect("JSON");
    let targets = dashboard["panels"].as_array().expect("panels").iter();
    let targets = targets.flat_map(|panel| panel["targets"].as_array().expect("targets"));
    queries.extend(targets.map(|t| t["expr"].as_str().expect("a query").to_owned()));
    let (mut tokens, mut shares) = (0, 0);
    for query in &queries {
        // By operation they are apart.
        if query.contains("gen_ai_operation_name=\"")
            || query.contains("gen_ai_operation_name, error_type")
        {
            continue;
        }
        for selector in Selector::all(query) {
            match selector.series.as_str() {
                "gen_ai_client_token_usage_sum" => {
                    assert_eq!(
                        sum("gen_ai.client.token.usage", &selector).1,
                        7.0,
                        "{query}"
                    );
                    tokens += 1;
                }
                "gen_ai_client_operation_duration_seconds_count" => {
                    let failed = selector.matchers.iter().any(|m| m.0 == "error_type");
                    let expected = if failed { 1 } else { 3 };
                    let counted = sum("gen_ai.client.operation.duration", &selector).0;
                    assert_eq!(counted, expected, "{query}");
                    shares += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!((tokens, shares), (2, 5));
}

fn underscores(name: &str) -> String {
    name.replace(['.', '/', '-'], "_")
}

fn file(name: &str) -> String {
    let path = genai_tests::workspace()
        .join("examples/dashboards")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The words of a query, without what stands in quotes, durations and numbers.
fn words(query: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in query.split('"').enumerate() {
        if at % 2 == 1 {
            continue;
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || c == '.';
        let found = part
            .split(|c: char| !is_word(c))
            .filter(|w| w.starts_with(|c: char| c.is_ascii_lowercase()));
        words.extend(found.map(ToOwned::to_owned));
    }
    words
}

const PROMQL: [&str; 10] = [
    "sum",
    "by",
    "increase",
    "rate",
    "histogram_quantile",
    "le",
    "label_values",
    "on",
    "or",
    "vector",
];

/// Checks one query of Prometheus'; it must name a metric.
fn check_promql(query: &str, names: &Emitted) {
    let mut has_metric = false;
    for word in words(query) {
        if names.series.contains(&word) {
            has_metric = true;
        } else {
            assert!(
                names.labels.contains(&word) || PROMQL.contains(&word.as_str()),
                "`{word}` is emitted by nothing: {query}"
            );
        }
    }
    assert!(has_metric, "no metric in: {query}");
}

#[test]
fn prometheus() {
    let names = emitted();
    let text = file("prometheus.promql");
    let queries: Vec<&str> = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect();
    assert!(queries.len() >= 8);
    for query in queries {
        check_promql(query, &names);
    }
}

#[test]
fn grafana() {
    let names = emitted();
    let dashboard: serde_json::Value = serde_json::from_str(&file("grafana.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<i64> = panels.iter().filter_map(|p| p["id"].as_i64()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut queries = Vec::new();
    for panel in panels {
        for target in panel["targets"].as_array().expect("targets") {
            queries.push(target["expr"].as_str().expect("a query").to_owned());
            let legend = target["legendFormat"].as_str().expect("a legend");
            for label in legend
                .split("{{")
                .skip(1)
                .filter_map(|l| l.split("}}").next())
            {
                assert!(names.labels.contains(label), "{legend}");
            }
        }
    }
    for variable in dashboard["templating"]["list"]
        .as_array()
        .expect("variables")
    {
        if variable["type"] == "query" {
            queries.push(variable["query"].as_str().expect("a query").to_owned());
        }
    }
    assert!(queries.len() >= 8);
    for query in queries {
        check_promql(&query, &names);
    }
    let titles: String = panels.iter().filter_map(|p| p["title"].as_str()).collect();
    for subject in [
        "Tokens by model",
        "Cost by tenant",
        "p50 and p99",
        "Errors by type",
        "Share of model calls that fail",
        "Time to the first chunk",
    ] {
        assert!(titles.contains(subject), "{subject}");
    }
}

#[test]
fn kql() {
    let names = emitted();
    let text = file("app_insights.kql");
    let queries = text.lines().filter(|l| !l.trim_start().starts_with("//"));
    let mut checked = 0;
    for line in queries {
        for part in line
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|part| part.contains('.'))
        {
            assert!(
                names.attributes.contains(part) || names.metrics.contains(part),
                "`{part}` is emitted by nothing: {line}"
            );
            checked += 1;
        }
    }
    assert!(checked >= 15, "{checked}");
    // A name that nothing emits is noticed.
    assert!(!names.attributes.contains("gen_ai.system"));
}
