//! Lives of operations: every form of call and every ending, nested at random, polled at random on changing threads, dropped anywhere,
//! with contexts set and guards ended in any order. The ledger is exact: every span that was started has ended once, with the parent,
//! the conversation and the outcome that the model says, and every call has its point in the metrics.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{Stream, StreamExt as _};
use genai::{Accumulator, Chunk, ContentCapture, GenAiContext, Telemetry};
use opentelemetry::trace::{SpanId, TraceContextExt as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::{PLANNED, Plan, Report, durations, reader, text};
use crate::support::dice::Dice;

/// How deep calls lie in one another.
const DEPTH: u32 = 6;

/// Calls of one batch, about.
const BATCH: u64 = 4_000;

/// How a call ended, as its span says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    Failed,
    Cancelled,
    Panicked,
}

/// What the span of a running call will have to say.
#[derive(Debug)]
struct Expected {
    parent: SpanId,
    outcome: Outcome,
    /// The conversation it began in; `None` where that was changed inside.
    conversation: Option<u64>,
}

/// What a run started and saw.
#[derive(Debug, Default)]
struct Ledger {
    running: [Mutex<HashMap<SpanId, Expected>>; 32],
    entered: AtomicU64,
    /// Calls that have a point in the metrics.
    timed: AtomicU64,
    started: AtomicU64,
    ended: AtomicU64,
    faults: Mutex<Vec<String>>,
}

impl Ledger {
    fn running(&self, id: SpanId) -> std::sync::MutexGuard<'_, HashMap<SpanId, Expected>> {
        let at = usize::from(id.to_bytes()[7] % 32);
        self.running[at]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, fault: String) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < 100 {
            faults.push(fault);
        }
    }

    fn outcome(&self, id: SpanId, outcome: Outcome) {
        match self.running(id).get_mut(&id) {
            Some(expected) => expected.outcome = outcome,
            None => self.fault(format!("{id} ended before its body did")),
        }
    }
}

/// Compares every span that ends with what was expected of it.
#[derive(Clone, Debug)]
struct Auditor(Arc<Ledger>);

impl SpanProcessor for Auditor {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {
        self.0.started.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, span: SpanData) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
        let id = span.span_context.span_id();
        let Some(expected) = self.0.running(id).remove(&id) else {
            return self.0.fault(format!(
                "{}: nobody entered it, or it ended twice",
                span.name
            ));
        };
        let outcome = match text(&span, "error.type").as_deref() {
            None => Outcome::Ok,
            Some("cancelled") => Outcome::Cancelled,
            Some("panic") => Outcome::Panicked,
            Some(_) => Outcome::Failed,
        };
        if (span.parent_span_id, outcome) != (expected.parent, expected.outcome) {
            self.0.fault(format!(
                "{}: parent {}, {outcome:?}; expected {expected:?}",
                span.name, span.parent_span_id
            ));
        }
        let conversation = text(&span, "gen_ai.conversation.id");
        let conversation = conversation.map_or(0, |id| id.parse().unwrap_or(u64::MAX));
        if expected
            .conversation
            .is_some_and(|expected| expected != conversation)
        {
            self.0.fault(format!(
                "{}: conversation {conversation}; expected {expected:?}",
                span.name
            ));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What a call knows of where it stands.
#[derive(Clone, Debug)]
struct Node {
    ledger: Arc<Ledger>,
    dice: Dice,
    depth: u32,
    parent: SpanId,
    /// The conversation that is ambient; 0 is none.
    conversation: u64,
    is_by_hand: bool,
}

/// A call that was entered.
struct Entered {
    ledger: Arc<Ledger>,
    id: SpanId,
    /// An invocation, which is dropped by a panic as by anything else: it was given up.
    is_by_hand: bool,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.is_by_hand {
            self.ledger.outcome(self.id, Outcome::Panicked);
        }
    }
}

#[derive(Debug)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

type Answer = Result<(), Failed>;

fn current_span() -> SpanId {
    opentelemetry::Context::map_current(|cx| cx.span().span_context().span_id())
}

fn context_of(conversation: u64) -> GenAiContext {
    match conversation {
        0 => GenAiContext::new(),
        id => GenAiContext::new().conversation_id(id.to_string().as_str()),
    }
}

impl Node {
    /// The body of a call begins here: notes what its span will say, and stands inside it from now on.
    fn enter(&mut self, is_timed: bool) -> Entered {
        let id = current_span();
        let ledger = Arc::clone(&self.ledger);
        ledger.entered.fetch_add(1, Ordering::Relaxed);
        ledger
            .timed
            .fetch_add(u64::from(is_timed), Ordering::Relaxed);
        let expected = Expected {
            parent: self.parent,
            outcome: Outcome::Cancelled,
            conversation: Some(self.conversation),
        };
        if id == self.parent || ledger.running(id).insert(id, expected).is_some() {
            ledger.fault(format!("a body runs in {id}, the span of another"));
        }
        self.parent = id;
        self.check();
        Entered {
            ledger,
            id,
            is_by_hand: self.is_by_hand,
        }
    }

    /// What is ambient must be what the model says.
    fn check(&self) {
        let context = genai::context();
        let ambient = context
            .conversation()
            .map_or(0, |id| id.parse().unwrap_or(u64::MAX));
        if ambient != self.conversation {
            let expected = self.conversation;
            self.ledger
                .fault(format!("{ambient} is ambient and not {expected}"));
        }
        if current_span() != self.parent {
            self.ledger.fault(format!(
                "{} is current and not {}",
                current_span(),
                self.parent
            ));
        }
    }

    fn child(&mut self) -> Self {
        Self {
            dice: self.dice.fork(),
            depth: self.depth + 1,
            is_by_hand: false,
            ..self.clone()
        }
    }

    /// Changes the conversation of the body that runs.
    fn set_context(&mut self) {
        self.conversation = self.dice.below(50);
        genai::set_context(context_of(self.conversation));
        if let Some(expected) = self.ledger.running(self.parent).get_mut(&self.parent) {
            expected.conversation = None;
        }
    }

    /// Ends a body in a way of its own.
    fn end(mut self, entered: Entered) -> Answer {
        let ending = self.dice.below(8);
        assert!(ending != 0, "{PLANNED}");
        let (outcome, answer) = match ending {
            1 | 2 => (Outcome::Failed, Err(Failed)),
            _ => (Outcome::Ok, Ok(())),
        };
        entered.ledger.outcome(entered.id, outcome);
        answer
    }

    /// Opens several contexts and ends them in any order, with calls in between.
    fn guards(&mut self) {
        let outside = self.conversation;
        let mut open = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let conversation = self.dice.below(50);
            open.push((conversation, context_of(conversation).attach()));
            self.conversation = conversation;
            self.check();
            self.below();
        }
        while !open.is_empty() {
            let at = self.dice.below(open.len() as u64) as usize;
            drop(open.remove(at));
            self.conversation = open
                .last()
                .map_or(outside, |(conversation, _)| *conversation);
            self.check();
        }
    }

    /// Calls something that is not async.
    fn below(&mut self) {
        if self.depth >= DEPTH {
            return;
        }
        let node = self.child();
        match self.dice.below(4) {
            0 => ignore(chat_sync(node)),
            1 => ignore(tool_sync(node)),
            2 => by_guard(node),
            _ => ignore(own_sync(node)),
        }
        self.check();
    }

    fn body_sync(mut self, is_timed: bool) -> Answer {
        let entered = self.enter(is_timed);
        for _ in 0..self.dice.below(3) {
            match self.dice.below(6) {
                0 => self.set_context(),
                1 => self.guards(),
                2 => {
                    let caught = catch_unwind(AssertUnwindSafe(|| self.below()));
                    ignore(caught);
                }
                _ => self.below(),
            }
            self.check();
        }
        self.end(entered)
    }

    async fn body(mut self, is_timed: bool) -> Answer {
        let entered = self.enter(is_timed);
        for _ in 0..self.dice.below(4) {
            match self.dice.below(10) {
                0 => self.set_context(),
                1 => self.guards(),
                2 => self.below(),
                3 | 4 => pause(self.dice.below(3)).await,
                5 => {
                    let child = AssertUnwindSafe(self.call()).catch_unwind();
                    ignore(child.await);
                }
                _ => self.call().await,
            }
            self.check();
        }
        self.end(entered)
    }

    /// Calls something that is async, or makes the call and drops it.
    fn call(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if self.depth >= DEPTH {
            return Box::pin(pause(1));
        }
        let node = self.child();
        match self.dice.below(10) {
            0 => Box::pin(chat(node).map(ignore)),
            1 => Box::pin(agent(node).map(ignore)),
            2 => Box::pin(tool(node).map(ignore)),
            3 => Box::pin(workflow(node).map(ignore)),
            4 => Box::pin(later(node).map(ignore)),
            5 => Box::pin(own(node).map(ignore)),
            6 => Box::pin(by_hand(node)),
            7 => Box::pin(streamed(node)),
            8 => Box::pin(embeddings(node).map(ignore)),
            // Never polled.
            _ => {
                drop(agent(node));
                Box::pin(pause(0))
            }
        }
    }
}

fn ignore<T>(_: T) {}

/// Is pending so often.
async fn pause(times: u64) {
    let mut left = times;
    std::future::poll_fn(|_| match left {
        0 => Poll::Ready(()),
        _ => {
            left -= 1;
            Poll::Pending
        }
    })
    .await;
}

// Chats and embeddings have nothing of their own kind directly below them, which would be the same call seen twice: they are leaves.

#[genai::chat(provider = openai, model = "m", response = none)]
async fn chat(mut node: Node) -> Answer {
    node.depth = DEPTH;
    node.body(true).await
}

#[genai::embeddings(provider = openai, model = "e", response = none)]
async fn embeddings(mut node: Node) -> Answer {
    node.depth = DEPTH;
    node.body(true).await
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn chat_sync(mut node: Node) -> Answer {
    node.depth = DEPTH;
    node.body_sync(true)
}

#[genai::agent(provider = openai, name = "a", response = none)]
async fn agent(node: Node) -> Answer {
    node.body(true).await
}

#[genai::tool(name = "t")]
async fn tool(node: Node) -> Answer {
    node.body(true).await
}

#[genai::tool(name = "s")]
fn tool_sync(node: Node) -> Answer {
    node.body_sync(true)
}

#[genai::workflow(name = "w", response = none)]
async fn workflow(node: Node) -> Answer {
    node.body(false).await
}

#[genai::agent(provider = openai, name = "l", response = none)]
fn later(node: Node) -> impl Future<Output = Answer> + Send {
    node.body(true)
}

#[genai::span(name = "own")]
async fn own(node: Node) -> Answer {
    node.body(false).await
}

#[genai::span(name = "own sync")]
fn own_sync(node: Node) -> Answer {
    node.body_sync(false)
}

/// An invocation whose scope a future runs in.
async fn by_hand(mut node: Node) {
    node.is_by_hand = true;
    let mut invocation = genai::agent("openai").name("h").start();
    let outcome = invocation.scope(node.body(true)).await;
    match outcome {
        Ok(()) => invocation.finish(),
        Err(failed) => invocation.fail(&failed),
    }
}

/// An invocation that a guard makes current.
fn by_guard(mut node: Node) {
    node.is_by_hand = true;
    let mut invocation = genai::tool("g").start();
    let attachment = invocation.attach();
    let entered = node.enter(true);
    node.below();
    drop(attachment);
    match node.end(entered) {
        Ok(()) => invocation.finish(),
        Err(failed) => invocation.fail(&failed),
    }
}

/// An item of a stream.
struct Piece;

impl Chunk for Piece {
    fn record_chunk(&self, stream: &mut Accumulator) {
        stream.text(0, "piece");
    }
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn pieces(
    mut node: Node,
) -> Result<impl Stream<Item = Result<Piece, Failed>> + Send, Failed> {
    let entered = node.enter(true);
    pause(node.dice.below(2)).await;
    if node.dice.once_in(6) {
        entered.ledger.outcome(entered.id, Outcome::Failed);
        return Err(Failed);
    }
    // From here on it is wanted as far as it is read.
    entered.ledger.outcome(entered.id, Outcome::Ok);
    let mut left = node.dice.below(4);
    let ending = node.dice.below(4);
    Ok(futures::stream::poll_fn(move |_| {
        node.check();
        if node.dice.once_in(3) {
            return Poll::Pending;
        }
        if left > 0 {
            left -= 1;
            return Poll::Ready(Some(Ok(Piece)));
        }
        match ending {
            0 => {
                entered.ledger.outcome(entered.id, Outcome::Failed);
                Poll::Ready(Some(Err(Failed)))
            }
            1 => {
                entered.ledger.outcome(entered.id, Outcome::Panicked);
                panic!("{PLANNED}");
            }
            _ => Poll::Ready(None),
        }
    }))
}

/// Reads a stream to its end, or some of it.
async fn streamed(mut node: Node) {
    let reads = node.dice.below(6);
    let Ok(stream) = pieces(node).await else {
        return;
    };
    let mut stream = pin!(stream);
    for _ in 0..reads {
        if !matches!(stream.next().await, Some(Ok(_))) {
            return;
        }
    }
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Polls once; whether the task goes on.
fn poll(task: &mut Task) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut cx)));
    matches!(polled, Ok(Poll::Pending))
}

/// Nothing may stay on a thread between two polls.
fn check_thread(ledger: &Ledger) {
    if !genai::context().is_empty() || current_span() != SpanId::INVALID {
        ledger.fault("something is left on the thread".to_owned());
    }
}

/// A thread that polls the tasks of another now and then.
struct Elsewhere {
    tasks: mpsc::Sender<Task>,
    polled: mpsc::Receiver<Option<Task>>,
}

impl Elsewhere {
    fn new(ledger: Arc<Ledger>) -> Self {
        let (tasks, to_poll) = mpsc::channel::<Task>();
        let (done, polled) = mpsc::channel();
        std::thread::spawn(move || {
            for mut task in to_poll {
                let goes_on = poll(&mut task);
                check_thread(&ledger);
                if done.send(goes_on.then_some(task)).is_err() {
                    return;
                }
            }
        });
        Self { tasks, polled }
    }

    fn poll(&self, task: Task) -> Option<Task> {
        self.tasks.send(task).ok()?;
        self.polled.recv().ok().flatten()
    }
}

/// Some tasks, polled in any order until each has ended or is dropped.
fn batch(ledger: &Arc<Ledger>, mut dice: Dice, elsewhere: &Elsewhere) {
    let mut tasks: Vec<Task> = Vec::new();
    let until = ledger.entered.load(Ordering::Relaxed) + BATCH;
    loop {
        let is_open = ledger.entered.load(Ordering::Relaxed) < until;
        if is_open && tasks.len() < 12 {
            let conversation = dice.below(50);
            let mut node = Node {
                ledger: Arc::clone(ledger),
                dice: dice.fork(),
                depth: 0,
                parent: SpanId::INVALID,
                conversation,
                is_by_hand: false,
            };
            let context = context_of(conversation);
            tasks.push(Box::pin(context.scope(async move { node.call().await })));
        }
        if tasks.is_empty() {
            return;
        }
        let at = dice.below(tasks.len() as u64) as usize;
        let mut task = tasks.swap_remove(at);
        if dice.once_in(60) {
            drop(task);
        } else if dice.once_in(40) {
            tasks.extend(elsewhere.poll(task));
        } else if poll(&mut task) {
            tasks.push(task);
        }
        check_thread(ledger);
    }
}

/// Runs about `count` calls.
pub fn run(plan: Plan) -> Report {
    crate::support::process::hide_panics(PLANNED);
    let ledger = Arc::new(Ledger::default());
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(Auditor(Arc::clone(&ledger)))
        .build();
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder()
        .with_reader(reader(&exporter))
        .build();
    Telemetry::builder()
        .tracer_provider(tracers.clone())
        .meter_provider(meters.clone())
        .capture(ContentCapture::NoContent)
        .install();
    let batches = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..plan.threads {
            scope.spawn(|| {
                let elsewhere = Elsewhere::new(Arc::clone(&ledger));
                while ledger.entered.load(Ordering::Relaxed) < plan.count {
                    let number = batches.fetch_add(1, Ordering::Relaxed);
                    let dice = Dice(
                        plan.seed
                            .wrapping_add(number.wrapping_mul(0xA24B_AED4_963E_E407)),
                    );
                    batch(&ledger, dice, &elsewhere);
                }
            });
        }
    });
    ignore(meters.force_flush());
    let mut report = Report::default();
    let read = |n: &AtomicU64| n.load(Ordering::SeqCst);
    report.count("calls entered", read(&ledger.entered));
    report.count("spans started", read(&ledger.started));
    report.count("spans ended", read(&ledger.ended));
    let points = durations(&exporter, |name| name.ends_with("duration"));
    let points = points.iter().sum();
    report.count("points of durations", points);
    report.same(
        "spans started",
        read(&ledger.started),
        read(&ledger.entered),
    );
    report.same("spans ended", read(&ledger.ended), read(&ledger.entered));
    report.same("points", points, read(&ledger.timed));
    let left: usize = (0..32)
        .map(|at| {
            ledger.running[at]
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .len()
        })
        .sum();
    report.same("calls still running", left as u64, 0);
    let faults = std::mem::take(&mut *ledger.faults.lock().unwrap_or_else(PoisonError::into_inner));
    report.faults.extend(faults);
    report
}
