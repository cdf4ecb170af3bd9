//! Every environment variable of the contract with every kind of value, each row in a process of its own.
//!
//! The rules are data: a table per variable says what a value means, and the 72 combinations of opt-in, content mode and event
//! switch are computed from three of them. Two chats run in a context, so that a warning that came per call would show.

use std::collections::BTreeMap;
use std::path::Path;

use genai_tests::oracle::emitted;
use serde_json::{Map, Value, json};

const OPT_IN: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";
const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
const EMIT: &str = "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT";
const PROPAGATION: &str = "OTEL_INSTRUMENTATION_GENAI_CONTEXT_PROPAGATION";
const IN_METRICS: &str = "OTEL_INSTRUMENTATION_GENAI_CONTEXT_INCLUDE_IN_METRICS";
const HOOK: &str = "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK";
const BASE: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH";
const FORMAT: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_FORMAT";
const QUEUE: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_MAX_QUEUE_SIZE";
const DISABLED: &str = "OTEL_SDK_DISABLED";

const EXPERIMENTAL: &str = "gen_ai_latest_experimental";

/// What two chats in a context came to, in short.
struct Seen {
    emitted: Value,
}

impl Seen {
    /// Runs the chats with this environment; a variable without a value is unset.
    fn with(env: &[(&str, Option<&str>)]) -> Self {
        let set: Map<String, Value> = env
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), json!((*value)?))))
            .collect();
        let chat = json!({
            "op": "chat", "provider": "openai", "request_model": "m",
            "input_messages": [{"role": "user", "parts": [{"type": "text", "content": "question"}]}],
            "output_messages": [{"role": "assistant", "parts": [{"type": "text", "content": "answer"}], "finish_reason": "stop"}],
        });
        let context = json!({
            "op": "context", "conversation_id": "c", "properties": {"user.id": "alice", "User.Id": "BOB"}, "children": [chat, chat],
        });
        let scenario = json!({"env": set, "hook": {"kind": "load"}, "ops": [context]});
        let emitted = emitted(&scenario, Path::new(env!("CARGO_BIN_EXE_oracle")))
            .unwrap_or_else(|problem| panic!("{env:?}: {problem}"));
        Self { emitted }
    }

    fn setting(&self, name: &str) -> &Value {
        &self.emitted["settings"][name]
    }

    fn spans(&self) -> &[Value] {
        self.emitted["spans"].as_array().map_or(&[], Vec::as_slice)
    }

    fn events(&self) -> &[Value] {
        self.emitted["logs"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whether all, or none, of these records have content.
    fn content_in(records: &[Value]) -> bool {
        let has = |record: &Value| {
            let attributes = &record["attributes"];
            let keys = ["gen_ai.input.messages", "gen_ai.output.messages"];
            let found = keys.map(|key| attributes.get(key).is_some());
            assert_eq!(found[0], found[1], "{attributes}");
            found[0]
        };
        let count = records.iter().filter(|record| has(record)).count();
        assert!(count == 0 || count == records.len(), "{records:?}");
        count > 0
    }

    /// How often each variable was warned of.
    fn warned(&self) -> BTreeMap<&str, usize> {
        let warnings = self.emitted["warnings"].as_array().into_iter().flatten();
        let mentions = warnings.flat_map(|w| w["mentions"].as_array().into_iter().flatten());
        let mut counts = BTreeMap::new();
        for name in mentions.filter_map(Value::as_str) {
            *counts.entry(name).or_insert(0) += 1;
        }
        counts
    }

    /// The context attributes on the metrics, by their short names.
    fn on_metrics(&self) -> Vec<&str> {
        let attributes = self.emitted["metrics"][0]["points"][0]["attributes"].as_object();
        let keys = attributes.into_iter().flat_map(Map::keys);
        keys.filter_map(|key| {
            key.strip_prefix("gen_ai.association.properties.")
                .or_else(|| {
                    key.strip_prefix("gen_ai.")
                        .filter(|k| *k == "conversation.id")
                })
        })
        .collect()
    }

    /// The endings of the uploaded files' names.
    fn endings(&self) -> Vec<&str> {
        let files = self.emitted["files"].as_array().into_iter().flatten();
        let endings = files.filter_map(|file| file["path"].as_str()?.rsplit_once('.'));
        let mut endings: Vec<&str> = endings.map(|(_, ending)| ending).collect();
        endings.sort_unstable();
        endings.dedup();
        endings
    }
}

/// Each of `names` once.
fn once<'a>(names: &[&'a str]) -> BTreeMap<&'a str, usize> {
    names.iter().map(|name| (*name, 1)).collect()
}

/// A content mode as it is written, what it means, and whether it is one.
struct Mode {
    value: Option<&'static str>,
    name: &'static str,
    on_span: bool,
    on_event: bool,
    is_valid: bool,
}

const fn mode(
    value: Option<&'static str>,
    name: &'static str,
    on_span: bool,
    on_event: bool,
    is_valid: bool,
) -> Mode {
    Mode {
        value,
        name,
        on_span,
        on_event,
        is_valid,
    }
}

const OPT_INS: [(Option<&str>, bool); 3] = [
    (None, false),
    (Some(EXPERIMENTAL), true),
    (Some("http"), false),
];

const MODES: [Mode; 6] = [
    mode(None, "NoContent", false, false, true),
    mode(Some("NO_CONTENT"), "NoContent", false, false, true),
    mode(Some("SPAN_ONLY"), "SpanOnly", true, false, true),
    mode(Some("EVENT_ONLY"), "EventOnly", false, true, true),
    mode(Some("SPAN_AND_EVENT"), "SpanAndEvent", true, true, true),
    mode(Some("everything"), "NoContent", false, false, false),
];

/// An event switch as it is written, what it says, and whether it is one.
const SWITCHES: [(Option<&str>, Option<bool>, bool); 4] = [
    (None, None, true),
    (Some("true"), Some(true), true),
    (Some("false"), Some(false), true),
    (Some("yes"), None, false),
];

#[test]
fn opt_in_mode_and_switch_in_every_combination() {
    let mut rows = 0;
    for (opt_in, is_experimental) in OPT_INS {
        for mode in &MODES {
            for (switch, says, is_switch) in SWITCHES {
                let env = [(OPT_IN, opt_in), (CAPTURE, mode.value), (EMIT, switch)];
                let seen = Seen::with(&env);
                // Both variables count only with the opt-in; an explicit switch wins over the mode.
                let (on_span, on_event) = (
                    is_experimental && mode.on_span,
                    is_experimental && mode.on_event,
                );
                let emits = is_experimental && says.unwrap_or(mode.on_event);
                let name = if is_experimental {
                    mode.name
                } else {
                    "NoContent"
                };
                assert_eq!(seen.setting("is_experimental"), is_experimental, "{env:?}");
                assert_eq!(seen.setting("content_capture"), name, "{env:?}");
                assert_eq!(seen.setting("emits_events"), emits, "{env:?}");
                assert_eq!(
                    seen.emitted["should_capture_content"],
                    on_span || (on_event && emits),
                    "{env:?}"
                );
                assert_eq!(seen.spans().len(), 2, "{env:?}");
                assert_eq!(Seen::content_in(seen.spans()), on_span, "{env:?}");
                assert_eq!(seen.events().len(), if emits { 2 } else { 0 }, "{env:?}");
                assert_eq!(
                    Seen::content_in(seen.events()),
                    on_event && emits,
                    "{env:?}"
                );

                let asks_content = mode.on_span || mode.on_event;
                let mut warned = Vec::new();
                if !mode.is_valid || (asks_content && !is_experimental) {
                    warned.push(CAPTURE);
                }
                if !is_switch || (says == Some(true) && !asks_content && !is_experimental) {
                    warned.push(EMIT);
                }
                if !is_experimental && (asks_content || says == Some(true)) {
                    warned.push(OPT_IN);
                }
                assert_eq!(seen.warned(), once(&warned), "{env:?}");
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 72);
}

#[test]
fn the_opt_in_is_a_comma_list() {
    let table = [
        ("", false),
        ("  ", false),
        (EXPERIMENTAL, true),
        ("http/dup, gen_ai_latest_experimental ,database", true),
        (",,gen_ai_latest_experimental,", true),
        ("GEN_AI_LATEST_EXPERIMENTAL", false),
        ("gen_ai_latest_experimental_2", false),
        ("http gen_ai_latest_experimental", false),
    ];
    for (value, is_on) in table {
        let seen = Seen::with(&[(OPT_IN, Some(value))]);
        assert_eq!(seen.setting("is_experimental"), is_on, "{value:?}");
        assert_eq!(seen.warned(), once(&[]), "{value:?}");
    }
}

#[test]
fn content_modes_in_any_case_and_trimmed() {
    let table = [
        ("", "NoContent", true),
        (" \t", "NoContent", true),
        ("no_content", "NoContent", true),
        ("span_only", "SpanOnly", true),
        (" Span_Only ", "SpanOnly", true),
        ("event_only", "EventOnly", true),
        ("Span_And_Event", "SpanAndEvent", true),
        ("true", "NoContent", false),
        ("1", "NoContent", false),
        ("SPAN-ONLY", "NoContent", false),
        ("SPAN_ONLY,EVENT_ONLY", "NoContent", false),
    ];
    for (value, name, is_valid) in table {
        let seen = Seen::with(&[(OPT_IN, Some(EXPERIMENTAL)), (CAPTURE, Some(value))]);
        assert_eq!(seen.setting("content_capture"), name, "{value:?}");
        let warned: &[&str] = if is_valid { &[] } else { &[CAPTURE] };
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn event_switches_in_any_case_and_trimmed() {
    let table = [
        ("", true, true),
        ("  ", true, true),
        ("TRUE", true, true),
        (" True ", true, true),
        ("False", false, true),
        (" FALSE\t", false, true),
        ("1", true, false),
        ("on", true, false),
        ("no", true, false),
    ];
    for (value, emits, is_valid) in table {
        let env = [
            (OPT_IN, Some(EXPERIMENTAL)),
            (CAPTURE, Some("EVENT_ONLY")),
            (EMIT, Some(value)),
        ];
        let seen = Seen::with(&env);
        assert_eq!(seen.setting("emits_events"), emits, "{value:?}");
        let warned: &[&str] = if is_valid { &[] } else { &[EMIT] };
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn the_context_is_propagated_unless_switched_off() {
    let table = [
        (None, true, true),
        (Some(""), true, true),
        (Some(" "), true, true),
        (Some("1"), true, true),
        (Some("true"), true, true),
        (Some("yes"), true, true),
        (Some("on"), true, true),
        (Some("TRUE"), true, true),
        (Some(" Yes "), true, true),
        (Some("0"), false, true),
        (Some("false"), false, true),
        (Some("no"), false, true),
        (Some("OFF"), false, true),
        (Some("maybe"), false, false),
        (Some("2"), false, false),
    ];
    for (value, is_on, is_valid) in table {
        let seen = Seen::with(&[(PROPAGATION, value), (IN_METRICS, Some("all"))]);
        for span in seen.spans() {
            for key in [
                "gen_ai.conversation.id",
                "gen_ai.association.properties.user.id",
            ] {
                assert_eq!(span["attributes"].get(key).is_some(), is_on, "{value:?}");
            }
        }
        assert_eq!(!seen.on_metrics().is_empty(), is_on, "{value:?}");
        let warned: &[&str] = if is_valid { &[] } else { &[PROPAGATION] };
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn context_goes_on_metrics_by_name() {
    let (id, user, other) = ("conversation.id", "user.id", "User.Id");
    let table: [(Option<&str>, Vec<&str>); 14] = [
        (None, vec![]),
        (Some(""), vec![]),
        (Some(" "), vec![]),
        (Some("all"), vec![other, user, id]),
        (Some(" ALL "), vec![other, user, id]),
        (Some("user.id"), vec![user]),
        (Some("User.Id"), vec![other]),
        (Some("USER.ID"), vec![]),
        (Some("gen_ai.association.properties.user.id"), vec![user]),
        (Some("gen_ai.conversation.id"), vec![id]),
        (Some("conversation.id"), vec![]),
        (Some("user.id, gen_ai.conversation.id ,,"), vec![user, id]),
        (Some("all,user.id"), vec![user]),
        (Some("nosuch"), vec![]),
    ];
    for (value, keys) in table {
        let seen = Seen::with(&[(IN_METRICS, value)]);
        // The order of a JSON object depends on how serde_json was built.
        let (mut on_metrics, mut keys) = (seen.on_metrics(), keys);
        on_metrics.sort();
        keys.sort_unstable();
        assert_eq!(on_metrics, keys, "{value:?}");
        assert_eq!(seen.warned(), once(&[]), "{value:?}");
    }
}

#[test]
fn hooks_are_chosen_by_their_exact_name() {
    let table: [(Option<&str>, &str, &[&str]); 9] = [
        (None, "none", &[]),
        (Some(""), "none", &[]),
        (Some("  "), "none", &[]),
        (Some("recording"), "other", &[]),
        (Some("stamping"), "other", &[]),
        (Some("Recording"), "none", &[HOOK]),
        (Some(" recording "), "none", &[HOOK]),
        (Some("nosuch"), "none", &[HOOK]),
        (Some("upload"), "none", &[BASE]),
    ];
    for (value, kind, warned) in table {
        let seen = Seen::with(&[(HOOK, value)]);
        assert_eq!(seen.emitted["hook_type"], kind, "{value:?}");
        assert_eq!(
            seen.emitted["should_capture_content"],
            kind != "none",
            "{value:?}"
        );
        let calls = seen.emitted["hook_calls"].as_array().map_or(0, Vec::len);
        assert_eq!(
            calls,
            if value == Some("recording") { 2 } else { 0 },
            "{value:?}"
        );
        assert_eq!(seen.spans().len(), 2, "{value:?}");
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn a_base_that_cannot_be_used_is_no_hook() {
    let table = [
        ("$TMP", true),
        ("$TMP/", true),
        ("file://$TMP", true),
        ("$TMP/made/below", true),
        ("", false),
        ("  ", false),
        ("/dev/null/x", false),
        ("ftp://host/x", false),
        ("s3://bucket/x", false),
    ];
    for (value, is_usable) in table {
        let seen = Seen::with(&[(HOOK, Some("upload")), (BASE, Some(value))]);
        let kind = if is_usable { "upload" } else { "none" };
        assert_eq!(seen.emitted["hook_type"], kind, "{value:?}");
        assert_eq!(
            seen.endings(),
            if is_usable { vec!["json"] } else { vec![] },
            "{value:?}"
        );
        let warned: &[&str] = if is_usable { &[] } else { &[BASE] };
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn upload_formats_in_any_case() {
    let table = [
        (None, "json", true),
        (Some("json"), "json", true),
        (Some("JSON"), "json", true),
        (Some("jsonl"), "jsonl", true),
        (Some("JsonL"), "jsonl", true),
        (Some("xml"), "json", false),
        (Some(""), "json", false),
    ];
    for (value, ending, is_valid) in table {
        let seen = Seen::with(&[
            (HOOK, Some("upload")),
            (BASE, Some("$TMP")),
            (FORMAT, value),
        ]);
        assert_eq!(seen.endings(), [ending], "{value:?}");
        let warned: &[&str] = if is_valid { &[] } else { &[FORMAT] };
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn a_queue_size_is_a_positive_number() {
    let table = [
        (None, true),
        (Some("1"), true),
        (Some("20"), true),
        (Some("0"), false),
        (Some("-3"), false),
        (Some("many"), false),
        (Some("1.5"), false),
        (Some(""), false),
    ];
    for (value, is_valid) in table {
        let seen = Seen::with(&[(HOOK, Some("upload")), (BASE, Some("$TMP")), (QUEUE, value)]);
        assert_eq!(seen.emitted["hook_type"], "upload", "{value:?}");
        assert_eq!(seen.endings(), ["json"], "{value:?}");
        // A queue of one file may have to drop; that warning names no variable.
        let warned: &[&str] = if is_valid { &[] } else { &[QUEUE] };
        assert_eq!(seen.warned(), once(warned), "{value:?}");
    }
}

#[test]
fn a_disabled_sdk_gets_nothing() {
    let table = [
        (None, true),
        (Some("false"), true),
        (Some("true"), false),
        (Some("TRUE"), false),
    ];
    for (value, is_on) in table {
        let seen = Seen::with(&[(DISABLED, value)]);
        assert_eq!(!seen.spans().is_empty(), is_on, "{value:?}");
        assert_eq!(seen.emitted["metrics"] != json!([]), is_on, "{value:?}");
    }
}
