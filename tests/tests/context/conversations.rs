//! Many conversations at once on a runtime with several threads: every span and event carries its own conversation, user and
//! content, whatever yields, fails, panics, is cancelled, spawned or set in between.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use genai::testing::{Harness, Span};
use genai::{ContentCapture, GenAiContext, set_context};
use opentelemetry::context::FutureExt as _;
use tokio::task::yield_now;
use tokio::time::timeout;

const CONVERSATIONS: usize = 64;
const STEPS: usize = 24;
const ON_PURPOSE: &str = "on purpose";

/// Bodies that were entered: as many spans there are to be.
static ENTERED: AtomicUsize = AtomicUsize::new(0);

/// To whom a call belongs, handed down by hand: what the ambient context has to agree with.
#[derive(Clone, Debug)]
struct Owner {
    /// The number of the task at the top.
    root: usize,
    conversation: Option<String>,
    user: Option<String>,
}

impl Owner {
    fn new(root: usize, turn: usize) -> Self {
        Self {
            root,
            conversation: Some(format!("conversation-{root}-{turn}")),
            user: Some(format!("user-{root}-{turn}")),
        }
    }

    fn nobody(root: usize) -> Self {
        Self {
            root,
            conversation: None,
            user: None,
        }
    }

    fn context(&self) -> GenAiContext {
        GenAiContext::new()
            .conversation_id(self.conversation.as_deref())
            .property("user.id", self.user.as_deref())
    }

    /// What only this owner says.
    fn secret(&self) -> String {
        format!("{:?} of {:?}", self.user, self.conversation)
    }
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    async fn pause(&mut self) {
        match self.below(8) {
            0 => tokio::time::sleep(Duration::from_micros(50)).await,
            n => {
                for _ in 0..n {
                    yield_now().await;
                }
            }
        }
    }
}

#[derive(Debug)]
struct Failed;

/// How a call ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Answer,
    Fail,
    Panic,
    Never,
}

#[genai::chat(
    provider = openai,
    model = "gpt-5",
    input = genai::message::user(owner.secret()),
    attributes(test.root = owner.root, test.conversation = owner.conversation, test.user = owner.user),
)]
async fn ask(owner: &Owner, end: End, seed: u64) -> Result<String, Failed> {
    ENTERED.fetch_add(1, Ordering::Relaxed);
    let mut numbers = Numbers(seed);
    numbers.pause().await;
    // The context is also the right one for whoever asks inside.
    assert_eq!(genai::context(), owner.context());
    match end {
        End::Answer => Ok(owner.secret()),
        End::Fail => Err(Failed),
        End::Panic => std::panic::panic_any(ON_PURPOSE),
        End::Never => pending().await,
    }
}

#[genai::embeddings(
    provider = openai,
    model = "text-embedding-3-small",
    response = none,
    attributes(test.root = owner.root, test.conversation = owner.conversation, test.user = owner.user),
)]
async fn embed(owner: &Owner, seed: u64) {
    ENTERED.fetch_add(1, Ordering::Relaxed);
    Numbers(seed).pause().await;
}

#[genai::tool(
    attributes(test.root = owner.root, test.conversation = owner.conversation, test.user = owner.user),
)]
async fn look_up(owner: &Owner, seed: u64) {
    ENTERED.fetch_add(1, Ordering::Relaxed);
    Numbers(seed).pause().await;
    let _ = ask(owner, End::Answer, seed).await;
}

#[genai::agent(
    name = "helper",
    provider = openai,
    response = none,
    attributes(test.root = owner.root, test.conversation = owner.conversation, test.user = owner.user),
)]
async fn help(owner: &Owner, seed: u64) {
    ENTERED.fetch_add(1, Ordering::Relaxed);
    look_up(owner, seed).await;
    let _ = ask(owner, End::Fail, seed).await;
}

/// Changes the context inside: for the rest of its own body, and for what that runs or spawns.
#[genai::workflow(
    name = "rename",
    response = none,
    attributes(test.root = owner.root, test.conversation = owner.conversation, test.user = owner.user),
)]
async fn rename(owner: &Owner, inner: &Owner, seed: u64) {
    ENTERED.fetch_add(1, Ordering::Relaxed);
    embed(owner, seed).await;
    set_context(inner.context());
    embed(inner, seed).await;
    help(inner, seed).await;
    spawned(inner, End::Answer, seed).await;
    Numbers(seed).pause().await;
    spawned(inner, End::Answer, seed).await;
    let again = Owner::new(inner.root, seed as usize % 1000 + 2000);
    set_context(again.context());
    help(&again, seed).await;
    spawned(&again, End::Fail, seed).await;
}

/// In a task of its own, which the caller's context is handed to.
async fn spawned(owner: &Owner, end: End, seed: u64) {
    let owner = owner.clone();
    let call = async move { ask(&owner, end, seed).await.is_ok() };
    let joined = tokio::spawn(call.with_current_context()).await;
    match end {
        End::Panic => assert!(joined.is_err_and(|e| e.is_panic())),
        _ => assert_eq!(joined.ok(), Some(matches!(end, End::Answer))),
    }
}

#[genai::context(conversation_id = owner.conversation, properties(user.id = owner.user))]
async fn conversation(mut owner: Owner, seed: u64) {
    let mut numbers = Numbers(seed);
    for step in 0..STEPS {
        let seed = numbers.below(usize::MAX) as u64;
        numbers.pause().await;
        match numbers.below(10) {
            0 => drop(ask(&owner, End::Answer, seed).await),
            1 => drop(ask(&owner, End::Fail, seed).await),
            2 => embed(&owner, seed).await,
            3 => help(&owner, seed).await,
            4 => spawned(&owner, End::Answer, seed).await,
            5 => spawned(&owner, End::Panic, seed).await,
            6 => {
                let cancelled = timeout(Duration::from_millis(2), ask(&owner, End::Never, seed));
                assert!(cancelled.await.is_err());
            }
            7 => {
                owner = Owner::new(owner.root, step + 1);
                set_context(owner.context());
            }
            8 => rename(&owner, &Owner::new(owner.root, step + 1000), seed).await,
            _ => {
                let inner = Owner::nobody(owner.root);
                let run = async {
                    help(&inner, seed).await;
                    genai::clear_context();
                    spawned(&inner, End::Answer, seed).await;
                };
                inner.context().scope(run).await;
            }
        }
    }
}

fn check_span(span: &Span) {
    assert_eq!(
        span.str("gen_ai.conversation.id"),
        span.str("test.conversation"),
        "{span:#?}"
    );
    assert_eq!(
        span.str("gen_ai.association.properties.user.id"),
        span.str("test.user"),
        "{span:#?}"
    );
    if !span.name.starts_with("chat") {
        return;
    }
    let user = format!("{:?}", span.str("test.user"));
    for key in ["gen_ai.input.messages", "gen_ai.output.messages"] {
        if let Some(messages) = span.json(key) {
            let text = messages[0]["parts"][0]["content"]
                .as_str()
                .unwrap_or_default();
            assert!(text.starts_with(&user), "{text}: {span:#?}");
        }
    }
}

#[test]
fn conversations_never_mix() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&ON_PURPOSE) {
            usual(info);
        }
    }));
    let harness = Harness::install_with(|settings| {
        settings
            .capture(ContentCapture::SpanAndEvent)
            .emit_events(true)
    });
    let runtime = genai_tests::runtime_of(4);
    runtime.block_on(async {
        let tasks = (0..CONVERSATIONS).map(|root| {
            let owner = Owner::new(root, 0);
            tokio::spawn(conversation(owner, root as u64 + 1))
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no assertion failed");
        }
    });

    let spans = harness.spans();
    assert_eq!(spans.len(), ENTERED.load(Ordering::Relaxed));
    spans.iter().for_each(check_span);
    for kind in [
        "chat",
        "embeddings",
        "invoke_agent",
        "execute_tool",
        "invoke_workflow",
    ] {
        let of_kind = spans.iter().filter(|span| span.name.starts_with(kind));
        assert!(of_kind.count() >= CONVERSATIONS, "too few of {kind}");
    }
    for error_type in ["cancelled", "panic"] {
        let such = spans
            .iter()
            .filter(|span| span.str("error.type") == Some(error_type));
        assert!(such.count() >= CONVERSATIONS / 2, "too few of {error_type}");
    }
    // A trace belongs to one task at the top, and a child to its parent's trace.
    let mut roots = std::collections::HashMap::new();
    for span in &spans {
        let root = span.int("test.root");
        assert_eq!(*roots.entry(span.trace_id).or_insert(root), root);
    }

    let events = harness.events();
    let chats: Vec<Arc<Span>> = spans
        .into_iter()
        .filter(|span| span.name.starts_with("chat"))
        .map(Arc::new)
        .collect();
    assert_eq!(events.len(), chats.len());
    let by_id: std::collections::HashMap<_, _> =
        chats.iter().map(|span| (span.span_id, span)).collect();
    for event in &events {
        let (_, span) = event.trace.expect("an event is in a span");
        let span = by_id[&span];
        for (key, truth) in [
            ("gen_ai.conversation.id", "test.conversation"),
            ("gen_ai.association.properties.user.id", "test.user"),
        ] {
            assert_eq!(event.str(key), span.str(truth), "{event:?}");
            assert_eq!(event.str(truth), span.str(truth), "{event:?}");
        }
        let output = event.json("gen_ai.output.messages");
        let text = output
            .as_ref()
            .and_then(|m| m[0]["parts"][0]["content"].as_str());
        if let Some(text) = text {
            assert!(
                text.starts_with(&format!("{:?}", span.str("test.user"))),
                "{event:?}"
            );
        }
    }
}
