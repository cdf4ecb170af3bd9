//! Content off: operations of every kind are given content of which every string is a canary, in values and in bytes, and end in every
//! way. What may leave (spans, events and metrics as OTLP's bytes, log lines, `Debug` of what is public) has no part of one in any form.
//!
//! What a run makes up comes from the seed and the number of the thread. A process has one subscriber for log lines, so there is one
//! run in it.

use std::cell::RefCell;

use genai::{Compat, ContentCapture, ContextInMetrics, Redact, TelemetryBuilder};
use opentelemetry_sdk::trace::Sampler;

use super::{Plan, Report};
use crate::support::canary::make::{CORE, Mint, Wire, wires};
use crate::support::canary::more;
use crate::support::canary::ops::{self, Content, ENDINGS, KINDS};
use crate::support::canary::outputs::{Bytes, Outputs, leak};
use crate::support::log::{Line, Log};

/// Settings with which some place gets no content.
struct Mode {
    name: &'static str,
    capture: ContentCapture,
    backend: Compat,
    emits_events: bool,
    is_sampled: bool,
    /// A hook that gets content, and a redactor that panics now and then and else takes it out of what is always recorded.
    has_hook: bool,
    /// Whether spans and events may have content: they are not searched then.
    open: [bool; 2],
}

const MODES: [Mode; 6] = {
    let off = Mode {
        name: "operations with content off",
        capture: ContentCapture::NoContent,
        backend: Compat::PHOENIX,
        emits_events: true,
        is_sampled: true,
        has_hook: false,
        open: [false, false],
    };
    [
        Mode { ..off },
        Mode {
            name: "operations with content off, and a hook and a redactor",
            backend: Compat::LANGFUSE,
            has_hook: true,
            ..off
        },
        Mode {
            name: "operations with content on spans, which are not sampled",
            capture: ContentCapture::SpanOnly,
            is_sampled: false,
            ..off
        },
        Mode {
            name: "operations with content on spans alone",
            capture: ContentCapture::SpanOnly,
            backend: Compat::LANGFUSE,
            open: [true, false],
            ..off
        },
        Mode {
            name: "operations with content on events, which are not emitted",
            capture: ContentCapture::EventOnly,
            emits_events: false,
            ..off
        },
        Mode {
            name: "operations with content on events alone",
            capture: ContentCapture::EventOnly,
            open: [false, true],
            ..off
        },
    ]
};

impl Mode {
    /// Every switch that makes something more leave, but for content; and no text of errors.
    fn settings(&self, settings: TelemetryBuilder, hook: Bytes, shown: Bytes) -> TelemetryBuilder {
        let others = Compat::SESSION | Compat::LEGACY | Compat::LAMINAR | Compat::LANGSMITH;
        let settings = settings
            .capture(self.capture)
            .compat(self.backend | others)
            .exception_events(true)
            .context_in_metrics(ContextInMetrics::all())
            .error_messages(false)
            .emit_events(self.emits_events)
            .mcp_notifications(true)
            .mcp_one_span_per_tool(false)
            .mcp_resource_in_span_names(true);
        if !self.has_hook {
            return settings;
        }
        settings
            .completion_hook(hook)
            .redactor(move |content: &mut Redact<'_>| {
                shown.add(format!("{content:?}").as_bytes());
                let mut text = String::new();
                content.each_text(|t| text.clone_from(t));
                if text.len() % 5 == 1 || matches!(content, Redact::Tool(_)) {
                    std::panic::panic_any(format!("{CORE} {text}"));
                }
                if matches!(content, Redact::Attribute { .. }) {
                    content.each_text(|text| *text = "-".to_owned());
                }
            })
    }
}

/// What a thread makes operations of.
struct Maker<'a> {
    mode: &'a Mode,
    outputs: &'a Outputs,
    shown: &'a Bytes,
    wires: Vec<Wire>,
    mint: RefCell<Mint>,
}

impl Maker<'_> {
    /// Runs operations, nested at most `depth` deep, and counts them.
    fn run(&self, depth: u32) -> u64 {
        let (t, shown) = (&self.outputs.telemetry, self.shown);
        let mint = || self.mint.borrow_mut();
        let count = RefCell::new(1);
        let inside = || {
            if depth > 0 && mint().chance(2) {
                let inner = self.run(depth - 1);
                *count.borrow_mut() += inner;
            }
        };
        let ending = ENDINGS[mint().pick(ENDINGS.len())];
        let content = Content::new(&mut mint(), ending);
        let wire = &self.wires[mint().pick(self.wires.len())];
        let chosen = mint().pick(25);
        let more = match chosen {
            0..=9 => {
                let which = mint().pick(KINDS.len() + 1);
                let kind = KINDS.get(which).unwrap_or(&"embeddings");
                ops::annotated(kind, &content, &inside);
                0
            }
            10..=12 => {
                ops::wired(&mut mint(), wire, &content, &|| ());
                1
            }
            13 => {
                ops::streams(t, &mut mint(), wire, &content, shown);
                1
            }
            14..=17 => {
                more::bytes(t, &mut mint(), wire, &content, shown);
                0
            }
            18 => {
                more::embeddings(t, &mut mint(), &content, shown);
                0
            }
            19..=20 => {
                more::mcp(t, &mut mint(), &content, shown);
                1
            }
            // The events of evaluations are always emitted, and content may be on events.
            21 if self.mode.emits_events => {
                more::evaluated(t, &mut mint(), &content, shown);
                5
            }
            22 if self.mode.has_hook => {
                more::words(t, &mut mint(), &content, shown);
                3
            }
            _ => {
                ops::by_hand(t, &content, shown, &inside);
                6
            }
        };
        mint().made.clear();
        more + count.into_inner()
    }
}

/// Runs about so many operations in a mode, and searches whatever they left after each.
fn search(mode: &Mode, operations: u64, plan: Plan, log: &Log) -> Report {
    let sampler = match mode.is_sampled {
        true => Sampler::AlwaysOn,
        false => Sampler::AlwaysOff,
    };
    let shown = Bytes::default();
    let outputs = Outputs::install_with(sampler, |settings, hook| {
        mode.settings(settings, hook, shown.clone())
    });
    let mut report = Report::default();
    let threads = plan.threads.clamp(1, operations.max(1));
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (outputs, shown) = (&outputs, &shown);
                let seed = plan.seed.wrapping_mul(2).wrapping_add(thread << 32);
                scope.spawn(move || {
                    let mint = RefCell::new(Mint::new(seed));
                    let maker = Maker {
                        mode,
                        outputs,
                        shown,
                        wires: wires(),
                        mint,
                    };
                    let mut report = Report::default();
                    let mut done = 0;
                    while done < operations / threads {
                        done += maker.run(3);
                        look(&maker, done, log, &mut report);
                    }
                    report.count(mode.name, done);
                    report
                })
            })
            .collect();
        report.join(running);
    });
    let metrics = outputs.metrics();
    report.count("bytes of metrics", metrics.len() as u64);
    if let Some(leak) = leak(&metrics) {
        report.fault(|| format!("{}: in the metrics: {leak}", mode.name));
    }
    if !metrics.contains("gen_ai.client.operation.duration") {
        report.fault(|| format!("{}: no metrics", mode.name));
    }
    report
}

/// Searches what came since the last time.
fn look(maker: &Maker<'_>, done: u64, log: &Log, report: &mut Report) {
    let (mode, outputs) = (maker.mode, maker.outputs);
    let lines: String = log.take().iter().map(Line::to_string).collect();
    let taken = [
        ("bytes of spans", mode.open[0], outputs.spans.take_bytes()),
        ("bytes of events", mode.open[1], outputs.events.take_bytes()),
        ("bytes of Debug", false, maker.shown.take_bytes()),
        ("bytes of log lines", false, lines.into_bytes()),
    ];
    for (from, is_open, bytes) in taken {
        let found = leak(&bytes);
        match (is_open, found) {
            (false, Some(leak)) => {
                report.fault(|| format!("{}, after {done}, in {from}: {leak}", mode.name));
            }
            (true, found) => {
                report.count("canaries where content is on", u64::from(found.is_some()))
            }
            (false, None) => report.count(from, bytes.len() as u64),
        }
    }
    let hooked = outputs.hook.take_bytes();
    if mode.has_hook {
        report.count("canaries that hooks saw", u64::from(leak(hooked).is_some()));
    }
}

/// Runs `count` operations, in each mode as many.
pub fn run(plan: Plan) -> Report {
    crate::support::process::hide_panics(CORE);
    let log = Log::all().of_process();
    let mut report = Report::default();
    for mode in &MODES {
        report.add(search(mode, plan.count / MODES.len() as u64, plan, &log));
    }
    // A search that finds nothing where something must be is none.
    for (what, least) in [
        ("bytes of spans", plan.count),
        ("bytes of events", plan.count / 10),
        ("bytes of Debug", plan.count),
        ("bytes of log lines", 1),
        ("canaries where content is on", 1),
        ("canaries that hooks saw", 1),
    ] {
        let counted = report.counted(what);
        if counted < least {
            report.fault(|| format!("{what}: {counted}"));
        }
    }
    report
}
