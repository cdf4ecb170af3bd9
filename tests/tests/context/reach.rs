//! Guards that end in any order, sets that stay where they were made, calls that are seen twice where they run, and what is dropped
//! unfinished.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Poller, Waker};

use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::testing::Harness;
use genai::{GenAiContext, set_context};
use opentelemetry::Context;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};

use super::{here, named, on_a_thread};

#[genai::tool(name = name)]
fn tool(name: &str) {}

#[genai::chat(provider = openai, model = "later", response = none)]
fn later() {}

fn id_of(harness: &Harness, name: &str) -> Option<String> {
    let span = harness.span(&format!("execute_tool {name}"));
    span.str("gen_ai.conversation.id").map(str::to_owned)
}

fn poll_once<F: Future>(future: Pin<&mut F>) {
    let polled = future.poll(&mut Poller::from_waker(Waker::noop()));
    assert!(polled.is_pending());
}

#[test]
fn guards_of_invocations_restore_nothing_whatever_their_order() {
    let harness = Harness::install();
    for is_reversed in [false, true] {
        on_a_thread(|| {
            let mut chat = genai::chat("openai").model("first").start();
            let mut agent = genai::agent("openai").start();
            let (outer, inner) = (chat.attach(), agent.attach());
            if is_reversed {
                drop(inner);
                drop(outer);
            } else {
                drop(outer);
                drop(inner);
            }
            chat.finish();
            agent.finish();
            later();
            assert!(!Context::current().has_active_span());
        });
        let span = harness.span("chat later");
        assert_eq!(span.parent_span_id, None);
        harness.clear();
    }
}

#[test]
fn a_leaked_guard_makes_no_later_call_the_same_one() {
    let harness = Harness::install();
    on_a_thread(|| {
        let mut chat = genai::chat("openai").model("first").start();
        std::mem::forget(chat.attach());
        chat.finish();
        later();
        std::mem::forget(named("leaked").attach());
        let _other = named("other").attach();
        assert_eq!(here().as_deref(), Some("other"));
    });
    harness.span("chat later");
}

#[test]
fn guards_of_contexts_restore_nothing_whatever_their_order() {
    on_a_thread(|| {
        let (one, two) = (named("one").attach(), named("two").attach());
        set_context(named("set"));
        drop(one);
        assert_eq!(here().as_deref(), Some("set"));
        drop(two);
        assert_eq!(here(), None);
    });
}

#[test]
fn a_set_reaches_no_other_task() {
    let harness = Harness::install();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let scoped = |user: &'static str| async move {
        set_context(named(user));
        tokio::task::yield_now().await;
        tool(user);
    };
    runtime.block_on(named("server").scope(async {
        // Without a scope of its own: nobody gets it. With one: the task alone does.
        let bare = ["a", "b"].map(|user| tokio::spawn(scoped(user).with_current_context()));
        let own = ["c", "d"].map(|user| {
            let task = GenAiContext::current().scope(scoped(user));
            tokio::spawn(task.with_current_context())
        });
        for task in bare.into_iter().chain(own) {
            task.await.expect("no panic");
        }
        let before = tokio::spawn(async { tool("spawned before") }.with_current_context());
        set_context(named("later"));
        before.await.expect("no panic");
        assert_eq!(here().as_deref(), Some("later"));
    }));
    for (name, expected) in [
        ("a", "server"),
        ("b", "server"),
        ("c", "c"),
        ("d", "d"),
        ("spawned before", "server"),
    ] {
        assert_eq!(id_of(&harness, name).as_deref(), Some(expected), "{name}");
    }
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn asks(user: &'static str) -> impl Future<Output = ()> {
    set_context(named(user));
    async { tool("in the future") }
}

#[genai::context(conversation_id = "outer")]
fn below() -> impl Future<Output = Option<String>> {
    set_context(named("set"));
    async { here() }
}

#[genai::context(conversation_id = "outer")]
fn streams() -> impl Stream<Item = Option<String>> {
    set_context(named("set"));
    stream::iter([(); 2]).map(|()| here())
}

#[test]
fn a_set_where_a_future_is_made_lasts_as_long_as_that() {
    let harness = Harness::install();
    on_a_thread(|| {
        block_on(asks("alice"));
        assert_eq!(here(), None);
        assert_eq!(block_on(below()).as_deref(), Some("set"));
        let seen: Vec<_> = block_on(streams().collect());
        assert_eq!(seen, [Some("set".to_owned()), Some("set".to_owned())]);
        assert_eq!(here(), None);
    });
    assert_eq!(id_of(&harness, "in the future").as_deref(), Some("alice"));
}

#[genai::agent(provider = openai, name = "a", response = none)]
fn below_a_guard(tracer: &opentelemetry_sdk::trace::SdkTracer) {
    {
        let _span = Context::current_with_span(tracer.start("login")).attach();
        set_context(named("set"));
        tool("below the guard");
    }
    {
        let _quiet = Context::enter_telemetry_suppressed_scope();
        set_context(named("set again"));
    }
    tool("after the guards");
}

#[test]
fn a_set_below_a_guard_of_others_leaves_that_guard_its_end() {
    let harness = Harness::install();
    below_a_guard(&harness.tracer_provider().tracer("app"));
    assert_eq!(id_of(&harness, "below the guard").as_deref(), Some("set"));
    assert_eq!(
        id_of(&harness, "after the guards").as_deref(),
        Some("set again")
    );
    let agent = harness.span("invoke_agent a").span_id;
    let after = harness.span("execute_tool after the guards");
    assert_eq!(after.parent_span_id, Some(agent));
    let below = harness.span("execute_tool below the guard");
    assert_eq!(below.parent_span_id, Some(harness.span("login").span_id));
}

#[genai::chat(provider = openai, model = "inner", response = none)]
fn inner() -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async {
        genai::current().input_tokens(7);
        1
    })
}

#[genai::chat(provider = openai, model = "outer", response = none)]
async fn hedges() -> u8 {
    let (a, b) = (tokio::spawn(inner()), tokio::spawn(inner()));
    a.await.expect("no panic") + b.await.expect("no panic")
}

#[genai::chat(provider = openai, model = "wrapper", response = none)]
async fn wraps(future: Pin<Box<dyn Future<Output = u8> + Send>>) -> u8 {
    future.await
}

#[test]
fn whether_a_call_is_seen_twice_is_decided_where_it_runs() {
    let harness = Harness::install();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    assert_eq!(runtime.block_on(hedges()), 2);
    assert_eq!(harness.spans().len(), 3);
    assert_eq!(
        harness.span("chat outer").int("gen_ai.usage.input_tokens"),
        None
    );
    harness.clear();
    runtime.block_on(wraps(inner()));
    let spans = harness.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(
        harness
            .span("chat wrapper")
            .int("gen_ai.usage.input_tokens"),
        Some(7)
    );
}

struct OnDrop(&'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        tool(self.0);
    }
}

async fn waits(name: &'static str) {
    let _dropped = OnDrop(name);
    std::future::pending::<()>().await;
}

#[genai::chat(provider = openai, model = "inner", response = none)]
async fn waits_inside() {
    waits("of the same call").await;
}

#[genai::chat(provider = openai, model = "outer", response = none)]
async fn drops_inside() {
    let mut inner = Box::pin(waits_inside());
    poll_once(inner.as_mut());
}

#[genai::context(conversation_id = "c")]
async fn waits_in_context() {
    waits("of a function").await;
}

#[test]
fn what_is_dropped_unfinished_is_dropped_in_its_context() {
    let harness = Harness::install();
    block_on(named("c").scope(drops_inside()));
    let mut scoped = Box::pin(named("c").scope(waits("of a scope")));
    poll_once(scoped.as_mut());
    drop(scoped);
    let mut function = Box::pin(waits_in_context());
    poll_once(function.as_mut());
    drop(function);
    let mut agent = genai::agent("openai")
        .name("a")
        .conversation_id("c")
        .start();
    let mut inside = Box::pin(agent.scope(waits("of an invocation")));
    poll_once(inside.as_mut());
    drop(inside);
    agent.finish();
    for name in [
        "of the same call",
        "of a scope",
        "of a function",
        "of an invocation",
    ] {
        assert_eq!(id_of(&harness, name).as_deref(), Some("c"), "{name}");
    }
    let outer = harness.span("chat outer").span_id;
    let same = harness.span("execute_tool of the same call");
    assert_eq!(same.parent_span_id, Some(outer));
    assert_eq!(here(), None);
}

fn remote() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ))
}

#[test]
fn scope_and_with_context_commute() {
    let harness = Harness::install();
    let call = |name: &'static str| async move {
        tokio::task::yield_now().await;
        tool(name);
    };
    let one = named("c").scope(call("outside")).with_context(remote());
    let two = named("c").scope(call("inside").with_context(remote()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(one).await.expect("no panic");
        tokio::spawn(two).await.expect("no panic");
    });
    for name in ["outside", "inside"] {
        let span = harness.span(&format!("execute_tool {name}"));
        assert_eq!(span.parent_span_id, Some(SpanId::from(2)), "{name}");
        assert_eq!(id_of(&harness, name).as_deref(), Some("c"), "{name}");
    }
}
