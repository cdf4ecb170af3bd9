//! `#[genai::context]` and an operation on one function: whichever stands above, the context is the outer one at run time, for
//! every operation and every shape of function. What is asked is the telemetry, and what the body sees.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};

use futures::executor::block_on;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use genai::testing::{Attributes, Event, Harness};
use genai::{ContextInMetrics, GenAiContext};
use genai_tests::isolated;

const CONVERSATION: &str = "gen_ai.conversation.id";
const TENANT: &str = "gen_ai.association.properties.tenant";
const OUTER: &str = "gen_ai.association.properties.outer";

/// What the body of a function sees of the ambient context.
type Seen = Option<String>;

/// The name of a boxed future that no attribute can look through.
type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The name of a boxed stream that no attribute can look through.
type Items<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// Reads the ambient context as code in a body does.
fn seen() -> Seen {
    let context = genai::context();
    let id = context.conversation()?;
    let tenant = context.value("tenant")?;
    Some(format!("{id} of {tenant}"))
}

/// Is pending once, so that what follows runs in a later poll.
async fn pause() {
    let mut is_first = true;
    std::future::poll_fn(|cx| {
        if std::mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(())
    })
    .await;
}

/// One operation on a function of every shape; `value` and `stream` are the two attributes, in the order under test.
macro_rules! functions {
    ($module:ident $id:ident value: [$($value:tt)*] boxed: [$($boxed:tt)*] stream: [$($stream:tt)*] alias: [$($alias:tt)*]) => {
        pub(super) mod $module {
            use super::super::*;

            $($value)*
            async fn asynchronous($id: String) -> Seen {
                pause().await;
                let _ = &$id;
                seen()
            }

            $($value)*
            fn synchronous($id: String) -> Seen {
                let _ = &$id;
                seen()
            }

            $($value)*
            fn future($id: String) -> impl Future<Output = Seen> + Send {
                async move {
                    pause().await;
                    let _ = &$id;
                    seen()
                }
            }

            $($value)*
            fn boxed_future($id: String) -> Pin<Box<dyn Future<Output = Seen> + Send>> {
                Box::pin(async move {
                    pause().await;
                    let _ = &$id;
                    seen()
                })
            }

            $($boxed)*
            fn named_future($id: String) -> Later<Seen> {
                Box::pin(async move {
                    pause().await;
                    let _ = &$id;
                    seen()
                })
            }

            $($stream)*
            fn opaque_stream($id: String) -> impl Stream<Item = Seen> + Send {
                stream::once(async move {
                    pause().await;
                    let _ = &$id;
                    seen()
                })
            }

            $($stream)*
            async fn boxed_stream($id: String) -> Result<BoxStream<'static, Seen>, String> {
                pause().await;
                Ok(stream::once(async move {
                    pause().await;
                    let _ = &$id;
                    seen()
                })
                .boxed())
            }

            $($alias)*
            fn named_stream($id: String) -> Items<Seen> {
                stream::once(async move {
                    pause().await;
                    let _ = &$id;
                    seen()
                })
                .boxed()
            }

            #[async_trait::async_trait]
            trait Does {
                async fn does(&self, id: String) -> Seen;
                async fn streams(&self, id: String) -> Result<BoxStream<'static, Seen>, String>;
            }

            struct It;

            #[async_trait::async_trait]
            impl Does for It {
                $($value)*
                async fn does(&self, $id: String) -> Seen {
                    pause().await;
                    let _ = &$id;
                    seen()
                }

                $($stream)*
                async fn streams(&self, $id: String) -> Result<BoxStream<'static, Seen>, String> {
                    pause().await;
                    Ok(stream::once(async move {
                        pause().await;
                        let _ = &$id;
                        seen()
                    })
                    .boxed())
                }
            }

            /// Calls every function, each in a conversation of its own; gives what it saw.
            pub(in super::super) fn all() -> Vec<(&'static str, Seen)> {
                let first = |stream: Pin<Box<dyn Stream<Item = Seen>>>| block_on(pin!(stream).next()).flatten();
                let id = |name: &str| name.to_owned();
                vec![
                    ("async fn", block_on(asynchronous(id("async fn")))),
                    ("fn", synchronous(id("fn"))),
                    ("impl Future", block_on(future(id("impl Future")))),
                    ("boxed future", block_on(boxed_future(id("boxed future")))),
                    ("named future", block_on(named_future(id("named future")))),
                    ("impl Stream", first(Box::pin(opaque_stream(id("impl Stream"))))),
                    ("boxed stream", first(block_on(boxed_stream(id("boxed stream"))).expect("a stream"))),
                    ("named stream", first(named_stream(id("named stream")))),
                    ("async_trait", block_on(It.does(id("async_trait")))),
                    ("async_trait stream", first(block_on(It.streams(id("async_trait stream"))).expect("a stream"))),
                ]
            }
        }
    };
}

/// The functions of one operation, with the context above it and below it.
macro_rules! operation {
    ($operation:ident $id:ident ($($entries:tt)*)) => {
        mod $operation {
            functions! { above $id
                value: [#[genai::context(conversation_id = $id, properties(tenant = "acme"))] #[genai::$operation($($entries)*)]]
                boxed: [#[genai::context(conversation_id = $id, properties(tenant = "acme"))] #[genai::$operation($($entries)* returns = future)]]
                stream: [#[genai::context(conversation_id = $id, properties(tenant = "acme"))] #[genai::$operation($($entries)* stream)]]
                alias: [#[genai::context(conversation_id = $id, properties(tenant = "acme"))] #[genai::$operation($($entries)* stream)]]
            }
            functions! { below $id
                value: [#[genai::$operation($($entries)*)] #[genai::context(conversation_id = $id, properties(tenant = "acme"))]]
                boxed: [#[genai::$operation($($entries)* returns = future)] #[genai::context(conversation_id = $id, properties(tenant = "acme"))]]
                stream: [#[genai::$operation($($entries)* stream)] #[genai::context(conversation_id = $id, properties(tenant = "acme"))]]
                alias: [#[genai::$operation($($entries)* stream)] #[genai::context(conversation_id = $id, properties(tenant = "acme"))]]
            }
        }
    };
}

operation!(chat id(provider = openai, model = "m", response = none, attributes(arg = id),));
operation!(embeddings id(provider = openai, model = "m", response = none, attributes(arg = id),));
operation!(agent id(provider = openai, name = "a", response = none, attributes(arg = id),));
operation!(tool id(name = "t", attributes(arg = id),));
operation!(workflow id(name = "w", attributes(arg = id),));
operation!(retrieval id(provider = openai, data_source_id = "d", attributes(arg = id),));
operation!(span id(name = "app.step", attributes(arg = id),));

/// An attribute and what calls of its functions saw, by shape of function.
type Calls = (&'static str, fn() -> Vec<(&'static str, Seen)>);

const ALL: [Calls; 14] = [
    ("context, chat", chat::above::all),
    ("chat, context", chat::below::all),
    ("context, embeddings", embeddings::above::all),
    ("embeddings, context", embeddings::below::all),
    ("context, agent", agent::above::all),
    ("agent, context", agent::below::all),
    ("context, tool", tool::above::all),
    ("tool, context", tool::below::all),
    ("context, workflow", workflow::above::all),
    ("workflow, context", workflow::below::all),
    ("context, retrieval", retrieval::above::all),
    ("retrieval, context", retrieval::below::all),
    ("context, span", span::above::all),
    ("span, context", span::below::all),
];

/// What telemetry has of the context.
fn of(attributes: &Attributes) -> (Option<&str>, Option<&str>) {
    (attributes.str(CONVERSATION), attributes.str(TENANT))
}

#[test]
fn the_context_is_the_outer_one() {
    let mut missing = Vec::new();
    for (order, call_all) in ALL {
        let harness = Harness::install_with(|settings| {
            settings
                .emit_events(true)
                .context_in_metrics(ContextInMetrics::all())
        });
        let called = call_all();
        assert_eq!(called.len(), 10, "{order}");
        let spans = harness.spans();
        let events = harness.events();
        let points: Vec<_> = harness
            .metrics()
            .into_iter()
            .flat_map(|m| m.points)
            .collect();
        assert_eq!(spans.len(), called.len(), "{order}: one span for each call");
        for ((shape, seen), span) in called.into_iter().zip(&spans) {
            let mut note = |what: &str| missing.push(format!("{order}, {shape}: {what}"));
            let expected = (Some(shape), Some("acme"));
            if span.str("arg") != Some(shape) {
                note("another call's span");
            }
            if (span.str(CONVERSATION), span.str(TENANT)) != expected {
                note("the span");
            }
            if seen.as_deref() != Some(&format!("{shape} of acme")) {
                note("the body");
            }
            let of_span: Vec<&Event> = events.iter().filter(|e| e.is_in(span)).collect();
            let has = |e: &&Event| (e.str(CONVERSATION), e.str(TENANT)) == expected;
            if !of_span.iter().all(has) {
                note("the event");
            }
            if order.contains("chat") && of_span.len() != 1 {
                note("an event at all");
            }
            let is_recorded = points.iter().any(|p| of(&p.attributes) == expected);
            // The conventions have no metric for the others.
            if is_recorded == (order.contains("span") || order.contains("workflow")) {
                note("the metric");
            }
        }
        if !points
            .iter()
            .all(|p| p.attributes.str(CONVERSATION).is_some())
        {
            missing.push(format!("{order}: a metric without conversation"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// In a process of its own, since other tests install providers.
#[test]
fn the_body_sees_it_without_any_provider() {
    isolated("the_body_sees_it_without_any_provider", &[], || {
        let mut missing = Vec::new();
        for (order, call_all) in ALL {
            for (shape, seen) in call_all() {
                if seen.as_deref() != Some(&format!("{shape} of acme")) {
                    missing.push(format!("{order}, {shape}: {seen:?}"));
                }
            }
        }
        if !genai::context().is_empty() {
            missing.push("it ends with the function".to_owned());
        }
        assert!(missing.is_empty(), "{missing:#?}");
    });
}

thread_local! {
    static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn log<T>(what: &'static str, value: T) -> T {
    LOG.with_borrow_mut(|log| log.push(what));
    value
}

fn logged() -> Vec<&'static str> {
    LOG.take()
}

/// An argument that says when it is dropped.
struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        log(self.0, ());
    }
}

/// The same function as written, and with its two attributes in either order.
macro_rules! thrice {
    ([$($first:tt)*] [$($second:tt)*] $($function:tt)*) => {
        pub(super) mod bare {
            use super::*;
            $($function)*
        }
        pub(super) mod above {
            use super::*;
            $($first)* $($second)* $($function)*
        }
        pub(super) mod below {
            use super::*;
            $($second)* $($first)* $($function)*
        }
    };
}

mod moved {
    use super::*;

    thrice! {
        [#[genai::context(conversation_id = log("context", "c"), properties(tenant = name))]]
        [#[genai::chat(provider = openai, model = log("operation", "m"), response = none, attributes(arg = name))]]
        pub(in super::super) async fn ask(_: Noisy, a: Noisy, name: String, (b, _): (Noisy, Noisy), mut c: Noisy) -> usize {
            let local = Noisy("local");
            pause().await;
            c.0 = "renamed c";
            log("body", name.len() + a.0.len() + b.0.len() + local.0.len())
        }
    }
}

#[test]
fn entries_are_evaluated_and_arguments_dropped_in_order() {
    let _harness = Harness::install_with(|settings| settings);
    let noisy = || {
        (
            Noisy("_"),
            Noisy("a"),
            (Noisy("b"), Noisy("b.1")),
            Noisy("c"),
        )
    };
    let (first, a, b, c) = noisy();
    block_on(moved::bare::ask(first, a, "acme".to_owned(), b, c));
    let bare = logged();
    assert_eq!(bare, ["body", "local", "renamed c", "b", "b.1", "a", "_"]);
    let expected = [&["context", "operation"], bare.as_slice()].concat();
    let (first, a, b, c) = noisy();
    block_on(moved::above::ask(first, a, "acme".to_owned(), b, c));
    assert_eq!(logged(), expected);
    let (first, a, b, c) = noisy();
    block_on(moved::below::ask(first, a, "acme".to_owned(), b, c));
    assert_eq!(logged(), expected);
}

#[async_trait::async_trait]
trait Streams {
    async fn streams(&self) -> Result<BoxStream<'static, Seen>, String>;
}

#[async_trait::async_trait]
impl Streams for () {
    #[genai::context(conversation_id = "c", properties(tenant = "acme"))]
    async fn streams(&self) -> Result<BoxStream<'static, Seen>, String> {
        pause().await;
        Ok(stream::once(async { seen() }).boxed())
    }
}

#[test]
fn a_context_alone_goes_into_the_stream_of_a_future() {
    let seen = block_on(async { ().streams().await?.next().await.ok_or("no item".to_owned()) });
    assert_eq!(seen, Ok(Some("c of acme".to_owned())));
}

mod written {
    use ::genai as telemetry;
    use genai::{chat, context, tool};

    use super::*;

    #[context(conversation_id = "c", properties(tenant = "acme"))]
    #[chat(provider = openai, model = "imported", response = none)]
    pub(super) async fn imported() -> Seen {
        seen()
    }

    #[context(conversation_id = "c", properties(tenant = "acme"))]
    #[inline]
    #[tool]
    #[must_use]
    pub(super) fn imported_without_entries() -> Seen {
        seen()
    }

    #[telemetry::context(crate = ::genai, conversation_id = "c", properties(tenant = "acme"))]
    #[telemetry::tool(name = "renamed", crate = ::genai)]
    pub(super) fn renamed() -> Seen {
        seen()
    }

    #[genai::context(conversation_id = "c", properties(tenant = "acme"))]
    #[cfg_attr(all(), inline, genai::tool(name = "conditional"))]
    pub(super) fn conditional() -> Seen {
        seen()
    }

    #[genai::context(conversation_id = "c", properties(tenant = "acme"))]
    #[cfg_attr(any(), genai::tool(name = "never"))]
    pub(super) fn never() -> Seen {
        seen()
    }

    macro_rules! fragments {
        ($name:ident, $context:meta, $operation:meta) => {
            #[$context]
            #[$operation]
            pub(super) fn $name() -> Seen {
                seen()
            }
        };
    }
    fragments!(
        fragments,
        genai::context(conversation_id = "c", properties(tenant = "acme")),
        genai::tool(name = "fragments")
    );

    #[genai::context(replace, conversation_id = "c", properties(tenant = "acme"))]
    #[genai::tool(name = "replaced")]
    pub(super) fn replaced() -> Seen {
        seen()
    }

    #[genai::context(properties(tenant = "acme"))]
    #[genai::tool(name = "added")]
    pub(super) fn added() -> Seen {
        seen()
    }

    /// Another attribute of another crate stands between them.
    #[genai::context(conversation_id = "c", properties(tenant = "acme"))]
    #[tracing::instrument]
    #[genai::tool(name = "between")]
    pub(super) async fn between() -> Seen {
        pause().await;
        seen()
    }
}

#[test]
fn however_it_is_written() {
    let harness = Harness::install_with(|settings| settings);
    let outer = || {
        GenAiContext::new()
            .conversation_id("outer")
            .property("outer", true)
            .attach()
    };
    let inside = Some("c of acme".to_owned());
    type Call = (&'static str, fn() -> Seen);
    let calls: [Call; 6] = [
        ("chat imported", || block_on(written::imported())),
        (
            "execute_tool imported_without_entries",
            written::imported_without_entries,
        ),
        ("execute_tool renamed", written::renamed),
        ("execute_tool conditional", written::conditional),
        ("execute_tool fragments", written::fragments),
        ("execute_tool between", || block_on(written::between())),
    ];
    for (name, call) in calls {
        assert_eq!(call(), inside, "{name}");
        let span = harness.span(name);
        assert_eq!(span.str(CONVERSATION), Some("c"), "{name}");
        assert_eq!(span.str(TENANT), Some("acme"), "{name}");
    }
    assert_eq!(written::never(), inside);
    let scope = outer();
    assert_eq!(written::replaced(), inside);
    assert_eq!(written::added(), Some("outer of acme".to_owned()));
    drop(scope);
    let replaced = harness.span("execute_tool replaced");
    assert_eq!(replaced.str(CONVERSATION), Some("c"));
    assert_eq!(replaced.get(OUTER), None);
    let added = harness.span("execute_tool added");
    assert_eq!(added.str(CONVERSATION), Some("outer"));
    assert_eq!(added.str(TENANT), Some("acme"));
    assert_eq!(added.bool(OUTER), Some(true));
    assert_eq!(harness.spans().len(), 8);
}
