//! Providers that are found: set after the first call, replaced, and of two versions at once.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use newest::trace::TracerProvider as _;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt as _;

use super::application::ask;
use super::newer;
use super::telemetry::Telemetry;
use crate::older::Memory;
use crate::version::VERSION;

/// Calls until something arrives: the globals are looked at once a second.
async fn until(mut arrived: impl FnMut() -> bool) {
    let began = Instant::now();
    while !arrived() {
        ask("hello").await.expect("it answers");
        assert!(began.elapsed() < Duration::from_secs(30), "nothing arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn chats(telemetry: &Telemetry) -> usize {
    telemetry.named("chat gpt-5").len()
}

pub async fn late() {
    // Before anything is set up, also with a scope of which a job is taken to another thread.
    ask("early").await.expect("it answers");
    let first = Memory::new();
    first.set_global();
    until(|| chats(&first.telemetry()) > 0).await;
    until(|| first.telemetry().points.iter().any(|p| p.metric == "gen_ai.client.operation.duration")).await;
    // Nothing is recorded twice while it is looked for.
    let spans = first.telemetry().spans.len();
    ask("once").await.expect("it answers");
    assert_eq!(first.telemetry().spans.len(), spans + 3);

    let second = Memory::new();
    second.set_global();
    until(|| chats(&second.telemetry()) > 0).await;
    until(|| !second.telemetry().points.is_empty()).await;
    let spans = first.telemetry().named("chat gpt-5").len();
    ask("to the second").await.expect("it answers");
    assert_eq!(first.telemetry().named("chat gpt-5").len(), spans);

    // The newest version's are preferred as soon as they are there.
    let newest = newer::Memory::new();
    newest.set_global();
    until(|| chats(&newest.telemetry()) > 0).await;
    until(|| !newest.telemetry().points.is_empty()).await;
}

/// What is said through `tracing`.
#[derive(Clone, Default)]
pub struct Said(pub Arc<Mutex<Vec<String>>>);

struct Text<'a>(&'a mut String);

impl tracing::field::Visit for Text<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            *self.0 = format!("{value:?}");
        }
    }
}

impl<S: tracing::Subscriber> Layer<S> for Said {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        self.0.lock().unwrap().push(text);
    }
}

pub async fn both() {
    let said = Said::default();
    let subscriber = tracing_subscriber::registry().with(said.clone());
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let (newest, older) = (newer::Memory::new(), Memory::new());
    newest.set_global();
    older.set_global();
    // A span of each, and a conversation that goes by the older one's context.
    let root = Context::current_with_span(global::tracer("app").start("root"));
    let job = {
        let _older = root.clone().attach();
        let _scope = genai::GenAiContext::new().conversation_id("c-1").attach();
        ask("a job").with_current_context()
    };
    tokio::spawn(job).await.expect("it ends").expect("it answers");
    ask("alone").await.expect("it answers");
    root.span().end();

    let (ours, theirs) = (newest.telemetry(), older.telemetry());
    assert_eq!((chats(&ours), chats(&theirs)), (2, 0));
    assert!(theirs.points.is_empty() && !ours.points.is_empty());
    assert_eq!(ours.named("chat gpt-5")[0].get("gen_ai.conversation.id"), Some("string c-1"));
    // One trace, by its ids.
    let ours = newest.spans.get_finished_spans().unwrap();
    let [job, alone] = &ours[..] else { panic!("{ours:?}") };
    let root = root.span().span_context().clone();
    assert_eq!(job.span_context.trace_id().to_bytes(), root.trace_id().to_bytes());
    assert_eq!(job.parent_span_id.to_bytes(), root.span_id().to_bytes());
    assert_eq!(alone.parent_span_id, newest::trace::SpanId::INVALID);
    for (chat, http) in [(job, 0), (job, 1), (alone, 2), (alone, 3)] {
        let http = &older.spans.get_finished_spans().unwrap()[http];
        assert_eq!(http.parent_span_id.to_bytes(), chat.span_context.span_id().to_bytes());
        assert_eq!(http.span_context.trace_id().to_bytes(), chat.span_context.trace_id().to_bytes());
    }
    tokio::time::sleep(Duration::from_millis(1100)).await;
    ask("later").await.expect("it answers");
    let said = said.0.lock().unwrap().clone();
    let lines: Vec<_> = said.iter().filter(|line| line.contains("both set up")).collect();
    assert_eq!(lines.len(), 1, "{said:?}");
    assert!(lines[0].contains(VERSION) && lines[0].contains("0.33"), "{lines:?}");

    // A provider of the newest version's that is handed over counts as well.
    let given = newer::Memory::new();
    let telemetry = genai::Telemetry::builder().tracer_provider(given.tracers.clone()).build();
    let around = Context::current_with_span(global::tracer("app").start("around"));
    let _around = around.clone().attach();
    telemetry.chat("openai").start().finish();
    let span = &given.spans.get_finished_spans().unwrap()[0];
    assert_eq!(span.parent_span_id.to_bytes(), around.span().span_context().span_id().to_bytes());
    // Its own tracer asks for nothing of another version.
    newest::trace::Tracer::in_span(&given.tracers.tracer("other"), "other", |_| ());
    assert_eq!(given.spans.get_finished_spans().unwrap()[1].parent_span_id, newest::trace::SpanId::INVALID);
}

pub async fn nothing() {
    let said = Said::default();
    let subscriber = tracing_subscriber::registry().with(said.clone());
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        ask("hello").await.expect("it answers");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let said = said.0.lock().unwrap().clone();
    let lines: Vec<_> = said.iter().filter(|line| line.contains("no provider")).collect();
    assert_eq!(lines.len(), 1, "{said:?}");
    assert!(lines[0].contains(&format!("OpenTelemetry 0.33 or {VERSION} is set up")), "{lines:?}");
}
