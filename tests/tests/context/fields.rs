//! The fields of requests where the program has a propagator of its own: what that does not write is written beside it, and nothing twice.

use genai::context::Baggage;
use genai::testing::Harness;
use genai::{GenAiContext, mcp};
use genai_tests::isolated;
use genai_tests::support::log::Log;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use serde_json::{Map, json};

fn remote() -> Context {
    let (trace, span) = (TraceId::from(1), SpanId::from(2));
    let state = TraceState::NONE;
    let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, state);
    Context::current().with_remote_span_context(span)
}

/// The fields that a request gets in a conversation, with what the program sends on its own.
fn sent(with_span: bool) -> Vec<(String, String)> {
    let own = Context::current_with_baggage([KeyValue::new("theirs", "1")]);
    let _own = own.attach();
    let _span = with_span.then(|| remote().attach());
    let _scope = GenAiContext::new().conversation_id("c-1").attach();
    let headers = genai::services::headers();
    let mut all: Vec<_> = (headers.iter())
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    all.sort();
    all
}

fn installed() -> Harness {
    let send = Baggage::new().send(["gen_ai.conversation.id"]);
    Harness::install_with(|t| t.baggage(send))
}

const PARENT: &str = "00-00000000000000000000000000000001-0000000000000002-01";

#[test]
fn what_a_propagator_does_not_write_is_written_beside_it() {
    isolated(
        "what_a_propagator_does_not_write_is_written_beside_it",
        &[],
        || {
            let _harness = installed();
            let parent = |with_span: bool| with_span.then(|| PARENT.to_owned());
            let check = |with_span, expected: &[&str]| {
                let all = sent(with_span);
                let of = |name: &str| {
                    let found = all.iter().filter(|(key, _)| key == name);
                    found.map(|(_, value)| value.clone()).collect::<Vec<_>>()
                };
                assert_eq!(of("traceparent"), Vec::from_iter(parent(with_span)));
                let members = of("baggage").join(",");
                let mut members: Vec<_> = members.split(',').collect();
                members.sort_unstable();
                assert_eq!(members, expected);
            };
            let ours = ["gen_ai.conversation.id=c-1"];
            let both = ["gen_ai.conversation.id=c-1", "theirs=1"];
            for with_span in [false, true] {
                // None, one of the trace, one of baggage.
                check(with_span, &ours);
            }
            global::set_text_map_propagator(TraceContextPropagator::new());
            for with_span in [false, true] {
                check(with_span, &ours);
            }
            global::set_text_map_propagator(BaggagePropagator::new());
            for with_span in [false, true] {
                check(with_span, &both);
            }
        },
    );
}

#[test]
fn a_span_alone_is_written_and_nothing_of_nothing() {
    let _harness = installed();
    assert!(genai::services::headers().is_empty());
    let _span = remote().attach();
    let headers = genai::services::headers();
    assert_eq!(headers["traceparent"], PARENT);
    assert_eq!(headers.len(), 1);
}

#[test]
fn mcp_is_off_where_it_is_off_whatever_the_program_has() {
    isolated(
        "mcp_is_off_where_it_is_off_whatever_the_program_has",
        &[],
        || {
            global::set_text_map_propagator(TraceContextPropagator::new());
            let meta = json!({"traceparent": PARENT});
            let meta = meta.as_object().expect("an object");
            for (how, is_on) in [
                (mcp::Propagation::Off, false),
                (mcp::Propagation::Global, true),
                (mcp::Propagation::W3c, true),
            ] {
                let harness = Harness::install_with(|t| t.mcp_propagation(how));
                let extracted = mcp::extract(meta);
                assert_eq!(extracted.has_active_span(), is_on, "{how:?}");
                assert!(!mcp::extract(&Map::new()).has_active_span());
                let mut written = Map::new();
                let mut call = mcp::client("ping").start();
                call.inject(&mut written);
                call.finish();
                assert_eq!(written.contains_key("traceparent"), is_on, "{how:?}");
                drop(harness);
            }
        },
    );
}

/// A member that finds no place is not sent, and that is said once.
#[test]
fn what_is_not_sent_is_said_once() {
    isolated("what_is_not_sent_is_said_once", &[], || {
        let _harness = Harness::install_with(|t| {
            t.baggage(Baggage::new().send(["gen_ai.conversation.id", "user.id"]))
        });
        let log = Log::warnings().of_process();
        let others = (0..62).map(|n| KeyValue::new(format!("k{n:02}"), "1"));
        let _others = Context::current_with_baggage(others).attach();
        let context = GenAiContext::new()
            .conversation_id("c")
            .property("user.id", "u");
        // Two places are left.
        let scope = context.clone().attach();
        assert_eq!(Context::current().baggage().len(), 64);
        assert_eq!(log.about("baggage"), 0);
        drop(scope);
        let others = (0..63).map(|n| KeyValue::new(format!("k{n:02}"), "1"));
        let _others = Context::current_with_baggage(others).attach();
        for _ in 0..2 {
            let _scope = context.clone().attach();
            assert_eq!(Context::current().baggage().len(), 64);
        }
        assert_eq!(log.about("64 members"), 1, "{:?}", log.texts());
    });
}
