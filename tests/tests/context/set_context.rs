//! How far a set of the context reaches: to everything below the scope it was set in, and not a step further.

use futures::executor::block_on;
use genai::testing::{Harness, Span};
use genai::{GenAiContext, context, set_context};
use genai_tests::runtime_of;
use opentelemetry::context::FutureExt as _;
use tokio::task::yield_now;

use super::{named, on_a_thread};

#[genai::tool(name = name)]
fn tool(name: &str) {}

/// Sets the context in its body; what is below comes after.
#[genai::workflow(name = "outer")]
fn outer(id: &str) {
    tool("before");
    set_context(named(id));
    tool("after");
    middle("below");
    set_context(named("again"));
    tool("after again");
}

#[genai::workflow(name = "middle")]
fn middle(name: &str) {
    tool(name);
}

#[genai::workflow(name = "spawning")]
async fn spawning(id: &str) {
    set_context(named(id));
    let spawned = async { tool("spawned at once") };
    tokio::spawn(spawned.with_current_context())
        .await
        .expect("no panic");
    yield_now().await;
    let spawned = async { tool("spawned later") };
    tokio::spawn(spawned.with_current_context())
        .await
        .expect("no panic");
    tokio::spawn(async { tool("spawned without") })
        .await
        .expect("no panic");
}

fn id(span: &Span) -> Option<&str> {
    span.str("gen_ai.conversation.id")
}

fn id_of(harness: &Harness, name: &str) -> Option<String> {
    id(&harness.span(&format!("execute_tool {name}"))).map(str::to_owned)
}

#[test]
fn in_an_annotated_function() {
    let harness = Harness::install();
    let _scope = named("ambient").attach();
    outer("set");
    tool("outside");
    for (name, expected) in [
        ("before", "ambient"),
        ("after", "set"),
        ("below", "set"),
        ("after again", "again"),
        ("outside", "ambient"),
    ] {
        assert_eq!(id_of(&harness, name).as_deref(), Some(expected), "{name}");
    }
    // What was on a span at its start stays.
    let span = harness.span("invoke_workflow outer");
    assert_eq!(id(&span), Some("ambient"));
    assert_eq!(id(&harness.span("invoke_workflow middle")), Some("set"));
}

#[test]
fn outside_any_scope() {
    let harness = Harness::install();
    // A thread of its own: outside any scope the thread's value is set.
    std::thread::scope(|threads| {
        threads.spawn(|| {
            outer("set");
            tool("outside");
            assert_eq!(context(), GenAiContext::new());
        });
    });
    assert_eq!(id_of(&harness, "before"), None);
    assert_eq!(id_of(&harness, "below").as_deref(), Some("set"));
    assert_eq!(id_of(&harness, "outside"), None);
}

#[test]
fn into_tasks_that_are_handed_the_context() {
    let harness = Harness::install();
    runtime_of(2).block_on(named("ambient").scope(spawning("set")));
    assert_eq!(id_of(&harness, "spawned at once").as_deref(), Some("set"));
    assert_eq!(id_of(&harness, "spawned later").as_deref(), Some("set"));
    assert_eq!(id_of(&harness, "spawned without"), None);
}

#[test]
fn in_an_invocation() {
    let harness = Harness::install();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut workflow = genai::workflow().name("by hand").start();
            {
                let _attached = workflow.attach();
                set_context(named("attached"));
                tool("attached");
                middle("below");
            }
            tool("detached");
            workflow.finish();
            assert_eq!(context(), GenAiContext::new());
        });
    });
    assert_eq!(id_of(&harness, "attached").as_deref(), Some("attached"));
    assert_eq!(id_of(&harness, "below").as_deref(), Some("attached"));
    assert_eq!(id_of(&harness, "detached"), None);
}

#[test]
fn in_the_future_of_an_invocation() {
    let harness = Harness::install();
    let task = async {
        let mut workflow = genai::workflow().name("by hand").start();
        let inside = async {
            set_context(named("set"));
            yield_now().await;
            tool("later");
            set_context(named("again"));
            yield_now().await;
            tool("later still");
        };
        workflow.scope(inside).await;
        tool("outside");
        workflow.finish();
    };
    let runtime = runtime_of(2);
    runtime.block_on(async { tokio::spawn(task).await.expect("no panic") });
    // No thread of the runtime kept anything.
    for _ in 0..16 {
        let seen = runtime.block_on(async { tokio::spawn(async { context() }).await });
        assert_eq!(seen.expect("no panic"), GenAiContext::new());
    }
    assert_eq!(id_of(&harness, "later").as_deref(), Some("set"));
    assert_eq!(id_of(&harness, "later still").as_deref(), Some("again"));
    assert_eq!(id_of(&harness, "outside"), None);
}

#[genai::workflow(name = "twice")]
async fn twice() {
    set_context(named("set"));
    says_properties("first");
    yield_now().await;
    says_properties("second");
    set_context(named("again").property("user.id", "around"));
    yield_now().await;
    says_properties("third");
}

#[genai::workflow(name = "twice")]
fn set_before() -> impl Future<Output = ()> {
    set_context(named("set"));
    async { says_properties("third") }
}

fn says_properties(value: &str) {
    genai::current()
        .property("tenant", value)
        .property("user.id", value);
}

/// What was around at the start stays on the span, and is not there a second time, whatever was set meanwhile.
#[test]
fn a_property_that_the_span_has_is_not_there_twice() {
    let harness = Harness::install();
    let check = |what: &str| {
        let span = harness.span("invoke_workflow twice");
        assert!(span.duplicates.is_empty(), "{what}: {:?}", span.duplicates);
        let property = |key: &str| span.str(&format!("gen_ai.association.properties.{key}"));
        assert_eq!(property("tenant"), Some("around"), "{what}");
        // What is set inside is not on the span: the operation may have it on its own.
        assert_eq!(property("user.id"), Some("third"), "{what}");
        harness.clear();
    };
    let around = || GenAiContext::new().property("tenant", "around");
    type Call = fn();
    let calls: [Call; 2] = [|| block_on(twice()), || block_on(set_before())];
    for call in calls {
        let scope = around().attach();
        call();
        drop(scope);
        check("a scope");
        // The value of a thread.
        on_a_thread(|| {
            set_context(around());
            call();
        });
        check("a thread");
    }
}
