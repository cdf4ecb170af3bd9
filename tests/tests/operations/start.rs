//! What a span has when it starts, where samplers and processors see it, and what it refuses.

use std::sync::{Arc, Mutex};

use genai::testing::Harness;
use genai::{GenAiContext, Telemetry};
use genai_tests::isolated;
use genai_tests::support::log::Log;
use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
};

/// What a sampler was asked.
type Seen = Arc<Mutex<Vec<(String, SpanKind, Vec<KeyValue>)>>>;

/// Samples what is not of the model `dull`, and remembers what it saw.
#[derive(Clone, Debug, Default)]
struct Watch(Seen);

impl ShouldSample for Watch {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        self.0
            .lock()
            .unwrap()
            .push((name.to_owned(), kind.clone(), attributes.to_vec()));
        let is_dull = attributes
            .iter()
            .any(|a| a.key.as_str() == "gen_ai.request.model" && a.value.as_str() == "dull");
        SamplingResult {
            decision: if is_dull {
                SamplingDecision::Drop
            } else {
                SamplingDecision::RecordAndSample
            },
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[genai::chat(provider = openai, model = model, temperature = 0.2, conversation_id = "c-1", server.address = "https://user:pw@api.example.com/v1?key=secret",
    properties(tenant = "acme"), attributes(app.tier = tier), response(|r| id = r))]
fn chat(model: &str, tier: &str) -> String {
    "r-1".to_owned()
}

#[genai::tool(name = "t", type = "function", call_id = "x-1")]
fn tool() {}

#[genai::agent(provider = openai, name = "a", remote, server.address = "agents.example.com", response = none)]
fn agent() {}

#[genai::workflow(name = "w")]
fn workflow() {}

#[genai::retrieval(data_source_id = "d", provider = openai, model = "e", top_k = 3)]
fn retrieval() {}

#[genai::embeddings(provider = openai, model = "e", dimension_count = 4, response = none)]
fn embeddings() {}

/// A span's name, its kind, and attributes.
type Expected = (
    &'static str,
    SpanKind,
    &'static [(&'static str, &'static str)],
);

#[test]
fn samplers_see_what_is_known() {
    isolated("samplers_see_what_is_known", &[], || {
        let (watch, exporter) = (Watch::default(), InMemorySpanExporter::default());
        let provider = SdkTracerProvider::builder()
            .with_sampler(watch.clone())
            .with_simple_exporter(exporter.clone())
            .build();
        let harness = Harness::new();
        Telemetry::builder()
            .tracer_provider(provider)
            .meter_provider(harness.meter_provider().clone())
            .install();
        let _context = GenAiContext::new().property("user.id", "alice").attach();
        chat("m", "gold");
        tool();
        agent();
        workflow();
        retrieval();
        embeddings();
        let seen = watch.0.lock().unwrap().clone();
        let expected: [Expected; 6] = [
            (
                "chat m",
                SpanKind::Client,
                &[
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.provider.name", "openai"),
                    ("gen_ai.request.model", "m"),
                    ("gen_ai.request.temperature", "0.2"),
                    ("gen_ai.conversation.id", "c-1"),
                    ("server.address", "api.example.com"),
                    ("server.port", "443"),
                    ("gen_ai.association.properties.tenant", "acme"),
                    ("app.tier", "gold"),
                ],
            ),
            (
                "execute_tool t",
                SpanKind::Internal,
                &[
                    ("gen_ai.operation.name", "execute_tool"),
                    ("gen_ai.tool.name", "t"),
                    ("gen_ai.tool.type", "function"),
                    ("gen_ai.tool.call.id", "x-1"),
                ],
            ),
            (
                "invoke_agent a",
                SpanKind::Client,
                &[
                    ("gen_ai.operation.name", "invoke_agent"),
                    ("gen_ai.provider.name", "openai"),
                    ("gen_ai.agent.name", "a"),
                    ("server.address", "agents.example.com"),
                ],
            ),
            (
                "invoke_workflow w",
                SpanKind::Internal,
                &[
                    ("gen_ai.operation.name", "invoke_workflow"),
                    ("gen_ai.workflow.name", "w"),
                ],
            ),
            (
                "retrieval d",
                SpanKind::Client,
                &[
                    ("gen_ai.operation.name", "retrieval"),
                    ("gen_ai.data_source.id", "d"),
                    ("gen_ai.provider.name", "openai"),
                    ("gen_ai.request.model", "e"),
                ],
            ),
            (
                "embeddings e",
                SpanKind::Client,
                &[
                    ("gen_ai.operation.name", "embeddings"),
                    ("gen_ai.provider.name", "openai"),
                    ("gen_ai.request.model", "e"),
                ],
            ),
        ];
        assert_eq!(seen.len(), expected.len());
        for ((name, kind, attributes), (expected_name, expected_kind, values)) in
            seen.iter().zip(expected)
        {
            assert_eq!((name.as_str(), kind), (expected_name, &expected_kind));
            let with_context = values
                .iter()
                .chain(&[("gen_ai.association.properties.user.id", "alice")]);
            for (key, value) in with_context {
                let found = attributes
                    .iter()
                    .find(|a| a.key.as_str() == *key)
                    .map(|a| a.value.to_string());
                assert_eq!(found.as_deref(), Some(*value), "{name}: {key}");
            }
            let mut keys: Vec<_> = attributes.iter().map(|a| a.key.as_str()).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), attributes.len(), "{name}: a key twice");
        }
        // What the sampler saw is what was exported, and what it dropped was not.
        let exported = exporter.get_finished_spans().unwrap();
        for (span, (name, _, attributes)) in exported.iter().zip(&seen) {
            assert_eq!(&span.name, name);
            assert!(attributes.iter().all(|a| span.attributes.contains(a)));
        }
        assert!(format!("{exported:?}").contains("api.example.com"));
        for secret in ["secret", "user:", "pw@"] {
            assert!(!format!("{exported:?}").contains(secret), "{secret}");
        }
        chat("dull", "gold");
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 6);
        assert_eq!(
            harness
                .points("gen_ai.client.operation.duration")
                .iter()
                .map(|p| p.count)
                .sum::<u64>(),
            6,
            "counted, sampled or not"
        );
    });
}

#[test]
fn addresses_of_servers() {
    let table: [(&str, Option<&str>, Option<i64>); 8] = [
        (
            "https://api.openai.com/v1",
            Some("api.openai.com"),
            Some(443),
        ),
        ("http://localhost:11434", Some("localhost"), Some(11434)),
        ("wss://x.example", Some("x.example"), Some(443)),
        (
            "http://[2001:db8::1]:8080/x",
            Some("2001:db8::1"),
            Some(8080),
        ),
        (
            "https://key:secret@h.example?token=1",
            Some("h.example"),
            Some(443),
        ),
        ("grpc://h.example", Some("h.example"), None),
        ("api.openai.com", Some("api.openai.com"), None),
        ("10.0.0.1", Some("10.0.0.1"), None),
    ];
    for (given, address, port) in table {
        let harness = Harness::new();
        harness
            .telemetry()
            .chat("p")
            .server_address(given)
            .start()
            .finish();
        let span = harness.span("chat");
        assert_eq!(
            (span.str("server.address"), span.int("server.port")),
            (address, port),
            "{given}"
        );
        let point = harness.point("gen_ai.client.operation.duration", &[]);
        assert_eq!(
            (
                point.attributes.str("server.address"),
                point.attributes.int("server.port")
            ),
            (address, port),
            "{given}"
        );
    }
    // A port that was given is the one.
    let harness = Harness::new();
    harness
        .telemetry()
        .chat("p")
        .server_port(8443)
        .server_address("https://h.example:9")
        .start()
        .finish();
    assert_eq!(harness.span("chat").int("server.port"), Some(8443));
}

#[test]
fn a_users_attribute_is_none_of_the_conventions() {
    isolated("a_users_attribute_is_none_of_the_conventions", &[], || {
        let warnings = Log::warnings().of_process();
        let harness = Harness::with(|s| s.emit_events(true));
        for key in [
            "gen_ai.request.model",
            "gen_ai.response.id",
            "server.address",
            "error.type",
            "gen_ai.system",
        ] {
            let mut chat = harness.telemetry().chat("p").attribute(key, "mine").start();
            chat.attribute(key, "mine")
                .metric_attribute(key, "mine")
                .attribute("app.own", "fine")
                .metric_attribute("app.own", "fine");
            chat.finish();
        }
        let spans = harness.spans();
        assert_eq!(spans.len(), 5);
        assert!(
            !format!("{spans:?} {:?} {:?}", harness.events(), harness.metrics()).contains("mine")
        );
        assert!(spans.iter().all(|s| s.str("app.own") == Some("fine")));
        assert_eq!(
            harness
                .point("gen_ai.client.operation.duration", &[("app.own", "fine")])
                .count,
            5
        );
        let said = warnings.texts();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].contains("gen_ai.request.model") && said[0].contains("conventions"),
            "{said:?}"
        );
    });
}

#[test]
fn code_that_is_at_fault_is_named_once() {
    isolated("code_that_is_at_fault_is_named_once", &[], || {
        std::panic::set_hook(Box::new(|_| ()));
        struct Hook;
        impl genai::CompletionHook for Hook {
            fn on_completion(&self, _: &mut genai::hook::Completion<'_>) {
                std::panic::panic_any("secret");
            }
        }
        let warnings = Log::warnings().of_process();
        let harness = Harness::with(|s| {
            let s = s
                .capture(genai::ContentCapture::SpanAndEvent)
                .completion_hook(Hook);
            s.redactor(|_| std::panic::panic_any("secret"))
        });
        for _ in 0..10 {
            let mut chat = harness.telemetry().chat("p").model("m").start();
            chat.input("secret").output("secret").input_tokens(3);
            chat.finish();
        }
        let spans = harness.spans();
        assert_eq!((spans.len(), harness.events().len()), (10, 10));
        assert!(
            spans
                .iter()
                .all(|s| s.int("gen_ai.usage.input_tokens") == Some(3)
                    && s.get("gen_ai.input.messages").is_none())
        );
        let said = warnings.texts();
        let about = |word: &str| said.iter().filter(|line| line.contains(word)).count();
        assert_eq!(
            (about("redactor"), about("hook"), said.len()),
            (1, 1, 2),
            "{said:?}"
        );
        assert_eq!(about("secret"), 0);
    });
}

#[test]
fn a_value_of_another_type_is_refused_with_one_line() {
    isolated(
        "a_value_of_another_type_is_refused_with_one_line",
        &[],
        || {
            let warnings = Log::warnings().of_process();
            let harness = Harness::new();
            for _ in 0..2 {
                let step = harness.telemetry().span("app.step");
                let step = step.attribute("gen_ai.request.seed", "secret");
                step.attribute("gen_ai.request.model", "m").start().finish();
            }
            let spans = harness.spans();
            assert!(
                spans
                    .iter()
                    .all(|s| s.str("gen_ai.request.model") == Some("m"))
            );
            assert!(spans.iter().all(|s| s.get("gen_ai.request.seed").is_none()));
            assert_eq!(
                warnings.about("gen_ai.request.seed"),
                1,
                "{:?}",
                warnings.texts()
            );
            assert_eq!((warnings.texts().len(), warnings.about("secret")), (1, 0));
        },
    );
}
