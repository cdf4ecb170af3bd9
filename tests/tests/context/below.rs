//! What is ambient below a context without a conversation that somebody attached inside a call, and where a set there goes.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context as Poller, Poll, Waker};

use futures::executor::block_on;
use genai::testing::Harness;
use genai::{Inherited, set_context};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

use super::{here, named, on_a_thread};

/// What is ambient below a bare context.
fn below() -> Option<String> {
    let _bare = Context::new().attach();
    here()
}

/// Sets the context below a bare one.
fn set_below(id: &str) {
    let _bare = Context::new().attach();
    set_context(named(id));
}

#[genai::agent(provider = openai, name = "a", conversation_id = "c", response = none)]
fn in_a_function() -> Option<String> {
    below()
}

#[genai::workflow(name = "w")]
fn in_a_call_inside() -> [Option<String>; 3] {
    let inside = Inherited::here().run(|| {
        set_below("set");
        here()
    });
    // The call is over, and so is what was set in it.
    let after = here();
    set_context(named("own"));
    [inside, after, here()]
}

#[genai::workflow(name = "w")]
fn in_a_guard_inside() -> [Option<String>; 2] {
    let guard = named("guard").attach();
    set_context(named("set"));
    let inside = here();
    drop(guard);
    [inside, here()]
}

#[test]
fn a_calls_own_conversation_is_ambient_below_a_bare_context() {
    let _harness = Harness::install();
    on_a_thread(|| {
        assert_eq!(in_a_function().as_deref(), Some("c"));
        assert_eq!(below(), None);
        let mut agent = genai::agent("openai").conversation_id("c").start();
        let seen = block_on(agent.scope(async { below() }));
        assert_eq!(seen.as_deref(), Some("c"));
        agent.finish();
        assert_eq!((below(), here()), (None, None));
    });
}

#[test]
fn a_set_goes_to_the_innermost_call_and_no_further() {
    let _harness = Harness::install();
    on_a_thread(|| {
        let [inside, after, own] = in_a_call_inside();
        assert_eq!(inside.as_deref(), Some("set"));
        assert_eq!((after, own.as_deref()), (None, Some("own")));
        let [inside, after] = in_a_guard_inside();
        assert_eq!((inside.as_deref(), after), (Some("set"), None));
        assert_eq!(here(), None);
    });
}

/// A call that has no conversation of its own hides nothing of what is around it.
#[test]
fn the_value_of_a_thread_is_ambient_below_a_call_without_a_conversation() {
    let _harness = Harness::install();
    on_a_thread(|| {
        set_context(named("thread"));
        let mut workflow = genai::workflow().start();
        let seen = block_on(workflow.scope(async { (here(), below()) }));
        workflow.finish();
        assert_eq!(seen, (Some("thread".to_owned()), Some("thread".to_owned())));
    });
}

/// A set below a bare context is for the polls that follow, as any other.
#[test]
fn a_set_in_the_future_of_an_invocation_is_there_the_next_time() {
    let _harness = Harness::install();
    on_a_thread(|| {
        let mut agent = genai::agent("openai").conversation_id("c").start();
        let mut polls = 0;
        let inside = poll_fn(|poller: &mut Poller<'_>| {
            polls += 1;
            if polls == 1 {
                set_below("set");
                poller.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(here())
        });
        assert_eq!(block_on(agent.scope(inside)).as_deref(), Some("set"));
        agent.finish();
        assert_eq!(here(), None);
    });
}

#[genai::chat(provider = openai, model = "outer", response = none)]
fn names_its_span() -> [genai::SpanRef; 2] {
    genai::current().set(genai::keys::GEN_AI_RESPONSE_ID, "r-1");
    let mut same = genai::chat("openai").model("inner").start();
    let inside = {
        let _inside = same.attach();
        genai::current().span_ref()
    };
    same.finish();
    [inside, genai::current().span_ref()]
}

/// An invocation that is the same call as the function around it has that function's span, and what that knows.
#[test]
fn a_handle_from_inside_the_same_call_is_that_of_the_call() {
    let harness = Harness::install();
    let [inside, around] = names_its_span();
    assert_eq!(inside, around);
    assert_eq!(inside.response_id(), Some("r-1"));
    let span = inside.span_context().expect("a span").span_id();
    assert_eq!(span, harness.span("chat outer").span_id);
}

#[genai::chat(provider = openai, model = "later", response = none)]
fn asks_while_it_is_made() -> impl Future<Output = ()> {
    asked();
    async {}
}

#[genai::chat(provider = openai, model = "at once", response = none)]
fn asked() {}

/// A function whose future is the call asks a model before: that is a call of its own.
#[test]
fn a_call_while_a_future_is_made_is_not_the_same_one() {
    let harness = Harness::install();
    block_on(asks_while_it_is_made());
    let names: Vec<_> = harness.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["chat at once", "chat later"]);
}

#[genai::chat(provider = openai, model = "inner", response = none)]
async fn answers_later() {
    tokio::task::yield_now().await;
    genai::current().input_tokens(7);
    leaf();
}

#[genai::tool(name = "leaf")]
fn leaf() {}

#[genai::tool(name = "t")]
async fn ends(call: Pin<&mut dyn Future<Output = ()>>) {
    call.await;
}

#[genai::chat(provider = openai, model = "outer", response = none)]
async fn begins() {
    let mut call = Box::pin(answers_later());
    let mut poller = Poller::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut poller).is_pending());
    ends(call.as_mut()).await;
}

/// Of two functions that are one call the inner one leaves what it knows to the outer one, wherever it ends.
#[test]
fn what_is_known_goes_to_the_call_that_it_is_the_same_as() {
    let harness = Harness::install();
    block_on(begins());
    let names: Vec<_> = harness.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["execute_tool leaf", "execute_tool t", "chat outer"]);
    let outer = harness.span("chat outer");
    assert_eq!(outer.int("gen_ai.usage.input_tokens"), Some(7));
    // What runs inside is below whatever is current there.
    let tool = harness.span("execute_tool t");
    assert_eq!(tool.int("gen_ai.usage.input_tokens"), None);
    let leaf = harness.span("execute_tool leaf");
    assert_eq!(leaf.parent_span_id, Some(tool.span_id));
}

#[genai::chat(provider = openai, model = "later", response = none)]
fn hands_over_too_early() -> impl Future<Output = ()> {
    assert!(!genai::current().hand_over().is_recorded());
    async {
        genai::current().input_tokens(7);
    }
}

/// A call that has not started cannot be handed over: it starts as it would.
#[test]
fn what_has_not_started_is_not_handed_over() {
    let harness = Harness::install();
    block_on(hands_over_too_early());
    let span = harness.span("chat later");
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(7));
}

#[genai::chat(provider = openai, model = "later", response = none)]
fn names_itself_too_early() -> impl Future<Output = ()> {
    assert!(genai::current().span_ref().is_empty());
    async { assert!(!genai::current().span_ref().is_empty()) }
}

#[genai::workflow(name = "w")]
fn calls_what_names_itself() {
    assert!(!genai::current().span_ref().is_empty());
    block_on(names_itself_too_early());
}

/// A call that has not started has no handle yet, and what surrounds it is another call.
#[test]
fn what_has_not_started_is_not_named_as_what_surrounds_it() {
    let harness = Harness::install();
    calls_what_names_itself();
    assert_eq!(harness.spans().len(), 2);
}

#[genai::chat(provider = openai, model = "outer", response = none)]
fn asks_in_another_trace() {
    let (trace, span) = (TraceId::from(7), SpanId::from(8));
    let state = TraceState::NONE;
    let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, state);
    let _elsewhere = Context::new().with_remote_span_context(span).attach();
    asked();
}

/// What runs in another trace came here from elsewhere, and is no part of the call that runs.
#[test]
fn a_call_in_another_trace_is_not_the_same_one() {
    let harness = Harness::install();
    asks_in_another_trace();
    let inner = harness.span("chat at once");
    assert_eq!(inner.parent_span_id, Some(SpanId::from(8)));
    assert_eq!(harness.span("chat outer").parent_span_id, None);
}
