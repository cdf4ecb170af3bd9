//! Where content goes, and where it does not: every string of it is a canary, looked for in the bytes of exports, in log lines
//! and in `Debug`.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use genai::{ContentCapture, Redact};
use genai_tests::campaign::{Plan, canary};
use genai_tests::isolated;
use genai_tests::support::canary::make::{CORE, Mint};
use genai_tests::support::canary::ops::{self, Content, ENDINGS, Ending, KINDS};
use genai_tests::support::canary::outputs::{Outputs, leak};
use genai_tests::support::process::hide_panics;

/// Operations of the campaign `canary`, in all its settings together; `.ci/run` makes ten times as many, in a release build.
const OPERATIONS: u64 = 20_000;

#[test]
fn nothing_leaves_with_capture_off() {
    isolated("nothing_leaves_with_capture_off", &[], || {
        let plan = Plan {
            count: OPERATIONS,
            seed: 17,
            threads: 1,
        };
        let report = canary::run(plan);
        assert!(report.faults.is_empty(), "{report}");
        assert!(report.counted("bytes of spans") > 2_000_000, "{report}");
    });
}

/// Where content of a kind of operation may be at all: span, event, hook.
fn places(kind: &str) -> [bool; 3] {
    match kind {
        "chat" => [true, true, true],
        "agent" | "workflow" => [true, false, true],
        "private" => [false, false, false],
        _ => [true, false, false],
    }
}

/// Which of a content's canaries an operation was given.
fn given(kind: &str, content: &Content) -> Vec<Vec<String>> {
    let (asked, answered): (&[usize], usize) = match kind {
        "chat" | "agent" | "private" => (&[0, 1], 2),
        "workflow" => (&[0], 2),
        "tool" | "later_tool" => (&[3], 4),
        _ => (&[5], 6),
    };
    let ran = content.ending != Ending::Unpolled;
    // A function that is not async has no cancellation.
    let well =
        content.ending == Ending::Well || (kind == "tool" && content.ending == Ending::Cancelled);
    let asked = asked.iter().filter(|_| ran || kind == "never");
    asked
        .copied()
        .chain(Some(answered).filter(|_| well))
        .flat_map(|at| content.canaries[at].clone())
        .collect()
}

#[test]
fn content_is_where_the_mode_says() {
    isolated("content_is_where_the_mode_says", &[], || {
        use ContentCapture::{EventOnly, NoContent, SpanAndEvent, SpanOnly};
        for mode in [NoContent, SpanOnly, EventOnly, SpanAndEvent] {
            for (hooked, events) in [(false, true), (true, true), (true, false)] {
                let outputs = Outputs::install(|settings, hook| {
                    let settings = settings
                        .capture(mode)
                        .emit_events(events)
                        .error_messages(false);
                    if hooked {
                        settings.completion_hook(hook)
                    } else {
                        settings
                    }
                });
                let on = [mode.on_spans(), mode.on_events() && events, hooked];
                let mint = &mut Mint::new(19);
                let mut found = 0;
                for round in 0..700_usize {
                    let kind = KINDS[round % KINDS.len()];
                    let content = Content::new(mint, ENDINGS[round / KINDS.len() % 5]);
                    ops::annotated(kind, &content, &|| ());
                    let texts = [
                        outputs.spans.take(),
                        outputs.events.take(),
                        outputs.hook.take(),
                    ];
                    let all = given(kind, &content);
                    for place in 0..3 {
                        let expected = on[place] && places(kind)[place];
                        let here = format!(
                            "{kind} {:?} {mode:?} {hooked} {events} {place}",
                            content.ending
                        );
                        if expected {
                            let is_there =
                                |c: &Vec<String>| c.iter().any(|form| texts[place].contains(form));
                            let missing: Vec<_> = all.iter().filter(|c| !is_there(c)).collect();
                            assert!(missing.is_empty(), "{here}: {missing:?} {}", texts[place]);
                            found += all.len();
                        } else {
                            assert_eq!(leak(&texts[place]), None, "{here}");
                        }
                    }
                }
                assert_eq!(found > 100, on != [false; 3], "{found} {mode:?}");
            }
        }
    });
}

#[test]
fn the_redactor_comes_first() {
    isolated("the_redactor_comes_first", &[], || {
        hide_panics(CORE);
        for panics in [false, true] {
            let redactor = move |content: &mut Redact<'_>| {
                // Inline data and the names of tools are not among the texts.
                match content {
                    Redact::Input(m) => m.parts.retain(is_text),
                    Redact::Output(m) => m.parts.retain(is_text),
                    Redact::System(part) if !is_text(part) => {
                        **part = genai::message::Part::text("")
                    }
                    Redact::Tool(tool) => {
                        **tool = genai::message::ToolDefinition::function("[tool]")
                    }
                    _ => {}
                }
                if panics {
                    std::panic::panic_any("no");
                }
                content.each_text(|text| *text = "[redacted]".to_owned());
            };
            let outputs = Outputs::install(|settings, hook| {
                settings
                    .capture(ContentCapture::SpanAndEvent)
                    .completion_hook(hook)
                    .redactor(redactor)
            });
            let mint = &mut Mint::new(20);
            let mut redacted = [0; 3];
            for round in 0..700_usize {
                let kind = KINDS[round % KINDS.len()];
                let content = Content::new(mint, ENDINGS[round / KINDS.len() % 5]);
                ops::annotated(kind, &content, &|| ());
                for (place, text) in [
                    outputs.spans.take(),
                    outputs.events.take(),
                    outputs.hook.take(),
                ]
                .iter()
                .enumerate()
                {
                    assert_eq!(leak(text), None, "{kind} {place}");
                    redacted[place] += usize::from(text.contains("[redacted]"));
                }
            }
            assert_eq!(redacted.map(|n| n > 50), [!panics; 3], "{redacted:?}");
        }
    });
}

fn is_text(part: &genai::message::Part) -> bool {
    matches!(
        part,
        genai::message::Part::Text { .. } | genai::message::Part::Reasoning { .. }
    )
}

/// What is recorded whatever is switched on goes past the redactor all the same, as a whole.
#[test]
fn words_that_are_always_recorded_are_redacted() {
    // What is no attribute. A panic in a redactor is contained, so that it is looked at afterwards.
    let others = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&others);
    let harness = genai::testing::Harness::with(|settings| {
        settings
            .capture(ContentCapture::NoContent)
            .redactor(move |content| {
                let is_attribute = matches!(content, Redact::Attribute { .. });
                content.each_text(|text| {
                    if !is_attribute {
                        kept.lock().unwrap().push(text.clone());
                    }
                    *text = text.replace("secret", "-");
                });
            })
    });
    let telemetry = harness.telemetry();
    let long = format!("{}secret", "x".repeat(509));
    telemetry.tool("l").description(&long).start().finish();
    let body = serde_json::json!({"model": "m", "messages": [], "stop": ["a secret", long]});
    telemetry.chat("openai").request(&body).start().finish();
    telemetry
        .chat("openai")
        .model("n")
        .stop_sequences(["secret"])
        .start()
        .finish();
    telemetry
        .tool("t")
        .description("the secret of it")
        .start()
        .finish();
    let stops = |span: &str| -> Vec<String> {
        let span = harness.span(span);
        let stops = span.strs("gen_ai.request.stop_sequences");
        stops.into_iter().flatten().map(str::to_owned).collect()
    };
    let cut = format!("{}-", "x".repeat(509));
    let tool = harness.span("execute_tool l");
    assert_eq!(tool.str("gen_ai.tool.description"), Some(cut.as_str()));
    assert_eq!(stops("chat m"), ["a -".to_owned(), cut]);
    assert_eq!(stops("chat n"), ["-"]);
    let tool = harness.span("execute_tool t");
    assert_eq!(tool.str("gen_ai.tool.description"), Some("the - of it"));
    assert_eq!(*others.lock().unwrap(), [""; 0]);
}

#[test]
fn canaries_are_found_in_every_form() {
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    for before in 0..7 {
        let text = format!("{}{CORE}000000000017\"", "y".repeat(before));
        assert!(leak(&text).is_some());
        assert!(leak(encode(text.clone())).is_some(), "{before}");
        assert!(
            leak(encode(encode(text.clone()))).is_none(),
            "one layer is looked through"
        );
        assert!(leak(format!("{:?}", text.as_bytes())).is_some());
    }
    assert!(leak("nothing to see").is_none());
}
