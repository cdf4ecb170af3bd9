//! Conversations side by side: tasks of a runtime with several threads, each in a conversation of its own, that yield, panic, are
//! dropped and use blocking threads again. No record may have the value of another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use genai::{ContentCapture, GenAiContext, Telemetry};
use opentelemetry::context::FutureExt as _;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};

use super::{PLANNED, Plan, Report, text};
use crate::support::dice::Dice;
use crate::support::last_step::Ended;

/// Conversations that run at a time.
const CONVERSATIONS: u64 = 64;

/// Operations of one task.
const ROUNDS: u64 = 1_000;

#[derive(Debug, Default)]
struct Seen {
    spans: AtomicU64,
    foreign: AtomicU64,
    left_over: AtomicU64,
}

impl Seen {
    /// Looks at a span: it says in which conversation it was made, and must have that.
    fn look_at(&self, span: &SpanData) {
        self.spans.fetch_add(1, Ordering::Relaxed);
        let own = text(span, "app.of");
        let is_own = own.is_some()
            && text(span, "gen_ai.conversation.id") == own
            && text(span, "gen_ai.association.properties.tenant") == own;
        self.foreign
            .fetch_add(u64::from(!is_own), Ordering::Relaxed);
    }
}

#[genai::chat(provider = openai, model = "m", response = none, attributes(app.of = of.to_owned()))]
async fn ask(of: &str, yields: u64, panics: bool) {
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
    assert!(!panics, "{PLANNED}");
}

#[genai::tool(name = "t", attributes(app.of = of.to_owned()))]
fn compute(of: &str) {}

#[genai::agent(provider = openai, name = "a", response = none, attributes(app.of = of.to_owned()))]
async fn agent(of: &str, mut dice: Dice) {
    for _ in 0..2 {
        match dice.below(5) {
            0 => {
                let of = of.to_owned();
                let cx = opentelemetry::Context::current();
                let blocking = tokio::task::spawn_blocking(move || {
                    let _attached = cx.attach();
                    compute(&of);
                });
                blocking.await.unwrap_or_default();
            }
            1 => {
                let of = of.to_owned();
                let task = async move { ask(&of, 1, false).await };
                tokio::spawn(task.with_current_context())
                    .await
                    .unwrap_or_default();
            }
            2 => {
                // Given up after one poll.
                let mut given_up = Box::pin(ask(of, 3, false));
                let _ = futures::poll!(&mut given_up);
            }
            _ => ask(of, dice.below(3), false).await,
        }
    }
}

/// One conversation, from its beginning to its end.
async fn converse(seen: Arc<Seen>, of: String, rounds: u64, mut dice: Dice) {
    let context = GenAiContext::new()
        .conversation_id(of.as_str())
        .property("tenant", of.clone());
    let own = of.clone();
    let talk = async move {
        for _ in 0..rounds {
            if dice.once_in(100) {
                let of = own.clone();
                let task = async move { ask(&of, 1, true).await };
                let _ = tokio::spawn(task.with_current_context()).await;
            }
            agent(&own, dice.fork()).await;
        }
    };
    context.scope(talk).await;
    if !genai::context().is_empty() {
        seen.left_over.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs about `count` operations.
pub fn run(plan: Plan) -> Report {
    crate::support::process::hide_panics(PLANNED);
    let seen = Arc::new(Seen::default());
    let looks = Arc::clone(&seen);
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(Ended(move |span: &SpanData| looks.look_at(span)))
        .build();
    Telemetry::builder()
        .tracer_provider(tracers)
        .capture(ContentCapture::NoContent)
        .install();
    let runtime = crate::runtime_of(usize::try_from(plan.threads).unwrap_or(2));
    let mut dice = Dice(plan.seed);
    let mut number = 0;
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        while seen.spans.load(Ordering::Relaxed) < plan.count || !tasks.is_empty() {
            let is_open = seen.spans.load(Ordering::Relaxed) < plan.count;
            if is_open && (tasks.len() as u64) < CONVERSATIONS {
                number += 1;
                let rounds = (plan.count / 300).clamp(1, ROUNDS);
                tasks.spawn(converse(
                    Arc::clone(&seen),
                    format!("c{number}"),
                    rounds,
                    dice.fork(),
                ));
            } else {
                let _ = tasks.join_next().await;
            }
        }
    });
    let mut report = Report::default();
    let read = |n: &AtomicU64| n.load(Ordering::SeqCst);
    report.count("operations", read(&seen.spans));
    report.count("conversations", number);
    report.same("values of another conversation", read(&seen.foreign), 0);
    report.same("contexts left over", read(&seen.left_over), 0);
    report
}
