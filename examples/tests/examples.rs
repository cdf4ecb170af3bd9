//! The smaller examples, run as a user runs them without a key: what they print.

use std::collections::BTreeSet;
use std::process::Output;
use std::sync::{Arc, Mutex};

use genai_examples::offline;
use genai_tests::server::{Reply, Server};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

/// Runs a program as a user without settings does.
fn run(program: &str, arguments: &[&str], endpoint: Option<&str>) -> Output {
    let mut command = offline(program);
    command.args(arguments);
    command.envs(endpoint.map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url)));
    command.output().expect("the example runs")
}

fn assert_prints(program: &str, wanted: &[&str]) {
    let output = run(program, &[], None);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // What the program itself says, and what the console does.
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let text = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in wanted {
        assert!(text.contains(wanted), "no `{wanted}` in\n{printed}");
    }
}

#[test]
fn raw_reqwest() {
    assert_prints(
        env!("CARGO_BIN_EXE_raw_reqwest"),
        &[
            "15→6 openai · gpt-4o-mini-2024-07-18",
            "15→6 first chunk",
            "✗ 404 · openai",
            "The capital of France is Paris.",
        ],
    );
}

#[test]
fn agent_loop() {
    assert_prints(
        env!("CARGO_BIN_EXE_agent_loop"),
        &[
            "conversation conv-1 invoke_agent weather-agent",
            "├─ execute_tool get_weather",
            "The tool says: Rainy, 57°F in Paris.",
        ],
    );
}

#[test]
fn provider_callbacks() {
    assert_prints(
        env!("CARGO_BIN_EXE_provider_callbacks"),
        &[
            "The capital of France is Paris. (",
            "conversation conv-7",
            "15→6",
            "first chunk",
            "✗ 404 · openai",
            "as expected: HTTP status client error",
        ],
    );
}

#[test]
fn channel_agent() {
    assert_prints(
        env!("CARGO_BIN_EXE_channel_agent"),
        &[
            "invoke_agent reader",
            "chat gpt-4o-mini",
            "15→6",
            "chat gpt-unknown",
            "✗ 404 · openai",
            " bytes",
        ],
    );
}

#[test]
fn context_engine() {
    assert_prints(
        env!("CARGO_BIN_EXE_context_engine"),
        &[
            "invoke_agent contextweaver",
            "contextweaver.budget.exceeded contextweaver.budget.limit=13",
            "contextweaver.firewall.interceptions contextweaver.firewall.reason=prompt_injection 1",
            "contextweaver.items.excluded contextweaver.exclude.reason=budget 1",
            "contextweaver.items.excluded contextweaver.exclude.reason=duplicate 1",
            "histogram count p50 p95 max contextweaver.routing.candidates",
        ],
    );
}

#[test]
fn blocking_cli() {
    assert_prints(
        env!("CARGO_BIN_EXE_blocking_cli"),
        &[
            "The capital of France is Paris.",
            "conversation cli-",
            "15→6 openai · gpt-4o-mini-2024-07-18",
        ],
    );
}

#[test]
fn blocking_cli_fails_and_prints_its_span() {
    let program = env!("CARGO_BIN_EXE_blocking_cli");
    let output = run(program, &["--model", "gpt-unknown", "Say", "hello."], None);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = errors.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "error: HTTP status client error (404",
        "conversation cli-",
        "chat gpt-unknown",
        "✗ 404 · openai",
    ] {
        assert!(text.contains(wanted), "no `{wanted}` in\n{errors}");
    }
}

/// The guard of a collector's export is not dropped by `exit` either.
#[test]
fn blocking_cli_fails_and_exports_its_span() {
    let exported: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let kept = Arc::clone(&exported);
    let collector = Server::start(move |request| {
        if request.path == "/v1/traces" {
            let sent = ExportTraceServiceRequest::decode(request.body.as_slice());
            let sent = sent.expect("protobuf").resource_spans.into_iter();
            let scopes = sent.flat_map(|resource| resource.scope_spans);
            let spans = scopes.flat_map(|scope| scope.spans);
            let names = spans.map(|span| span.name);
            kept.lock().expect("no panic").extend(names);
        }
        Reply {
            status: 200,
            content_type: "application/x-protobuf",
            body: Vec::new(),
        }
    })
    .expect("a free port");
    let program = env!("CARGO_BIN_EXE_blocking_cli");
    let arguments = ["--model", "gpt-unknown"];
    let output = run(program, &arguments, Some(&collector.url()));
    assert_eq!(output.status.code(), Some(2));
    let exported = exported.lock().expect("no panic");
    assert_eq!(*exported, BTreeSet::from(["chat gpt-unknown".to_owned()]));
}
