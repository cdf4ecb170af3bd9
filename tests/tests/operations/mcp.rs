//! Requests of MCP, as hand-written loops record them: names, kinds, parents and links, errors, content, metrics; and the tool that
//! is called through MCP, which is one span in each process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use genai::context::Baggage;
use genai::mcp::{self, Propagation, Transport};
use genai::testing::{Harness, Span};
use genai::{ContentCapture, GenAiContext};
use genai_tests::isolated;
use genai_tests::support::thorough::rounds;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::global::set_text_map_propagator;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use serde_json::{Map, Value, json};

const CLIENT: &str = "mcp.client.operation.duration";
const SERVER: &str = "mcp.server.operation.duration";
const BOUNDS: [f64; 14] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

fn keys(span: &Span) -> Vec<&str> {
    span.attributes.0.keys().map(String::as_str).collect()
}

#[test]
fn a_call_is_a_span_of_each_side_in_one_trace() {
    let h = Harness::with(|t| t);
    let mut meta = Map::new();
    meta.insert("progressToken".to_owned(), json!(3));
    let mut call = h
        .telemetry()
        .mcp_client("tools/call")
        .tool("get_weather")
        .request_id(1)
        .protocol_version("2025-11-25")
        .session_id("s-1")
        .transport(Transport::Http)
        .http_version("1.1")
        .jsonrpc_version("2.0")
        .server_address("https://user:secret@tools.example.com:8443/mcp")
        .start();
    call.inject(&mut meta);
    let mut served = h
        .telemetry()
        .mcp_server("tools/call")
        .meta(&meta)
        .tool("get_weather")
        .request_id("1")
        .protocol_version("2025-11-25")
        .client_address("10.0.0.7")
        .client_port(51234)
        .transport(Transport::Stdio)
        .start();
    served.arguments(&json!({"city": "Paris"})).result(&"rain");
    served.finish();
    call.arguments(&json!({"city": "Paris"})).result(&"rain");
    call.finish();

    assert_eq!(meta["progressToken"], json!(3));
    let spans = h.spans();
    let (server, client) = (&spans[0], &spans[1]);
    assert_eq!(client.name, "tools/call get_weather");
    assert_eq!(server.name, "tools/call get_weather");
    assert_eq!(client.kind, SpanKind::Client);
    assert_eq!(server.kind, SpanKind::Server);
    assert_eq!(server.parent_span_id, Some(client.span_id));
    assert_eq!(server.trace_id, client.trace_id);
    assert!(server.links.is_empty() && client.links.is_empty());
    assert!(client.duplicates.is_empty() && server.duplicates.is_empty());
    let expected = [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "get_weather"),
        ("jsonrpc.request.id", "1"),
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", "2025-11-25"),
        ("mcp.session.id", "s-1"),
        ("network.protocol.name", "http"),
        ("network.protocol.version", "1.1"),
        ("network.transport", "tcp"),
        ("server.address", "tools.example.com"),
        ("server.port", "8443"),
    ];
    assert!(client.attributes.has(&expected), "{client:?}");
    // And no content.
    assert_eq!(keys(client).len(), expected.len(), "{client:?}");
    let expected = [
        ("client.address", "10.0.0.7"),
        ("client.port", "51234"),
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "get_weather"),
        ("jsonrpc.request.id", "1"),
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", "2025-11-25"),
        ("network.transport", "pipe"),
    ];
    assert!(server.attributes.has(&expected), "{server:?}");
    assert_eq!(keys(server).len(), expected.len(), "{server:?}");

    let point = h.point(CLIENT, &[]);
    assert_eq!(point.bounds, BOUNDS);
    let labels = [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "get_weather"),
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", "2025-11-25"),
        ("network.protocol.name", "http"),
        ("network.protocol.version", "1.1"),
        ("network.transport", "tcp"),
        ("server.address", "tools.example.com"),
        ("server.port", "8443"),
    ];
    assert!(point.attributes.has(&labels), "{point:?}");
    assert_eq!(point.attributes.0.len(), labels.len(), "{point:?}");
    let point = h.point(SERVER, &[]);
    assert_eq!(point.bounds, BOUNDS);
    let labels = [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "get_weather"),
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", "2025-11-25"),
        ("network.transport", "pipe"),
    ];
    assert!(point.attributes.has(&labels), "{point:?}");
    assert_eq!(point.attributes.0.len(), labels.len(), "{point:?}");
    assert!(h.points("gen_ai.client.operation.duration").is_empty());
    assert!(h.metrics().iter().all(|m| m.unit == "s"));
}

#[test]
fn other_methods_execute_no_tool() {
    let h = Harness::with(|t| t.capture(ContentCapture::SpanOnly));
    let mut call = h
        .telemetry()
        .mcp_client("prompts/get")
        .prompt("review")
        .start();
    call.arguments(&"not content of a prompt")
        .result(&"nor this");
    call.finish();
    let read = h.telemetry().mcp_server("resources/read");
    read.resource("https://user:secret@example.com/a?token=secret")
        .start()
        .finish();
    h.telemetry().mcp_client("vendor/method").start().finish();
    let spans = h.spans();
    assert_eq!(spans[0].name, "prompts/get review");
    assert_eq!(spans[0].str("gen_ai.prompt.name"), Some("review"));
    assert_eq!(spans[1].name, "resources/read");
    let uri = spans[1].str("mcp.resource.uri").expect("a URI");
    assert!(
        uri.starts_with("https://") && !uri.contains("secret"),
        "{uri}"
    );
    assert_eq!(spans[2].name, "vendor/method");
    for span in &spans {
        assert_eq!(span.str("gen_ai.operation.name"), None);
        assert_eq!(span.str("gen_ai.tool.call.arguments"), None);
        assert_eq!(span.str("gen_ai.tool.call.result"), None);
    }
    let point = h.point(CLIENT, &[("mcp.method.name", "prompts/get")]);
    assert_eq!(point.attributes.str("gen_ai.prompt.name"), Some("review"));
    let point = h.point(SERVER, &[]);
    assert_eq!(point.attributes.str("mcp.resource.uri"), None);

    let h = Harness::with(|t| t.mcp_resource_in_span_names(true));
    let read = h.telemetry().mcp_client("resources/read");
    read.resource("file:///a.txt").start().finish();
    assert_eq!(h.spans()[0].name, "resources/read file:///a.txt");
}

#[test]
fn what_is_current_on_the_server_becomes_a_link_or_else_the_parent() {
    let h = Harness::with(|t| t);
    let tracer = h.tracer_provider().tracer("http");
    let http = tracer.start("POST /mcp");
    let cx = Context::current_with_span(http);
    let ids = |cx: &Context| {
        let span = cx.span().span_context().clone();
        (span.trace_id(), span.span_id())
    };
    let mut meta = Map::new();
    let mut call = h.telemetry().mcp_client("ping").start();
    call.inject(&mut meta);
    {
        let _http = cx.clone().attach();
        h.telemetry()
            .mcp_server("ping")
            .meta(&meta)
            .start()
            .finish();
        // What names no span, or nonsense, does not count.
        for bad in [
            json!({}),
            json!({"traceparent": 5}),
            json!({"traceparent": "x"}),
        ] {
            let bad = bad.as_object().expect("an object").clone();
            h.telemetry().mcp_server("ping").meta(&bad).start().finish();
        }
        h.telemetry().mcp_server("ping").start().finish();
    }
    call.finish();
    let spans = h.spans();
    let client = spans.last().expect("the client's");
    assert_eq!(spans[0].parent_span_id, Some(client.span_id));
    assert_eq!(spans[0].trace_id, client.trace_id);
    assert_eq!(spans[0].links, [ids(&cx)]);
    for span in &spans[1..5] {
        assert_eq!(
            (span.trace_id, span.parent_span_id),
            (ids(&cx).0, Some(ids(&cx).1))
        );
        assert!(span.links.is_empty());
    }
}

#[test]
fn what_is_inside_a_served_call_is_below_it_and_has_its_context() {
    let h = Harness::with(|t| t);
    let _context = genai::GenAiContext::new()
        .conversation_id("c-1")
        .property("user.id", "u-1")
        .attach();
    let mut meta = Map::new();
    let mut call = h.telemetry().mcp_client("tools/call").tool("t").start();
    call.inject(&mut meta);
    call.finish();
    let mut served = h
        .telemetry()
        .mcp_server("tools/call")
        .meta(&meta)
        .tool("t")
        .start();
    {
        let _inside = served.attach();
        h.telemetry().chat("openai").model("m").start().finish();
    }
    served.finish();
    let spans = h.spans();
    assert_eq!(spans[1].name, "chat m");
    assert_eq!(spans[1].parent_span_id, Some(spans[2].span_id));
    for span in spans {
        assert_eq!(span.str("gen_ai.conversation.id"), Some("c-1"));
        assert_eq!(
            span.str("gen_ai.association.properties.user.id"),
            Some("u-1")
        );
    }
}

#[test]
fn every_ending_has_its_class() {
    let h = Harness::with(|t| {
        t.redactor(|content| {
            if let genai::Redact::ErrorText(text) = content {
                **text = text.replace("secret", "***");
            }
        })
    });
    type End<'a> = (&'a str, Option<&'a str>, &'a str);
    let check = |end: &dyn Fn(), (error, code, text): End<'_>| {
        h.clear();
        end();
        let spans = h.spans();
        let span = &spans[0];
        assert_eq!(span.str("error.type"), Some(error));
        assert_eq!(span.str("rpc.response.status_code"), code);
        assert_eq!(span.error_description(), text);
        assert!(span.is_error());
        let metric = if span.kind == SpanKind::Client {
            CLIENT
        } else {
            SERVER
        };
        let labels = [("error.type", error)];
        let point = h.point(metric, &labels);
        assert_eq!(point.attributes.str("rpc.response.status_code"), code);
    };
    for code in [
        -32700, -32600, -32601, -32602, -32002, -32603, -32000, -32020, 17,
    ] {
        let text = code.to_string();
        let end = (text.as_str(), Some(text.as_str()), "no *** here");
        let client = || h.telemetry().mcp_client("tools/list").start();
        check(&|| client().rpc_error(code, "no secret here"), end);
        let server = || h.telemetry().mcp_server("tools/list").start();
        check(&|| server().rpc_error(code, "no secret here"), end);
    }
    let call = || h.telemetry().mcp_client("tools/call").tool("t").start();
    check(&|| call().tool_error(), ("tool_error", None, ""));
    check(&|| drop(call()), ("cancelled", None, "cancelled"));
    let failure = || genai::Failure::new("connection_closed", "gone");
    check(
        &|| call().fail(failure()),
        ("connection_closed", None, "gone"),
    );
}

#[test]
fn messages_of_errors_are_cut_and_can_be_switched_off() {
    let long = "word ".repeat(1 << 20);
    let h = Harness::with(|t| t);
    h.telemetry()
        .mcp_client("ping")
        .start()
        .rpc_error(-32000, &long);
    assert!(h.spans()[0].error_description().len() <= 1024);
    let h = Harness::with(|t| t.error_messages(false));
    h.telemetry()
        .mcp_client("ping")
        .start()
        .rpc_error(-32000, &long);
    assert_eq!(h.spans()[0].error_description(), "");
}

#[test]
fn ids_and_names_of_any_length_are_bounded() {
    let h = Harness::with(|t| t);
    let long = "n".repeat(10_000_000);
    let call = h.telemetry().mcp_client("tools/call").tool(&long);
    call.request_id(&long)
        .protocol_version(&long)
        .start()
        .finish();
    let served = h.telemetry().mcp_server(long.clone()).prompt(&long);
    served
        .resource(&long)
        .request_id(1.5)
        .session_id(&long)
        .start()
        .finish();
    for span in h.spans() {
        assert!(span.name.len() < 3000, "{}", span.name.len());
        for (key, value) in span.attributes.0.iter() {
            assert!(value.as_str().len() <= 1024, "{key}");
        }
    }
    assert_eq!(h.spans()[1].str("jsonrpc.request.id"), Some("1.5"));
}

#[test]
fn names_without_end_are_few_labels() {
    let h = Harness::with(|t| t.limits(genai::Limits::default().label_values(3)));
    for at in 0..50 {
        let served = h
            .telemetry()
            .mcp_server("tools/call")
            .tool(format!("t-{at}"));
        served.start().finish();
        h.telemetry().mcp_server(format!("m-{at}")).start().finish();
    }
    assert!(h.points(SERVER).len() <= 6, "{}", h.points(SERVER).len());
    assert!(h.point(SERVER, &[("gen_ai.tool.name", "_OTHER")]).count > 40);
    assert!(h.point(SERVER, &[("mcp.method.name", "_OTHER")]).count > 40);
}

#[test]
fn sessions_are_measured_and_have_no_span() {
    let h = Harness::install();
    let session = mcp::client_session()
        .transport(Transport::Http)
        .server_address("https://tools.example.com/mcp")
        .protocol_version("2025-11-25");
    drop(session);
    mcp::server_session()
        .transport(Transport::Stdio)
        .fail("connection_closed");
    assert!(h.spans().is_empty());
    let client = h.point("mcp.client.session.duration", &[]);
    let labels = [
        ("mcp.protocol.version", "2025-11-25"),
        ("network.protocol.name", "http"),
        ("network.transport", "tcp"),
        ("server.address", "tools.example.com"),
    ];
    assert!(client.attributes.has(&labels), "{client:?}");
    assert_eq!(client.bounds, BOUNDS);
    let server = h.point("mcp.server.session.duration", &[]);
    let labels = [
        ("error.type", "connection_closed"),
        ("network.transport", "pipe"),
    ];
    assert!(server.attributes.has(&labels), "{server:?}");
    assert_eq!(server.attributes.0.len(), labels.len());
}

fn called(city: &str, meta: &mut Map<String, Value>) -> Result<String, std::io::Error> {
    let mut call = mcp::client("tools/call")
        .tool("get_weather")
        .request_id(9)
        .transport(Transport::Stdio)
        .start();
    call.arguments(&json!({"city": city})).inject(meta);
    if city == "Atlantis" {
        call.tool_error();
        return Ok("no such city".to_owned());
    }
    if city == "Nowhere" {
        call.rpc_error(-32602, "no such city");
        return Err(std::io::Error::other("no such city"));
    }
    call.finish();
    Ok(format!("rain in {city}"))
}

#[genai::tool]
fn get_weather(city: &str, meta: &mut Map<String, Value>) -> Result<String, std::io::Error> {
    called(city, meta)
}

#[genai::tool]
fn other_tool(city: &str, meta: &mut Map<String, Value>) -> Result<String, std::io::Error> {
    called(city, meta)
}

#[genai::agent(provider = openai, name = "a")]
fn agent(meta: &mut Map<String, Value>) -> Result<String, std::io::Error> {
    called("Paris", meta)
}

#[test]
fn a_tool_that_calls_itself_through_mcp_is_one_span_with_both_metrics() {
    let h = Harness::install();
    let mut meta = Map::new();
    get_weather("Paris", &mut meta).expect("an answer");
    let spans = h.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    let span = &spans[0];
    assert_eq!(span.name, "execute_tool get_weather");
    assert_eq!(span.kind, SpanKind::Internal);
    let expected = [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "get_weather"),
        ("mcp.method.name", "tools/call"),
        ("jsonrpc.request.id", "9"),
        ("network.transport", "pipe"),
    ];
    assert!(span.attributes.has(&expected), "{span:?}");
    assert!(span.duplicates.is_empty());
    let id = span.span_id.to_string();
    assert!(meta["traceparent"].as_str().expect("text").contains(&id));
    assert_eq!(
        h.point(CLIENT, &[("gen_ai.tool.name", "get_weather")])
            .count,
        1
    );
    assert_eq!(h.point("gen_ai.client.operation.duration", &[]).count, 1);

    h.clear();
    get_weather("Nowhere", &mut meta).expect_err("an error");
    get_weather("Atlantis", &mut meta).expect("an answer");
    let spans = h.spans();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0].str("rpc.response.status_code"), Some("-32602"));
    assert_eq!(spans[0].str("error.type"), Some("std::io::error::Error"));
    assert_eq!(spans[1].str("error.type"), Some("tool_error"));
    let labels = [
        ("error.type", "-32602"),
        ("rpc.response.status_code", "-32602"),
    ];
    assert_eq!(h.point(CLIENT, &labels).count, 1);
    assert_eq!(h.point(CLIENT, &[("error.type", "tool_error")]).count, 1);
}

#[test]
fn an_error_of_what_is_in_another_span_is_not_shown_to_the_redactor() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let h = Harness::install_with(|t| {
        t.redactor(|content| {
            if matches!(content, genai::Redact::ErrorText(_)) {
                SEEN.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    get_weather("Nowhere", &mut Map::new()).expect_err("an error");
    assert_eq!(h.spans()[0].error_description(), "no such city");
    assert_eq!(h.point(CLIENT, &[("error.type", "-32602")]).count, 1);
    assert_eq!(SEEN.load(Ordering::Relaxed), 1);
}

#[test]
fn only_the_same_tool_directly_around_is_the_same() {
    let h = Harness::install();
    let mut meta = Map::new();
    other_tool("Paris", &mut meta).expect("an answer");
    agent(&mut meta).expect("an answer");
    let names: Vec<_> = h.spans().into_iter().map(|s| s.name).collect();
    let call = "tools/call get_weather";
    assert_eq!(
        names,
        [call, "execute_tool other_tool", call, "invoke_agent a"]
    );
    drop(h);

    let h = Harness::install_with(|t| t.mcp_one_span_per_tool(false));
    get_weather("Paris", &mut meta).expect("an answer");
    assert_eq!(h.spans().len(), 2);
}

#[genai::tool(arguments = city, response(|r| result = r))]
fn weather(city: &str) -> String {
    genai::current().attribute("app.cache", "miss");
    format!("rain in {city}")
}

#[test]
fn a_tool_that_is_served_through_mcp_is_the_server_span() {
    for (has_own, arguments, result) in [
        (true, r#"{"own":1}"#, "own result"),
        (false, "Paris", "rain in Paris"),
    ] {
        let h = Harness::install_with(|t| t.capture(ContentCapture::SpanOnly));
        let mut served = mcp::server("tools/call")
            .tool("weather")
            .request_id(1)
            .start();
        if has_own {
            served.arguments(&json!({"own": 1}));
        }
        let answer = {
            let _inside = served.attach();
            weather("Paris")
        };
        assert_eq!(answer, "rain in Paris");
        if has_own {
            served.result(&"own result");
        }
        served.finish();
        let spans = h.spans();
        assert_eq!(spans.len(), 1, "{spans:?}");
        let span = &spans[0];
        assert_eq!(span.name, "tools/call weather");
        assert_eq!(span.kind, SpanKind::Server);
        assert_eq!(span.str("gen_ai.tool.call.arguments"), Some(arguments));
        assert_eq!(span.str("gen_ai.tool.call.result"), Some(result));
        assert_eq!(span.str("app.cache"), Some("miss"));
        assert!(span.duplicates.is_empty(), "{:?}", span.duplicates);
        assert_eq!(h.point(SERVER, &[]).count, 1);
        assert_eq!(h.point("gen_ai.client.operation.duration", &[]).count, 1);
    }
    // Another tool nests.
    let h = Harness::install();
    let mut served = mcp::server("tools/call").tool("forecast").start();
    {
        let _inside = served.attach();
        weather("Paris");
    }
    served.finish();
    assert_eq!(h.spans()[0].name, "execute_tool weather");
    assert_eq!(h.spans()[0].parent_span_id, Some(h.spans()[1].span_id));
}

#[test]
fn content_is_nowhere_while_it_is_off() {
    let h = Harness::install();
    let canary = "canary-7f3a";
    let mut call = mcp::client("tools/call").tool("t").start();
    call.arguments(&json!({"a": canary})).result(&canary);
    call.finish();
    let mut served = mcp::server("tools/call").tool("weather").start();
    served.arguments(&canary).result(&canary);
    {
        let _inside = served.attach();
        weather(canary);
    }
    served.finish();
    let all = format!("{:?} {:?} {:?}", h.spans(), h.metrics(), h.events());
    assert!(!all.contains(canary), "{all}");
}

#[test]
fn the_trace_goes_as_it_is_asked_to() {
    for (how, is_written) in [
        (Propagation::W3c, true),
        (Propagation::Global, false),
        (Propagation::Off, false),
    ] {
        let h = Harness::install_with(|t| t.mcp_propagation(how));
        let mut meta = Map::new();
        let mut call = mcp::client("ping").start();
        call.inject(&mut meta);
        assert_eq!(meta.contains_key("traceparent"), is_written, "{how:?}");
        {
            let _inside = call.attach();
            let mut meta = Map::new();
            mcp::inject(&mut meta);
            assert_eq!(meta.contains_key("traceparent"), is_written, "{how:?}");
        }
        let parent = mcp::extract(&meta).span().span_context().span_id();
        call.finish();
        assert_eq!(parent == h.spans()[0].span_id, is_written, "{how:?}");
    }
}

#[test]
fn the_fields_of_a_global_propagator_go_along() {
    isolated("the_fields_of_a_global_propagator_go_along", &[], || {
        set_text_map_propagator(TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]));
        let _baggage = Context::current_with_baggage([KeyValue::new("user", "alice")]).attach();
        for how in [Propagation::W3c, Propagation::Global] {
            let h = Harness::install_with(|t| t.mcp_propagation(how));
            let mut meta = Map::new();
            let mut call = mcp::client("ping").start();
            call.inject(&mut meta);
            call.finish();
            // Baggage stays here, and an empty field is none.
            assert_eq!(meta.keys().collect::<Vec<_>>(), ["traceparent"], "{how:?}");
            mcp::server("ping").meta(&meta).start().finish();
            let spans = h.spans();
            assert_eq!(spans[1].parent_span_id, Some(spans[0].span_id), "{how:?}");
            meta.insert("baggage".to_owned(), json!("evil=1"));
            let cx = mcp::extract(&meta);
            assert_eq!(cx.baggage().get("evil"), None);
        }
    });
}

#[test]
fn every_transport_has_its_attributes() {
    for (transport, expected, absent) in [
        (Transport::Stdio, "pipe", None),
        (Transport::Http, "tcp", Some("http")),
        (Transport::Http3, "quic", Some("http")),
        (Transport::WebSocket, "tcp", Some("websocket")),
    ] {
        let h = Harness::install();
        let client = h.telemetry().mcp_client("ping").transport(transport);
        client.start().finish();
        let server = h.telemetry().mcp_server("ping").transport(transport);
        server.start().finish();
        drop(mcp::client_session().transport(transport));
        drop(mcp::server_session().transport(transport));
        for span in h.spans() {
            assert_eq!(span.str("network.transport"), Some(expected));
            assert_eq!(span.str("network.protocol.name"), absent);
        }
        for metric in [
            CLIENT,
            SERVER,
            "mcp.client.session.duration",
            "mcp.server.session.duration",
        ] {
            let point = h.point(metric, &[("network.transport", expected)]);
            assert_eq!(point.attributes.str("network.protocol.name"), absent);
        }
    }
}

#[test]
fn a_version_of_json_rpc_is_recorded_where_it_is_another() {
    for (version, expected) in [("2.0", None), ("1.0", Some("1.0"))] {
        let h = Harness::with(|t| t);
        let client = h.telemetry().mcp_client("ping").jsonrpc_version(version);
        client.start().finish();
        let server = h.telemetry().mcp_server("ping").jsonrpc_version(version);
        server.start().finish();
        for span in h.spans() {
            assert_eq!(span.str("jsonrpc.protocol.version"), expected);
        }
        for metric in [CLIENT, SERVER] {
            let point = h.point(metric, &[("mcp.method.name", "ping")]);
            assert_eq!(point.attributes.str("jsonrpc.protocol.version"), expected);
        }
    }
}

#[test]
fn the_resource_labels_metrics_where_that_is_asked_for() {
    for is_on in [false, true] {
        let h = Harness::with(|t| t.mcp_resource_in_metrics(is_on));
        let uri = "https://user:secret@example.com/a?token=secret";
        let read = h.telemetry().mcp_client("resources/read").resource(uri);
        read.start().finish();
        let read = h.telemetry().mcp_server("resources/read").resource(uri);
        read.start().finish();
        for metric in [CLIENT, SERVER] {
            let point = h.point(metric, &[]);
            let label = point.attributes.str("mcp.resource.uri");
            assert_eq!(label.is_some(), is_on);
            assert!(!label.unwrap_or_default().contains("secret"), "{label:?}");
        }
    }
}

/// Where nothing is recorded, whoever is around goes on to the other side as it is.
#[test]
fn a_trace_that_is_not_recorded_here_goes_on() {
    let test = || {
        for (flags, text) in [(TraceFlags::SAMPLED, "01"), (TraceFlags::NOT_SAMPLED, "00")] {
            let (trace, span) = (TraceId::from(7_u128), SpanId::from(8_u64));
            let around = SpanContext::new(trace, span, flags, true, TraceState::NONE);
            let cx = Context::new().with_remote_span_context(around);
            let _around = cx.attach();
            let mut meta = Map::new();
            let mut call = mcp::client("tools/call").tool("t").start();
            call.inject(&mut meta);
            call.finish();
            let expected = format!("00-{trace}-{span}-{text}");
            assert_eq!(meta["traceparent"], json!(expected));
            let mut by_hand = Map::new();
            mcp::inject(&mut by_hand);
            assert_eq!(by_hand, meta);
        }
        let mut meta = Map::new();
        mcp::client("ping").start().inject(&mut meta);
        assert!(meta.is_empty());
    };
    isolated("a_trace_that_is_not_recorded_here_goes_on", &[], test);
}

/// By the rules that are not released, what the asking side did wrong is no failure of the server's.
#[test]
fn a_refusal_is_no_failure_of_a_server_by_rules_that_are_not_released() {
    let h = Harness::with(|t| t.mcp_unreleased_conventions(true));
    let text = |code: i64| code.to_string();
    for code in [-32700, -32600, -32601, -32602, -32002] {
        h.clear();
        let server = h.telemetry().mcp_server("tools/call").tool("t").start();
        server.rpc_error(code, "said");
        let client = h.telemetry().mcp_client("tools/call").tool("t").start();
        client.rpc_error(code, "said");
        let spans = h.spans();
        let (server, client) = (&spans[0], &spans[1]);
        assert_eq!(server.status, Status::Unset);
        assert_eq!(server.str("error.type"), None);
        assert_eq!(client.status, Status::error("said"));
        assert_eq!(client.str("error.type"), Some(&*text(code)));
        for span in [server, client] {
            assert_eq!(span.str("rpc.response.status_code"), Some(&*text(code)));
        }
        let labels = [("rpc.response.status_code", &*text(code))];
        assert_eq!(h.point(SERVER, &labels).attributes.str("error.type"), None);
        let point = h.point(CLIENT, &labels);
        assert_eq!(point.attributes.str("error.type"), Some(&*text(code)));
    }
    for code in [-32603, -32000, -32020, -32021, -32022, -32099, -32701, 17] {
        h.clear();
        h.telemetry()
            .mcp_server("ping")
            .start()
            .rpc_error(code, "said");
        let span = &h.spans()[0];
        assert_eq!(span.status, Status::error("said"), "{code}");
        assert_eq!(span.str("error.type"), Some(&*text(code)));
    }
}

/// The tool in the server's span has an error of its own, and leaves the span as the answer says.
#[test]
fn a_refusal_of_a_tool_that_is_the_servers_span_is_no_failure_either() {
    for is_unreleased in [false, true] {
        let h = Harness::install_with(|t| t.mcp_unreleased_conventions(is_unreleased));
        let served = mcp::server("tools/call").tool("get_weather").start();
        {
            let mut served = served;
            {
                let _inside = served.attach();
                refuses().expect_err("an error");
            }
            served.rpc_error(-32602, "no such city");
        }
        let span = h.span("tools/call get_weather");
        assert_eq!(span.is_error(), !is_unreleased);
        assert_eq!(span.str("error.type").is_some(), !is_unreleased);
        assert_eq!(span.str("rpc.response.status_code"), Some("-32602"));
        let point = h.point("gen_ai.client.operation.duration", &[]);
        assert!(point.attributes.str("error.type").is_some());
    }
}

#[genai::tool(name = "get_weather")]
fn refuses() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("no such city"))
}

#[test]
fn arguments_of_a_prompt_are_its_variables_by_rules_that_are_not_released() {
    for (is_on, method, count) in [
        (true, "prompts/get", 2),
        (true, "prompts/list", 0),
        (false, "prompts/get", 0),
    ] {
        let h = Harness::with(|t| {
            t.capture(ContentCapture::SpanOnly)
                .mcp_unreleased_conventions(is_on)
        });
        let arguments = json!({"code": "fn main() {}", "line": 7});
        let mut call = h.telemetry().mcp_client(method).prompt("review").start();
        // The first counts.
        call.arguments(&arguments).arguments(&json!({"other": 1}));
        call.finish();
        let mut served = h.telemetry().mcp_server(method).prompt("review").start();
        served.arguments(&arguments);
        served.finish();
        for span in h.spans() {
            let variables: Vec<_> = (span.attributes.0.iter())
                .filter(|(key, _)| key.starts_with("gen_ai.prompt.variable."))
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            assert_eq!(variables.len(), count, "{variables:?}");
            if count > 0 {
                assert_eq!(
                    variables[0],
                    ("gen_ai.prompt.variable.code", "fn main() {}".into())
                );
                assert_eq!(variables[1], ("gen_ai.prompt.variable.line", "7".into()));
            }
        }
    }
}

fn travels() -> Baggage {
    let keys = ["gen_ai.conversation.id", "user.id"];
    Baggage::new().send(keys).accept(keys)
}

#[test]
fn the_conversation_goes_along_where_that_is_asked_for() {
    for is_on in [false, true] {
        let h = Harness::install_with(|t| t.baggage(travels()).mcp_baggage(is_on));
        let mut meta = Map::new();
        {
            let context = GenAiContext::new()
                .conversation_id("c \u{e9}")
                .property("user.id", "alice")
                .property("tenant", "acme");
            let _scope = context.attach();
            let mut call = mcp::client("tools/call").tool("t").start();
            call.inject(&mut meta);
            call.finish();
            let mut by_hand = Map::new();
            let mut around = genai::agent("openai").name("a").start();
            {
                let _inside = around.attach();
                mcp::inject(&mut by_hand);
            }
            around.finish();
            assert_eq!(by_hand.get("baggage"), meta.get("baggage"));
        }
        let expected = json!("gen_ai.conversation.id=c%20%C3%A9,user.id=alice");
        assert_eq!(meta.get("baggage"), is_on.then_some(&expected));
        h.clear();
        let forged = ",gen_ai.association.properties.tenant=forged,evil=1";
        let sent = expected.as_str().map(|sent| sent.to_owned() + forged);
        meta.insert("baggage".to_owned(), json!(sent));
        let mut served = mcp::server("tools/call").tool("t").meta(&meta).start();
        {
            let _inside = served.attach();
            genai::chat("openai").model("m").start().finish();
            assert_eq!(Context::current().baggage().get("evil"), None);
        }
        served.finish();
        let extracted = mcp::extract(&meta);
        {
            let _inside = extracted.attach();
            genai::chat("openai").model("extracted").start().finish();
        }
        let spans = h.spans();
        assert_eq!(spans.len(), 3);
        for span in &spans {
            assert_eq!(
                span.str("gen_ai.conversation.id"),
                is_on.then_some("c \u{e9}"),
                "{span:?}"
            );
            let user = span.str("gen_ai.association.properties.user.id");
            assert_eq!(user, is_on.then_some("alice"));
            assert_eq!(span.str("gen_ai.association.properties.tenant"), None);
        }
    }
}

#[test]
fn what_is_said_here_comes_before_what_the_other_side_says() {
    let h = Harness::install_with(|t| t.baggage(travels()).mcp_baggage(true));
    let meta = json!({"baggage": "gen_ai.conversation.id=theirs,user.id=theirs"});
    let meta = meta.as_object().expect("an object");
    let seen = |served: genai::invocation::Builder<mcp::Server>| {
        h.clear();
        let mut served = served.meta(meta).start();
        {
            let _inside = served.attach();
            genai::chat("openai").model("m").start().finish();
        }
        served.finish();
        h.spans().into_iter().map(|span| {
            let get = |key: &str| span.str(key).map(str::to_owned);
            (
                get("gen_ai.conversation.id"),
                get("gen_ai.association.properties.user.id"),
            )
        })
    };
    let both = |conversation: &str, user: &str| {
        let one = (Some(conversation.to_owned()), Some(user.to_owned()));
        [one.clone(), one]
    };
    let server = || mcp::server("ping");
    assert!(seen(server()).eq(both("theirs", "theirs")));
    // A property of its own is the operation's alone; what is inside comes first.
    let own = seen(server().property("user.id", "own"));
    let users: Vec<_> = own.map(|(_, user)| user.expect("a user")).collect();
    assert_eq!(users, ["theirs", "own"]);
    let _scope = GenAiContext::new().property("user.id", "ambient").attach();
    assert!(seen(server()).eq(both("theirs", "ambient")));
    genai::set_context(GenAiContext::new().conversation_id("ambient"));
    assert!(seen(server()).eq(both("ambient", "theirs")));
}

#[test]
fn hostile_baggage_is_ignored() {
    let h = Harness::install_with(|t| t.baggage(travels()).mcp_baggage(true));
    let canary = "canary-51b7";
    for bad in [
        json!(7),
        json!(null),
        json!(["user.id=canary-51b7"]),
        json!(format!("user.id={}", canary.repeat(1_000_000))),
        json!(format!("user.id={canary}%0d%0a")),
        json!(format!("user.id=%FF{canary}")),
        json!(vec![format!("user.id={canary}"); 5_000].join(",")),
        json!(format!("gen_ai.usage.input_tokens={canary}")),
        json!("=,;,user.id,gen_ai.conversation.id=,\u{0}"),
    ] {
        h.clear();
        let mut meta = Map::new();
        meta.insert("baggage".to_owned(), bad);
        mcp::server("ping").meta(&meta).start().finish();
        let spans = h.spans();
        assert_eq!(spans.len(), 1);
        assert_eq!(keys(&spans[0]), ["mcp.method.name"]);
    }
}

/// Names and texts without end, in every place that takes content: not a byte of them is anywhere.
#[test]
fn content_is_nowhere_however_often() {
    let h = Harness::with(|t| t.error_messages(false));
    let canary = "canary-91c4";
    let calls = 1_000 * rounds(100) as u32;
    for at in 0..calls {
        let content = json!({"a": format!("{canary}-{at}"), "b": [canary, at]});
        let mut call = match at % 3 {
            0 => h.telemetry().mcp_client("tools/call").tool("t").start(),
            1 => h.telemetry().mcp_client("prompts/get").prompt("p").start(),
            _ => h
                .telemetry()
                .mcp_client("resources/read")
                .resource("file:///a")
                .start(),
        };
        call.arguments(&content).result(&content);
        let mut served = h.telemetry().mcp_server("tools/call").tool("t").start();
        served.arguments(&content).result(&content);
        match at % 5 {
            0 => call.rpc_error(-32602, format!("{canary} {at}")),
            1 => call.tool_error(),
            2 => drop(call),
            _ => call.finish(),
        }
        match at % 7 {
            0 => served.rpc_error(-32603, format!("{canary} {at}")),
            1 => served.tool_error(),
            _ => served.finish(),
        }
        if at % 1_000 == 999 {
            let spans = h.spans();
            assert_eq!(spans.len(), 2_000);
            assert!(!format!("{spans:?}").contains(canary));
            h.clear();
        }
    }
    assert!(!format!("{:?} {:?}", h.metrics(), h.events()).contains(canary));
}

/// The names of spans and the keys that a sampler was shown.
type Starts = Vec<(String, Vec<String>)>;

#[derive(Clone, Debug, Default)]
struct Shown(Arc<Mutex<Starts>>);

impl ShouldSample for Shown {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let mut keys: Vec<_> = attributes.iter().map(|a| a.key.to_string()).collect();
        keys.sort();
        self.0.lock().unwrap().push((name.to_owned(), keys));
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[test]
fn samplers_see_what_is_known_at_the_start() {
    let shown = Shown::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(shown.clone())
        .build();
    let telemetry = genai::Telemetry::builder()
        .tracer_provider(provider)
        .build();
    let mut call = telemetry
        .mcp_client("tools/call")
        .tool("t")
        .protocol_version("2025-11-25")
        .transport(Transport::Http)
        .server_address("https://tools.example.com/mcp")
        .start();
    call.arguments(&1).result(&2).request_id(7);
    call.finish();
    let served = telemetry.mcp_server("prompts/get").prompt("p");
    served
        .request_id(1)
        .protocol_version("2025-11-25")
        .start()
        .rpc_error(-32602, "no");
    let seen = shown.0.lock().unwrap();
    let expected: [(&str, &[&str]); 2] = [
        (
            "tools/call t",
            &[
                "gen_ai.operation.name",
                "gen_ai.tool.name",
                "mcp.method.name",
                "mcp.protocol.version",
                "network.protocol.name",
                "network.transport",
                "server.address",
                "server.port",
            ],
        ),
        (
            "prompts/get p",
            &[
                "gen_ai.prompt.name",
                "jsonrpc.request.id",
                "mcp.method.name",
                "mcp.protocol.version",
            ],
        ),
    ];
    assert_eq!(seen.len(), expected.len());
    for ((name, keys), (expected_name, expected)) in seen.iter().zip(expected) {
        assert_eq!(
            (
                name.as_str(),
                keys.iter().map(String::as_str).collect::<Vec<_>>()
            ),
            (expected_name, expected.to_vec())
        );
    }
}

/// The methods of the conventions are few themselves.
#[test]
fn a_known_method_is_a_label_whatever_others_there_are() {
    let h = Harness::with(|t| t.limits(genai::Limits::default().label_values(1)));
    for method in ["vendor/a", "vendor/b", "tools/list", "ping"] {
        h.telemetry().mcp_server(method).start().finish();
    }
    for method in ["vendor/a", "_OTHER", "tools/list", "ping"] {
        let point = h.point(SERVER, &[("mcp.method.name", method)]);
        assert_eq!(point.count, 1, "{method}");
    }
}

#[genai::tool(name = "t")]
fn t() {}

/// The name of a request is its method's, though the tool inside was named from the same words right before.
#[test]
fn a_request_is_not_named_as_the_tool_before_it() {
    let h = Harness::install();
    let mut names = Vec::new();
    for _ in 0..4 {
        t();
        mcp::client("tools/call").tool("t").start().finish();
        genai::tool("t").span_name("own").start().finish();
        t();
    }
    names.extend(h.spans().into_iter().map(|span| span.name));
    let four = ["execute_tool t", "tools/call t", "own", "execute_tool t"];
    assert_eq!(names, [four; 4].concat());
}

#[genai::tool(name = "t")]
fn asks_for_something_else() {
    mcp::client("vendor/method").tool("t").start().finish();
}

#[test]
fn a_request_that_executes_no_tool_is_not_the_tool_around_it() {
    let h = Harness::install();
    asks_for_something_else();
    let names: Vec<_> = h.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["vendor/method t", "execute_tool t"]);
}
