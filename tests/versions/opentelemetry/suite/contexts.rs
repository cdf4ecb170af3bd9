//! Contexts of both versions: remote parents, what is left and taken elsewhere, guards out of order, tasks that start tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use genai::GenAiContext;
use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, Tracer as _,
};
use opentelemetry::{Context, global};

use super::application::{ask, own_span};
use crate::older::Memory;
use crate::version;

fn remote(flags: TraceFlags) -> Context {
    let state = "vendor=value".parse().expect("a state");
    let span = SpanContext::new(
        TraceId::from_bytes([1; 16]),
        SpanId::from_bytes([2; 8]),
        flags,
        true,
        state,
    );
    Context::new().with_remote_span_context(span)
}

#[genai::tool]
fn quiet() -> u8 {
    1
}

#[genai::agent(provider = openai, name = "a")]
async fn agent(kind: &str) {
    match kind {
        "own context elsewhere" => {
            // By this version's context: the parent comes along, but for spans of the application in between.
            tokio::spawn(newest::trace::FutureExt::with_current_context(ask(
                "elsewhere",
            )))
            .await
            .expect("it ends")
            .expect("it answers");
        }
        "left" => {
            let _left = newest::Context::new().attach();
            quiet();
        }
        "left there" => {
            let _left = Context::new().attach();
            quiet();
        }
        "scoped" => {
            // A scope keeps the context of its making.
            let between = Context::current_with_span(global::tracer("app").start("between"));
            let scoped = {
                let _between = between.attach();
                GenAiContext::current()
                    .conversation_id("c-scoped")
                    .scope(ask("scoped"))
            };
            tokio::spawn(scoped)
                .await
                .expect("it ends")
                .expect("it answers");
        }
        _ => unreachable!("{kind}"),
    }
    own_span("last");
}

pub async fn scenario() {
    let memory = Memory::new();
    memory.set_global();
    let parents = |name: &str| {
        let got = memory.telemetry();
        memory.spans.reset();
        got.parents(name).join(" ")
    };

    ask("sampled")
        .with_context(remote(TraceFlags::SAMPLED))
        .await
        .expect("it answers");
    let spans = memory.spans.get_finished_spans().unwrap();
    let chat = spans
        .iter()
        .find(|s| s.name == "chat gpt-5")
        .expect("a span");
    assert_eq!(chat.parent_span_id, SpanId::from_bytes([2; 8]));
    assert_eq!(chat.span_context.trace_id(), TraceId::from_bytes([1; 16]));
    assert_eq!(chat.span_context.trace_state().get("vendor"), Some("value"));
    assert_eq!(parents("http"), "chat gpt-5 chat gpt-5");
    ask("unsampled")
        .with_context(remote(TraceFlags::NOT_SAMPLED))
        .await
        .expect("it answers");
    assert_eq!(memory.spans.get_finished_spans().unwrap().len(), 0);

    agent("own context elsewhere").await;
    assert_eq!(parents("chat gpt-5"), "invoke_agent a");
    agent("left").await;
    assert_eq!(parents("execute_tool quiet"), "-");
    agent("left there").await;
    assert_eq!(parents("execute_tool quiet"), "-");
    agent("scoped").await;
    let got = memory.telemetry();
    assert_eq!(
        got.named("chat gpt-5")[0].get("gen_ai.conversation.id"),
        Some("string c-scoped")
    );
    assert_eq!(
        got.named("chat gpt-5")[0].parent.as_deref(),
        Some("between")
    );
    assert_eq!(parents("last"), "invoke_agent a");

    // Where only the older version has a span, and in a context of the older version at the poll.
    let scoped = |context: &'static str| {
        let between = Context::current_with_span(global::tracer("app").start("between"));
        let _between = between.attach();
        GenAiContext::current()
            .conversation_id(context)
            .scope(ask("scoped"))
    };
    tokio::spawn(scoped("c-alone"))
        .await
        .expect("it ends")
        .expect("it answers");
    let got = memory.telemetry();
    assert_eq!(
        got.named("chat gpt-5")[0].parent.as_deref(),
        Some("between")
    );
    memory.spans.reset();
    let other = Context::current_with_span(global::tracer("app").start("other"));
    let scoped = scoped("c-attached").with_context(other);
    tokio::spawn(scoped)
        .await
        .expect("it ends")
        .expect("it answers");
    let got = memory.telemetry();
    assert_eq!(
        got.named("chat gpt-5")[0].get("gen_ai.conversation.id"),
        Some("string c-attached")
    );
    assert_eq!(got.named("chat gpt-5")[0].parent.as_deref(), Some("other"));
    memory.spans.reset();

    // By hand: attached, scoped, and taken along by its context.
    let mut chat = genai::chat("openai").model("hand").start();
    {
        let _inside = chat.attach();
        own_span("inside");
        quiet();
    }
    chat.scope(async {
        tokio::task::yield_now().await;
        own_span("inside");
    })
    .await;
    let cx = chat.context();
    std::thread::spawn(move || {
        let _there = cx.attach();
        quiet();
    })
    .join()
    .expect("it ends");
    own_span("outside");
    chat.finish();
    let got = memory.telemetry();
    assert_eq!(got.parents("inside"), ["chat hand"; 2]);
    assert_eq!(got.parents("execute_tool quiet"), ["chat hand"; 2]);
    assert_eq!(got.parents("outside"), ["-"]);
    memory.spans.reset();

    suppressed(&memory);
    context_with_a_drop_that_asks();
}

fn suppressed(memory: &Memory) {
    version::suppressed(quiet);
    assert_eq!(memory.spans.get_finished_spans().unwrap().len(), 0);
    quiet();
    assert_eq!(memory.spans.get_finished_spans().unwrap().len(), 1);
    memory.spans.reset();
}

/// A value whose end asks for the current context: 0.29 to 0.32 drop it where that is refused, so the library holds it until then.
fn context_with_a_drop_that_asks() {
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            let _ = Context::current();
        }
    }
    let scope = {
        let _theirs =
            version::ENDS_GUARDS_IN_ANY_ORDER.then(|| Context::new().with_value(Asks).attach());
        let scope = GenAiContext::new().conversation_id("c-1").attach();
        assert!(Context::current().get::<Asks>().is_some() == version::ENDS_GUARDS_IN_ANY_ORDER);
        scope
    };
    drop(scope);
    assert!(genai::context().is_empty());
}

/// Guards of this library, dropped in whatever order.
pub async fn order() {
    let memory = Memory::new();
    memory.set_global();
    let conversation = || genai::context().conversation().map(str::to_owned);
    let attach = |id: &str| GenAiContext::new().conversation_id(id).attach();
    for round in 0..2 {
        let (a, b, c) = (attach("a"), attach("b"), attach("c"));
        assert_eq!(conversation().as_deref(), Some("c"));
        drop(b);
        assert_eq!(conversation().as_deref(), Some("c"));
        drop(a);
        ask("inside").await.expect("it answers");
        drop(c);
        assert_eq!(conversation(), None, "round {round}");
        ask("outside").await.expect("it answers");
        // What an older context brings along is seen as before.
        let job = {
            let _scope = attach("d");
            ask("a job").with_current_context()
        };
        job.await.expect("it answers");
    }
    let got = memory.telemetry();
    let conversations: Vec<_> = got
        .named("chat gpt-5")
        .iter()
        .map(|s| s.get("gen_ai.conversation.id"))
        .collect();
    let round = [Some("string c"), None, Some("string d")];
    assert_eq!(conversations, [round, round].concat());
    assert_eq!(got.parents("chat gpt-5"), ["-"; 6]);
    assert!(!Context::current().has_active_span());
}

/// Tasks that each start the next one hold nothing of those before.
pub async fn chain() {
    static HELD: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    struct Held;
    impl Drop for Held {
        fn drop(&mut self) {
            HELD.fetch_sub(1, Ordering::Relaxed);
        }
    }

    const LENGTH: usize = 20_000;

    #[genai::agent(provider = openai, name = "next", response = none)]
    async fn next(left: usize, done: Arc<tokio::sync::Notify>) {
        if left == 0 {
            done.notify_one();
            return;
        }
        HELD.fetch_add(1, Ordering::Relaxed);
        MOST.fetch_max(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
        let cx = Context::current_with_value(Held);
        let scope = {
            GenAiContext::current()
                .property("left", left as i64)
                .scope(start(left - 1, done))
        };
        tokio::spawn(opentelemetry::trace::FutureExt::with_context(scope, cx));
    }

    fn start(
        left: usize,
        done: Arc<tokio::sync::Notify>,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(next(left, done))
    }

    let memory = Memory::new();
    memory.set_global();
    let done = Arc::new(tokio::sync::Notify::new());
    tokio::spawn(start(LENGTH, Arc::clone(&done)));
    done.notified().await;
    // The last tasks may still be at their ends.
    let ended = async {
        while memory.spans.get_finished_spans().unwrap().len() <= LENGTH {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("every span ends");
    let most = MOST.load(Ordering::Relaxed);
    assert!(most < 1_000, "{most} contexts at once");
}
