//! Compatibility switches: each adds exactly its keys, none is there without it, and a contradiction is refused.

use std::collections::BTreeSet;

use genai::message::{self, InputMessage, OutputMessage, Part};
use genai::pricing::{Prices, Rates};
use genai::testing::Harness;
use genai::{Compat, CompatError, ContentCapture, GenAiContext, Telemetry};
use genai_tests::isolated;

const ALL: [Compat; 7] = [
    Compat::SESSION,
    Compat::LEGACY,
    Compat::PHOENIX,
    Compat::LANGFUSE,
    Compat::LAMINAR,
    Compat::LANGSMITH,
    Compat::MLFLOW,
];

fn prices() -> Prices {
    Prices::builder()
        .model("openai", "*", Rates::new(1.0, 1.0))
        .build()
        .expect("right")
}

/// A chat, an agent, a tool, a workflow, a retrieval, embeddings and an operation of our own, with all they may carry.
fn everything(telemetry: &Telemetry) {
    let _context = GenAiContext::new()
        .conversation_id("c-1")
        .property("user.id", "alice")
        .property("tenant", "acme")
        .attach();
    let mut chat = telemetry.chat("openai").model("m").start();
    chat.input(&[
        InputMessage::new("developer").part(Part::text("be brief")),
        message::user("first"),
        InputMessage::new("assistant").part(Part::tool_call(
            "t1",
            "look",
            serde_json::json!({"a": 1}),
        )),
        message::tool_response("t1", "found"),
        InputMessage::new("user")
            .part(Part::text("last"))
            .part(Part::uri("image", "https://example.com/a.png")),
    ])
    .system("rules")
    .output(&[OutputMessage::text("answer", "stop")])
    .input_tokens(3)
    .output_tokens(4);
    chat.finish();
    let mut agent = telemetry.agent("openai").name("a").start();
    agent
        .input(&message::user("do"))
        .output(&[OutputMessage::text("done", "stop")]);
    agent.finish();
    telemetry.tool("t").start().finish();
    let mut workflow = telemetry.workflow().name("w").start();
    workflow
        .input(&message::user("go"))
        .output(&[OutputMessage::text("gone", "stop")]);
    workflow.finish();
    telemetry
        .retrieval()
        .data_source_id("d")
        .provider("openai")
        .start()
        .finish();
    telemetry.embeddings("openai").model("e").start().finish();
    telemetry.span("own").start().finish();
}

fn run(compat: Compat, capture: ContentCapture) -> Harness {
    let harness = Harness::with(|t| t.compat(compat).capture(capture).pricing(prices()));
    everything(harness.telemetry());
    harness
}

/// Every (span, key), (metric, key), (event, key) and event name.
fn keys(harness: &Harness) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for span in harness.spans() {
        assert_eq!(span.duplicates, Vec::<String>::new(), "{}", span.name);
        keys.extend(
            span.attributes
                .0
                .keys()
                .map(|key| format!("span {}: {key}", span.name)),
        );
    }
    for metric in harness.metrics() {
        for point in metric.points {
            keys.extend(
                point
                    .attributes
                    .0
                    .keys()
                    .map(|key| format!("metric {}: {key}", metric.name)),
            );
        }
    }
    for event in harness.events() {
        keys.insert(format!("event {}", event.name));
        keys.extend(
            event
                .attributes
                .keys()
                .map(|key| format!("event {}: {key}", event.name)),
        );
    }
    keys
}

/// What a switch adds to the run without it.
fn added(compat: Compat, capture: ContentCapture) -> BTreeSet<String> {
    let without = keys(&run(Compat::NONE, capture));
    let with = keys(&run(compat, capture));
    assert!(with.is_superset(&without), "{compat} takes something away");
    with.difference(&without).cloned().collect()
}

fn on_spans(names: &[&str], attributes: &[&str]) -> BTreeSet<String> {
    names
        .iter()
        .flat_map(|name| {
            attributes
                .iter()
                .map(move |key| format!("span {name}: {key}"))
        })
        .collect()
}

const SPANS: [&str; 7] = [
    "chat m",
    "invoke_agent a",
    "execute_tool t",
    "invoke_workflow w",
    "retrieval d",
    "embeddings e",
    "own",
];
const WITH_PROVIDER: [&str; 4] = ["chat m", "invoke_agent a", "retrieval d", "embeddings e"];

#[test]
fn session_adds_session_and_user() {
    assert_eq!(
        added(Compat::SESSION, ContentCapture::SpanAndEvent),
        on_spans(&SPANS, &["session.id", "user.id"])
    );
}

#[test]
fn legacy_adds_the_old_provider_key_and_events() {
    let mut expected = on_spans(&WITH_PROVIDER, &["gen_ai.system"]);
    for metric in [
        "gen_ai.client.operation.duration",
        "gen_ai.client.token.usage",
        "ai.cost.usd",
    ] {
        expected.insert(format!("metric {metric}: gen_ai.system"));
    }
    expected.insert("event gen_ai.client.inference.operation.details: gen_ai.system".to_owned());
    for event in [
        "system.message",
        "user.message",
        "assistant.message",
        "tool.message",
        "choice",
    ] {
        expected.insert(format!("event gen_ai.{event}"));
        expected.insert(format!("event gen_ai.{event}: gen_ai.system"));
    }
    assert_eq!(
        added(Compat::LEGACY, ContentCapture::SpanAndEvent),
        expected
    );
}

#[test]
fn legacy_events_are_content() {
    for capture in [ContentCapture::NoContent, ContentCapture::SpanOnly] {
        let events = run(Compat::LEGACY, capture).events();
        assert!(
            events
                .iter()
                .all(|e| e.name == "gen_ai.client.inference.operation.details"),
            "{events:?}"
        );
    }
}

#[test]
fn phoenix_adds_plain_texts_and_the_kind_of_workflows() {
    let texts = [
        "input.value",
        "input.mime_type",
        "output.value",
        "output.mime_type",
    ];
    let mut always = on_spans(&["invoke_workflow w"], &["openinference.span.kind"]);
    always.extend(on_spans(&SPANS, &["user.id"]));
    let mut expected = on_spans(&["chat m", "invoke_agent a", "invoke_workflow w"], &texts);
    expected.extend(always.clone());
    for capture in [ContentCapture::SpanOnly, ContentCapture::SpanAndEvent] {
        assert_eq!(added(Compat::PHOENIX, capture), expected);
        let harness = run(Compat::PHOENIX, capture);
        let chat = harness.span("chat m");
        assert_eq!(chat.str("input.value"), Some("last"));
        assert_eq!(chat.str("output.value"), Some("answer"));
        assert_eq!(chat.str("input.mime_type"), Some("text/plain"));
        assert_eq!(
            harness
                .span("invoke_workflow w")
                .str("openinference.span.kind"),
            Some("CHAIN")
        );
        // The messages are there all the same.
        assert_eq!(
            chat.json("gen_ai.input.messages").expect("json")[1]["parts"][0]["content"],
            "first"
        );
    }
    for capture in [ContentCapture::NoContent, ContentCapture::EventOnly] {
        assert_eq!(added(Compat::PHOENIX, capture), always);
    }
}

/// Phoenix passes calls of a provider's own tools by, and shows an answer of a tool in place of the text beside it.
#[test]
fn phoenix_sees_what_the_provider_called() {
    for compat in [Compat::PHOENIX, Compat::NONE] {
        let harness = Harness::with(|t| t.compat(compat).capture(ContentCapture::SpanAndEvent));
        let mut chat = harness.telemetry().chat("anthropic").model("m").start();
        chat.response(&serde_json::json!({"type": "message", "content": [
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
            {"type": "text", "text": "so"}]}));
        chat.finish();
        let kinds = |messages: &serde_json::Value| {
            let parts = messages[0]["parts"].as_array().cloned().unwrap_or_default();
            let kinds = parts.iter().map(|part| part["type"].clone());
            kinds.collect::<serde_json::Value>()
        };
        let given = serde_json::json!(["server_tool_call", "server_tool_call_response", "text"]);
        let span = harness.span("chat m");
        let shown = span.json("gen_ai.output.messages").expect("json");
        assert_eq!(shown[0]["finish_reason"], "stop");
        if compat == Compat::PHOENIX {
            let call = serde_json::json!({"type": "tool_call", "id": "s", "name": "web_search", "arguments": {"query": "q"}});
            assert_eq!(shown[0]["parts"][0], call);
            let kept = serde_json::json!(["tool_call", "server_tool_call_response", "text"]);
            assert_eq!(kinds(&shown), kept);
        } else {
            assert_eq!(kinds(&shown), given);
        }
        let events = harness.events();
        let [event] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(
            kinds(&event.json("gen_ai.output.messages").expect("json")),
            given
        );
    }
}

#[test]
fn phoenix_texts_went_through_the_redactor() {
    let harness = Harness::with(|t| {
        t.compat(Compat::PHOENIX)
            .capture(ContentCapture::SpanOnly)
            .redactor(|content| {
                content.each_text(|text| *text = "***".to_owned());
            })
    });
    everything(harness.telemetry());
    assert_eq!(harness.span("chat m").str("input.value"), Some("***"));
    assert_eq!(harness.span("chat m").str("output.value"), Some("***"));
}

#[test]
fn langfuse_adds_type_and_cost() {
    let mut expected = on_spans(&["invoke_workflow w"], &["langfuse.observation.type"]);
    expected.extend(on_spans(&["chat m"], &["gen_ai.usage.cost"]));
    expected.extend(on_spans(&SPANS, &["user.id"]));
    assert_eq!(
        added(Compat::LANGFUSE, ContentCapture::SpanAndEvent),
        expected
    );
    let harness = run(Compat::LANGFUSE, ContentCapture::NoContent);
    assert_eq!(
        harness
            .span("invoke_workflow w")
            .str("langfuse.observation.type"),
        Some("chain")
    );
    assert_eq!(
        harness.span("chat m").double("gen_ai.usage.cost"),
        Some(7e-6)
    );
}

/// An item of a stream that says nothing.
struct Piece;

impl genai::Chunk for Piece {
    fn record_chunk(&self, _: &mut genai::Accumulator) {}
}

#[test]
fn langfuse_gets_the_time_of_the_first_chunk() {
    let run = |compat| {
        let harness = Harness::with(|t| t.compat(compat));
        let chat = harness
            .telemetry()
            .chat("openai")
            .model("m")
            .stream()
            .start();
        let stream = genai::observe_stream(
            chat,
            futures::stream::iter([Ok::<_, std::fmt::Error>(Piece)]),
        );
        futures::executor::block_on_stream(stream).for_each(drop);
        harness.span("chat m")
    };
    let key = "langfuse.observation.completion_start_time";
    assert_eq!(run(Compat::NONE).get(key), None);
    let span = run(Compat::LANGFUSE);
    let at = span.str(key).expect("a time");
    let first = span
        .double("gen_ai.response.time_to_first_chunk")
        .expect("measured");
    // To the millisecond the time is the start plus the wait.
    let expected = span.start + std::time::Duration::from_secs_f64(first);
    let since = expected
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    assert_eq!((at.len(), &at[19..20], &at[26..]), (27, ".", "Z"), "{at}");
    let seconds: u64 = at[17..19].parse().expect("seconds");
    let micros: i64 = at[20..26].parse().expect("micros");
    assert_eq!(seconds, since.as_secs() % 60, "{at}");
    assert!(
        (micros - i64::from(since.subsec_micros())).abs() <= 1,
        "{at}"
    );
}

#[test]
fn laminar_adds_its_association_properties() {
    let mut expected = on_spans(
        &SPANS,
        &[
            "lmnr.association.properties.session_id",
            "lmnr.association.properties.user_id",
            "lmnr.association.properties.metadata.tenant",
        ],
    );
    expected.extend(on_spans(&WITH_PROVIDER, &["gen_ai.system"]));
    assert_eq!(
        added(Compat::LAMINAR, ContentCapture::SpanAndEvent),
        expected
    );
    let own = run(Compat::LAMINAR, ContentCapture::NoContent).span("own");
    assert_eq!(
        own.str("lmnr.association.properties.session_id"),
        Some("c-1")
    );
    assert_eq!(
        own.str("lmnr.association.properties.metadata.tenant"),
        Some("acme")
    );
}

#[test]
fn langsmith_adds_its_metadata() {
    let mut expected = on_spans(
        &SPANS,
        &[
            "langsmith.metadata.session_id",
            "langsmith.metadata.user_id",
        ],
    );
    expected.extend(on_spans(&WITH_PROVIDER, &["gen_ai.system"]));
    assert_eq!(
        added(Compat::LANGSMITH, ContentCapture::SpanAndEvent),
        expected
    );
}

#[test]
fn what_becomes_known_late_is_translated_too() {
    let harness = Harness::with(|t| t.compat(Compat::SESSION | Compat::LEGACY));
    let mut chat = harness.telemetry().retrieval().start();
    chat.provider("openai")
        .conversation_id("c-2")
        .property("user.id", "bob")
        .attribute("session.id", "mine");
    chat.finish();
    let span = harness.span("retrieval");
    assert_eq!(span.str("gen_ai.system"), Some("openai"));
    assert_eq!(span.str("user.id"), Some("bob"));
    // What the user wrote stays.
    assert_eq!(span.str("session.id"), Some("mine"));
    assert!(span.duplicates.is_empty(), "{:?}", span.duplicates);
}

#[test]
fn the_legacy_events_have_the_old_bodies() {
    let harness = run(Compat::LEGACY, ContentCapture::EventOnly);
    let chat = harness.span("chat m");
    let bodies: Vec<(String, serde_json::Value)> = harness
        .events()
        .into_iter()
        .filter(|e| e.name != "gen_ai.client.inference.operation.details")
        .map(|event| {
            assert_eq!(event.str("gen_ai.system"), Some("openai"));
            assert!(event.is_in(&chat));
            let body = event.body.map(|body| json(&body)).unwrap_or_default();
            (event.name, body)
        })
        .collect();
    let expected = serde_json::json!([
        ["gen_ai.system.message", {"content": "rules"}],
        ["gen_ai.system.message", {"role": "developer", "content": "be brief"}],
        ["gen_ai.user.message", {"content": "first"}],
        ["gen_ai.assistant.message", {"tool_calls": [{"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{\"a\":1}"}}]}],
        ["gen_ai.tool.message", {"id": "t1", "content": "found"}],
        ["gen_ai.user.message", {"content": [{"type": "text", "content": "last"}, {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"}]}],
        ["gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "answer"}}],
    ]);
    assert_eq!(serde_json::to_value(bodies).expect("json"), expected);
}

#[test]
fn contradictions_are_refused() {
    assert_eq!(
        (Compat::PHOENIX | Compat::LANGFUSE).check(),
        Err(CompatError::Conflict)
    );
    assert_eq!(
        Compat::parse("phoenix,langfuse"),
        Err(CompatError::Conflict)
    );
    assert_eq!(
        Compat::parse("Phoenix , session"),
        Ok(Compat::PHOENIX | Compat::SESSION)
    );
    assert_eq!(Compat::parse(""), Ok(Compat::NONE));
    let error = Compat::parse("session,opik").expect_err("unknown");
    assert!(
        error.to_string().contains("opik") && error.to_string().contains("langsmith"),
        "{error}"
    );
    for a in ALL {
        for b in ALL {
            let is_bad = (a | b).contains(Compat::PHOENIX | Compat::LANGFUSE);
            assert_eq!((a | b).check().is_err(), is_bad, "{a} with {b}");
        }
    }
    // A configuration with both starts, with neither.
    let both = Compat::PHOENIX | Compat::LANGFUSE | Compat::SESSION;
    assert_eq!(
        added(both, ContentCapture::SpanAndEvent),
        on_spans(&SPANS, &["session.id", "user.id"])
    );
}

/// The keys of the span of an operation of our own.
#[test]
fn the_environment_switches_them_on() {
    let plain = "gen_ai.association.properties.tenant gen_ai.association.properties.user.id gen_ai.conversation.id";
    for (value, more) in [
        ("", ""),
        ("opik", ""),
        ("phoenix,langfuse", ""),
        (" Session , opik", " session.id user.id"),
    ] {
        let ran = isolated(
            "the_environment_switches_them_on",
            &[("GENAI_COMPAT", value)],
            || {
                let harness = Harness::new();
                everything(harness.telemetry());
                let keys: Vec<String> = harness.span("own").attributes.0.into_keys().collect();
                println!("keys: {}", keys.join(" "));
            },
        );
        let Some(output) = ran else { return };
        let text = String::from_utf8_lossy(&output.stdout);
        let keys = text
            .lines()
            .find_map(|line| Some(line.split_once("keys: ")?.1));
        assert_eq!(keys, Some(&*format!("{plain}{more}")), "{value}");
    }
}

/// One message with every kind of part, one with a tool's answer beside other parts.
fn all_parts() -> [InputMessage; 2] {
    let fields = serde_json::json!({"a": 1})
        .as_object()
        .cloned()
        .expect("an object");
    [
        InputMessage::new("user")
            .part(Part::text("look"))
            .part(Part::reasoning("hm"))
            .part(Part::blob("image/png", b"1234567"))
            .part(Part::uri("image", "https://example.com/a.png"))
            .part(Part::file("document", "file-1").mime_type("application/pdf"))
            .part(Part::tool_call("t1", "find", serde_json::json!({"b": 2})))
            .part(Part::server_tool_call(
                "s1",
                "search",
                serde_json::json!({"type": "web"}),
            ))
            .part(Part::server_tool_response(
                "s1",
                serde_json::json!({"n": 3}),
            ))
            .part(Part::other("custom", fields)),
        InputMessage::new("user")
            .part(Part::tool_response("t1", "found"))
            .part(Part::tool_response("t2", "lost"))
            .part(Part::text("and now?")),
    ]
}

/// The messages of a span for one backend, its hook's and its event's.
fn drawn(compat: Compat, capture: ContentCapture, limits: genai::Limits) -> serde_json::Value {
    let harness = Harness::with(|t| t.compat(compat).capture(capture).limits(limits));
    let mut chat = harness.telemetry().chat("openai").model("m").start();
    chat.input(&all_parts())
        .system(&[Part::file("document", "file-2")]);
    chat.finish();
    if capture == ContentCapture::SpanAndEvent && limits == genai::Limits::new() {
        let event = &harness.events()[0];
        let parts = &event.json("gen_ai.input.messages").expect("content")[0]["parts"];
        assert_eq!(
            parts[4]["type"], "file",
            "events have the messages as they are"
        );
    }
    harness
        .span("chat m")
        .json("gen_ai.input.messages")
        .expect("JSON")
}

fn kinds(message: &serde_json::Value) -> Vec<&str> {
    let parts = message["parts"].as_array().expect("parts").iter();
    parts
        .map(|part| part["type"].as_str().expect("a type"))
        .collect()
}

#[test]
fn messages_are_such_that_phoenix_and_mlflow_draw_them() {
    for capture in [ContentCapture::SpanOnly, ContentCapture::SpanAndEvent] {
        let plain = drawn(Compat::NONE, capture, genai::Limits::new());
        assert_eq!(plain.as_array().map(Vec::len), Some(2));
        assert_eq!(kinds(&plain[0])[4], "file");

        // A tool's answer hides what is beside it, a file and calls of the provider's own tools are not drawn.
        let phoenix = drawn(Compat::PHOENIX, capture, genai::Limits::new());
        assert_eq!(
            kinds(&phoenix[0]),
            [
                "text",
                "reasoning",
                "blob",
                "uri",
                "text",
                "tool_call",
                "tool_call",
                "server_tool_call_response",
                "custom"
            ]
        );
        assert_eq!(
            phoenix[0]["parts"][4]["content"],
            "[document (application/pdf) file-1]"
        );
        assert_eq!(phoenix[0]["parts"][6]["name"], "search");
        let rest: Vec<_> = (1..4).map(|at| kinds(&phoenix[at])).collect();
        assert_eq!(
            rest,
            [["tool_call_response"], ["tool_call_response"], ["text"]]
        );
        assert_eq!(phoenix[3]["parts"][0]["content"], "and now?");

        // Anything but text, calls and answers turns a whole conversation into raw JSON.
        let mlflow = drawn(Compat::MLFLOW, capture, genai::Limits::new());
        for message in mlflow.as_array().expect("messages") {
            for kind in kinds(message) {
                assert!(
                    ["text", "tool_call", "tool_call_response"].contains(&kind),
                    "{kind}"
                );
            }
        }
        let texts = mlflow[0]["parts"].as_array().expect("parts").iter();
        let texts: Vec<_> = texts.filter_map(|part| part["content"].as_str()).collect();
        assert_eq!(
            texts,
            [
                "look",
                "[reasoning: hm]",
                "[image (image/png), 7 bytes]",
                "[image https://example.com/a.png]",
                "[document (application/pdf) file-1]",
                r#"[answer of the provider's tool: {"n":3}]"#,
                r#"[custom: {"a":1}]"#,
            ]
        );
        assert_eq!(mlflow.as_array().map(Vec::len), Some(4));
    }
}

/// The mark of a cut is one more kind of part that MLflow does not draw.
#[test]
fn what_was_cut_is_drawn_as_well() {
    for capture in [ContentCapture::SpanOnly, ContentCapture::SpanAndEvent] {
        for bytes in [700, 800, 900] {
            let limits = genai::Limits::new().content_bytes(bytes);
            let mlflow = drawn(Compat::MLFLOW, capture, limits);
            for message in mlflow.as_array().expect("messages") {
                assert!(!kinds(message).contains(&"truncated"), "{bytes}: {mlflow}");
            }
            assert!(
                mlflow.to_string().contains("bytes cut]"),
                "{bytes}: {mlflow}"
            );
            assert!(mlflow.to_string().len() <= bytes, "{bytes}");
        }
    }
}

#[test]
fn a_chat_that_only_calls_tools_has_an_output_in_phoenix() {
    let harness = Harness::with(|t| t.compat(Compat::PHOENIX).capture(ContentCapture::SpanOnly));
    let mut chat = harness.telemetry().chat("openai").model("m").start();
    chat.output(&[OutputMessage::new("assistant")
        .part(Part::tool_call(
            "t1",
            "find",
            serde_json::json!({"city": "Paris"}),
        ))
        .part(Part::tool_call("t2", "stop", "at once"))]);
    chat.finish();
    let output = harness
        .span("chat m")
        .str("output.value")
        .map(str::to_owned);
    assert_eq!(
        output.as_deref(),
        Some("find({\"city\":\"Paris\"})\nstop(at once)")
    );
}

#[test]
fn mlflow_adds_the_user_and_the_kinds_it_does_not_know() {
    let kind = "openinference.span.kind";
    let mut expected = on_spans(&SPANS, &["user.id"]);
    expected.extend(on_spans(&["invoke_workflow w", "retrieval d"], &[kind]));
    for capture in [ContentCapture::NoContent, ContentCapture::SpanAndEvent] {
        assert_eq!(added(Compat::MLFLOW, capture), expected);
        let harness = run(Compat::MLFLOW, capture);
        let workflow = harness.span("invoke_workflow w");
        assert_eq!(workflow.str(kind), Some("CHAIN"));
        assert_eq!(harness.span("retrieval d").str(kind), Some("RETRIEVER"));
    }
}

/// Some backends know only by an event of the span that it failed.
#[test]
fn spans_that_failed_have_an_exception_where_it_was_asked_for() {
    let run = |compat: Compat, texts: bool| {
        let harness = Harness::with(|t| t.compat(compat).error_messages(texts));
        let start = |model: &str| harness.telemetry().chat("openai").model(model).start();
        start("fine").finish();
        start("failed").fail(genai::Failure::new("timeout", "too late"));
        drop(start("dropped"));
        drop(harness.telemetry().tool("left").start());
        let events: Vec<_> = harness
            .spans()
            .iter()
            .flat_map(|span| {
                assert!(span.events.len() <= 1);
                let of_event = |event: &genai::testing::SpanEvent| {
                    assert_eq!(event.name, "exception");
                    assert_eq!(event.time, span.start + span.duration);
                    let text = |key| event.attributes.str(key).map(str::to_owned);
                    (
                        span.name.clone(),
                        text("exception.type"),
                        text("exception.message"),
                    )
                };
                span.events.iter().map(of_event).collect::<Vec<_>>()
            })
            .collect();
        events
    };
    let event = |name: &str, class: &str, text: Option<&str>| {
        (
            name.to_owned(),
            Some(class.to_owned()),
            text.map(str::to_owned),
        )
    };
    for compat in [Compat::MLFLOW, Compat::PHOENIX, Compat::LANGSMITH] {
        for (texts, text) in [(true, Some("too late")), (false, None)] {
            assert_eq!(
                run(compat, texts),
                [
                    event("chat failed", "timeout", text),
                    event("chat dropped", "cancelled", Some("cancelled")),
                    event("execute_tool left", "cancelled", Some("cancelled")),
                ]
            );
        }
    }
    for compat in [
        Compat::NONE,
        Compat::SESSION,
        Compat::LEGACY,
        Compat::LANGFUSE,
    ] {
        assert_eq!(run(compat, true), []);
    }
}

/// A value of an event or a body as JSON; bytes are lists of numbers.
fn json(value: &opentelemetry::logs::AnyValue) -> serde_json::Value {
    use opentelemetry::logs::AnyValue;
    match value {
        AnyValue::Int(number) => (*number).into(),
        AnyValue::Double(number) => (*number).into(),
        AnyValue::String(text) => text.as_str().into(),
        AnyValue::Boolean(flag) => (*flag).into(),
        AnyValue::Bytes(bytes) => bytes.to_vec().into(),
        AnyValue::ListAny(items) => items.iter().map(json).collect(),
        AnyValue::Map(fields) => fields
            .iter()
            .map(|(key, value)| (key.as_str().to_owned(), json(value)))
            .collect(),
        _ => serde_json::Value::Null,
    }
}
