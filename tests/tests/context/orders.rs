//! What may be written around a future, in every order: a scope, a remote parent, the attribute of a context, an operation. Each keeps
//! what the others say; where two say the same thing, the inner one counts.

use std::future::Future;
use std::pin::Pin;

use genai::GenAiContext;
use genai::testing::Harness;
use opentelemetry::Context;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// `GenAiContext::new().conversation_id("c").scope(task)`, which replaces what is set outside.
    Scope,
    /// `task.with_context(remote)`
    Remote,
    /// `#[genai::context(properties(user.id = "alice"))]`, which adds to it.
    Attribute,
    /// `#[genai::workflow]`
    Operation,
}

use Around::{Attribute, Operation, Remote, Scope};

#[genai::context(properties(user.id = "alice"))]
async fn attribute(task: Task) {
    task.await;
}

#[genai::workflow(name = "w")]
async fn operation(task: Task) {
    task.await;
}

#[genai::tool(name = name)]
async fn leaf(name: String) {
    tokio::task::yield_now().await;
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

impl Around {
    fn put(self, task: Task) -> Task {
        match self {
            Scope => Box::pin(GenAiContext::new().conversation_id("c").scope(task)),
            Remote => Box::pin(task.with_context(remote())),
            Attribute => Box::pin(attribute(task)),
            Operation => Box::pin(operation(task)),
        }
    }
}

/// Whose child the leaf is, in which conversation, of which user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Expected {
    parent: Option<Around>,
    has_conversation: bool,
    has_user: bool,
}

/// By what is written, from the outside to the inside. A scope keeps the span it was made in, which counts where none is current.
fn expected(order: &[Around], made_in: Option<Around>) -> Expected {
    order
        .iter()
        .fold(Expected::default(), |outer, around| match around {
            Scope => Expected {
                parent: outer.parent.or(made_in),
                has_conversation: true,
                has_user: false,
            },
            Attribute => Expected {
                has_user: true,
                ..outer
            },
            Remote | Operation => Expected {
                parent: Some(*around),
                ..outer
            },
        })
}

/// Every order of every choice of these.
fn orders(of: &[Around]) -> Vec<Vec<Around>> {
    let mut all = vec![Vec::new()];
    for (at, first) in of.iter().enumerate() {
        let rest: Vec<Around> = [&of[..at], &of[at + 1..]].concat();
        for mut order in orders(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

fn check(harness: &Harness, order: &[Around], made_in: Option<Around>, name: &str) {
    let leaf = harness.span(&format!("execute_tool {name}"));
    let workflow = harness
        .spans()
        .into_iter()
        .find(|span| span.name == "invoke_workflow w");
    let parent = match leaf.parent_span_id {
        None => None,
        Some(id) if id == SpanId::from(2) => Some(Remote),
        Some(id) => {
            assert_eq!(
                Some(id),
                workflow.as_ref().map(|span| span.span_id),
                "{order:?}"
            );
            Some(Operation)
        }
    };
    let found = Expected {
        parent,
        has_conversation: leaf.str("gen_ai.conversation.id") == Some("c"),
        has_user: leaf.str("gen_ai.association.properties.user.id") == Some("alice"),
    };
    assert_eq!(found, expected(order, made_in), "{order:?}, {name}");
    // The operation itself has what is outside of it.
    if let (Some(workflow), Some(at)) = (workflow, order.iter().position(|a| *a == Operation)) {
        let outside = expected(&order[..at], made_in);
        assert_eq!(
            workflow.parent_span_id.is_some(),
            outside.parent.is_some(),
            "{order:?}"
        );
        let id = workflow.str("gen_ai.conversation.id");
        assert_eq!(id.is_some(), outside.has_conversation, "{order:?}");
    }
}

#[test]
fn each_order_keeps_what_each_says() {
    let harness = Harness::install();
    let runtime = genai_tests::runtime();
    let orders = orders(&[Scope, Remote, Attribute, Operation]);
    assert_eq!(orders.len(), 65);
    for order in &orders {
        let build = |name: &str| -> Task {
            let leaf: Task = Box::pin(leaf(name.to_owned()));
            order
                .iter()
                .rev()
                .fold(leaf, |task, around| around.put(task))
        };
        harness.clear();
        runtime.block_on(build("awaited"));
        check(&harness, order, None, "awaited");
        harness.clear();
        runtime.block_on(async { tokio::spawn(build("spawned")).await.unwrap() });
        check(&harness, order, None, "spawned");
        // Made where something is current, and run where nothing is.
        harness.clear();
        let made = {
            let _attached = remote().attach();
            build("elsewhere")
        };
        runtime.block_on(async { tokio::spawn(made).await.unwrap() });
        check(&harness, order, Some(Remote), "elsewhere");
    }
}
