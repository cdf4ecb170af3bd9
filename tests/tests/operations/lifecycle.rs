//! The life of an operation, by the same code for the built-in operations and for those of the user's own: success, error,
//! panic, cancellation, streams, nesting, context.

use futures::FutureExt as _;
use futures::stream::{self, Stream, StreamExt as _};
use genai::invocation::Invocation;
use genai::testing::{Harness, Span};
use genai::{Accumulator, Chunk, Failure, GenAiContext, Telemetry, observe_stream};

/// An item of a stream that says nothing.
struct Piece;

impl Chunk for Piece {
    fn record_chunk(&self, _: &mut Accumulator) {}
}

/// The checks of an invocation; `name` is that of its span.
fn manual<K>(name: &str, make: impl Fn(&Telemetry) -> Invocation<K>) {
    let one = |run: &dyn Fn(&Telemetry)| -> Span {
        let harness = Harness::new();
        run(harness.telemetry());
        let span = harness.span(name);
        assert!(span.duplicates.is_empty(), "{name}: {:?}", span.duplicates);
        span
    };

    let span = one(&|t| make(t).finish());
    assert!(
        !span.is_error() && span.get("error.type").is_none(),
        "{name}: success"
    );

    let span = one(&|t| make(t).fail(Failure::new("rate_limit", "429")));
    assert_eq!(
        (span.str("error.type"), span.error_description()),
        (Some("rate_limit"), "429"),
        "{name}"
    );

    let span = one(&|t| make(t).fail(&std::fmt::Error));
    assert_eq!(span.str("error.type"), Some("core::fmt::Error"), "{name}");

    let span = one(&|t| drop(make(t)));
    assert_eq!(
        (span.str("error.type"), span.error_description()),
        (Some("cancelled"), "cancelled"),
        "{name}"
    );
    assert!(span.is_error());

    let span = one(&|t| {
        let mut running = make(t);
        running
            .attribute("app.x", 1)
            .attribute("app.x", 2)
            .property("user.id", "alice");
        running.finish();
    });
    assert_eq!(span.int("app.x"), Some(2), "{name}");
    assert_eq!(
        span.str("gen_ai.association.properties.user.id"),
        Some("alice"),
        "{name}"
    );

    // Ambient context, and what is given to the operation alone.
    let span = one(&|t| {
        let _context = GenAiContext::new()
            .conversation_id("c-1")
            .property("tenant", "acme")
            .attach();
        make(t).finish();
    });
    assert_eq!(span.str("gen_ai.conversation.id"), Some("c-1"), "{name}");
    assert_eq!(
        span.str("gen_ai.association.properties.tenant"),
        Some("acme"),
        "{name}"
    );

    // Nesting: what runs inside is a child, and what runs after is not.
    let harness = Harness::new();
    let t = harness.telemetry();
    let mut outer = make(t);
    {
        let _inside = outer.attach();
        t.span("inner").start().finish();
    }
    futures::executor::block_on(outer.scope(async { t.tool("inside").start().finish() }));
    t.span("after").start().finish();
    outer.finish();
    let span = harness.span(name);
    for inner in ["inner", "execute_tool inside"] {
        assert_eq!(
            harness.span(inner).parent_span_id,
            Some(span.span_id),
            "{name}"
        );
    }
    assert_eq!(harness.span("after").parent_span_id, None, "{name}");

    // A panic drops it while unwinding.
    let span = one(&|t| {
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _running = make(t);
            std::panic::resume_unwind(Box::new("x"));
        }));
        assert!(unwound.is_err());
    });
    assert!(
        span.is_error() && span.error_description() == "cancelled",
        "{name}"
    );

    // A stream: its end, its first error, its early drop.
    let items = |last| stream::iter([Ok(Piece), last]);
    let span = one(&|t| {
        drop(futures::executor::block_on(
            observe_stream(make(t), items(Ok(Piece))).collect::<Vec<_>>(),
        ))
    });
    assert!(!span.is_error(), "{name}: stream");
    let span = one(&|t| {
        let stream = observe_stream(make(t), items(Err(std::fmt::Error)));
        let items = futures::executor::block_on(stream.collect::<Vec<_>>());
        assert!(matches!(items[..], [Ok(Piece), Err(std::fmt::Error)]));
    });
    assert_eq!(
        span.str("error.type"),
        Some("core::fmt::Error"),
        "{name}: stream"
    );
    let span = one(&|t| {
        let mut stream = observe_stream(make(t), items(Ok(Piece)));
        assert!(futures::executor::block_on(stream.next()).is_some());
    });
    assert!(!span.is_error(), "{name}: stream dropped early");

    // Nobody is to learn of it.
    let harness = Harness::new();
    let quiet = opentelemetry::Context::enter_telemetry_suppressed_scope();
    make(harness.telemetry()).finish();
    drop(quiet);
    assert!(harness.spans().is_empty(), "{name}");
}

#[test]
fn invocations() {
    manual("chat m", |t| t.chat("p").model("m").start());
    manual("embeddings m", |t| t.embeddings("p").model("m").start());
    manual("invoke_agent a", |t| t.agent("p").name("a").start());
    manual("execute_tool t", |t| t.tool("t").start());
    manual("invoke_workflow w", |t| t.workflow().name("w").start());
    manual("retrieval d", |t| t.retrieval().data_source_id("d").start());
    manual("app.step", |t| t.span("app.step").start());
}

/// Takes a result nobody looks at.
fn ignore<T>(_: T) {}

/// The functions of one attribute; their argument says what they do.
macro_rules! functions {
    ($module:ident, #[$attribute:meta], #[$stream:meta]) => {
        mod $module {
            use super::*;

            #[$attribute]
            fn sync(what: &str) -> Result<u8, std::fmt::Error> {
                act(what)
            }

            #[$attribute]
            async fn later(what: &str) -> Result<u8, std::fmt::Error> {
                if what == "wait" {
                    std::future::pending::<()>().await;
                }
                act(what)
            }

            #[$stream]
            fn streamed(what: &'static str) -> impl Stream<Item = Result<u8, std::fmt::Error>> {
                stream::iter([Ok(1), act(what)])
            }

            pub(super) fn functions() -> Functions {
                Functions {
                    sync,
                    later: |what| Box::pin(later(what)),
                    streamed: |what| Box::pin(streamed(what)),
                }
            }
        }
    };
}

struct Functions {
    sync: fn(&str) -> Result<u8, std::fmt::Error>,
    later: fn(&'static str) -> futures::future::BoxFuture<'static, Result<u8, std::fmt::Error>>,
    streamed: fn(&'static str) -> futures::stream::BoxStream<'static, Result<u8, std::fmt::Error>>,
}

/// What the bodies do.
fn act(what: &str) -> Result<u8, std::fmt::Error> {
    match what {
        "fail" => Err(std::fmt::Error),
        "panic" => std::panic::resume_unwind(Box::new("x")),
        "nest" => {
            genai::span("inner").start().finish();
            Ok(2)
        }
        "describe" => {
            genai::current().attribute("app.described", true);
            Ok(2)
        }
        _ => Ok(2),
    }
}

functions!(chat, #[genai::chat(provider = "p", model = "m", response = none)], #[genai::chat(provider = "p", model = "m", response = none, stream)]);
functions!(agent, #[genai::agent(provider = "p", name = "m", response = none)], #[genai::agent(provider = "p", name = "m", response = none, stream)]);
functions!(tool, #[genai::tool(name = "m")], #[genai::tool(name = "m", stream)]);
functions!(workflow, #[genai::workflow(name = "m")], #[genai::workflow(name = "m", stream)]);
functions!(own, #[genai::span(name = "app.step")], #[genai::span(name = "app.step", stream)]);

/// The checks of annotated functions.
fn annotated(name: &str, functions: &Functions) {
    let one = |run: &dyn Fn()| -> Span {
        let harness = Harness::install();
        run();
        let span = harness.span(name);
        assert!(span.duplicates.is_empty(), "{name}: {:?}", span.duplicates);
        span
    };
    let caught = |run: &dyn Fn()| {
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    };
    let sync = functions.sync;
    let (later, streamed) = (functions.later, functions.streamed);

    for (run, what) in [
        (&(|| ignore(sync("go"))) as &dyn Fn(), "sync"),
        (
            &|| ignore(futures::executor::block_on(later("go"))),
            "later",
        ),
        (
            &|| {
                drop(futures::executor::block_on(
                    streamed("go").collect::<Vec<_>>(),
                ))
            },
            "stream",
        ),
    ] {
        let span = one(run);
        assert!(
            !span.is_error() && span.get("error.type").is_none(),
            "{name}: {what}"
        );
    }
    for (run, what) in [
        (&(|| assert!(sync("fail").is_err())) as &dyn Fn(), "sync"),
        (
            &|| assert!(futures::executor::block_on(later("fail")).is_err()),
            "later",
        ),
        (
            &|| {
                let items = futures::executor::block_on(streamed("fail").collect::<Vec<_>>());
                assert_eq!(
                    items,
                    [Ok(1), Err(std::fmt::Error)],
                    "items are delivered unchanged"
                );
            },
            "stream",
        ),
    ] {
        let span = one(run);
        assert_eq!(
            span.str("error.type"),
            Some("core::fmt::Error"),
            "{name}: {what}"
        );
        assert!(span.is_error(), "{name}: {what}");
    }
    for run in [
        &(|| caught(&|| ignore(sync("panic")))) as &dyn Fn(),
        &|| caught(&|| ignore(futures::executor::block_on(later("panic")))),
    ] {
        let span = one(run);
        assert_eq!(
            (span.str("error.type"), span.error_description()),
            (Some("panic"), "panicked"),
            "{name}"
        );
    }
    // Dropped while it waits; a future that was never polled did nothing.
    let span = one(&|| {
        drop(later("go"));
        assert!(later("wait").now_or_never().is_none());
    });
    assert_eq!(span.str("error.type"), Some("cancelled"), "{name}");
    // A stream that is dropped early is a success.
    let span = one(&|| {
        let mut stream = streamed("go");
        assert_eq!(futures::executor::block_on(stream.next()), Some(Ok(1)));
    });
    assert!(!span.is_error(), "{name}");

    for run in [&(|| ignore(sync("describe"))) as &dyn Fn(), &|| {
        ignore(futures::executor::block_on(later("describe")))
    }] {
        assert_eq!(one(run).bool("app.described"), Some(true), "{name}");
    }
    for run in [&(|| ignore(sync("nest"))) as &dyn Fn(), &|| {
        ignore(futures::executor::block_on(later("nest")))
    }] {
        let harness = Harness::install();
        let _context = GenAiContext::new().conversation_id("c-1").attach();
        run();
        let span = harness.span(name);
        let inner = harness.span("inner");
        assert_eq!(inner.parent_span_id, Some(span.span_id), "{name}");
        for span in [span, inner] {
            assert_eq!(span.str("gen_ai.conversation.id"), Some("c-1"), "{name}");
        }
    }
}

#[test]
fn annotated_functions() {
    annotated("chat m", &chat::functions());
    annotated("invoke_agent m", &agent::functions());
    annotated("execute_tool m", &tool::functions());
    annotated("invoke_workflow m", &workflow::functions());
    annotated("app.step", &own::functions());
}

#[genai::span(
    name = format!("app.{kind}"),
    attributes(app.kind = kind, gen_ai.usage.input_tokens = tokens, gen_ai.request.model = "m"),
    properties(tenant = "acme"),
    error(|e| type = e.kind),
    span_kind = client,
)]
fn with_everything(kind: &str, tokens: u32) -> Result<(), Failed> {
    if tokens == 0 {
        Err(Failed { kind: "empty" })
    } else {
        Ok(())
    }
}

struct Failed {
    kind: &'static str,
}

#[genai::span]
fn named_after_the_function() {}

#[test]
fn the_attribute_of_ones_own_operations() {
    let harness = Harness::install();
    assert!(with_everything("rank", 7).is_ok());
    assert!(with_everything("drop", 0).is_err());
    named_after_the_function();
    let span = harness.span("app.rank");
    assert_eq!(span.kind, opentelemetry::trace::SpanKind::Client);
    assert_eq!(span.str("app.kind"), Some("rank"));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(7));
    assert_eq!(span.str("gen_ai.request.model"), Some("m"));
    assert_eq!(
        span.str("gen_ai.association.properties.tenant"),
        Some("acme")
    );
    assert_eq!(span.attributes.0.len(), 4);
    assert_eq!(harness.span("app.drop").str("error.type"), Some("empty"));
    assert!(
        harness
            .span("named_after_the_function")
            .attributes
            .0
            .is_empty()
    );
    assert!(harness.metrics().is_empty() && harness.events().is_empty());
}

#[derive(Debug)]
struct Aborted;

#[genai::chat(provider = openai, model = "m", response = none, error(|_| type = "cancelled"))]
fn aborted() -> Result<(), Aborted> {
    Err(Aborted)
}

/// Whatever way an abort takes, it has one class.
#[test]
fn a_call_that_was_given_up_is_distinct_from_one_that_failed() {
    type Way = fn(&Telemetry);
    let ways: [(&str, Way); 4] = [
        ("dropped", |t| drop(t.chat("openai").model("m").start())),
        ("cancelled", |t| {
            t.chat("openai").model("m").start().cancel()
        }),
        ("record", |t| {
            let chat = t.chat("openai").model("m").start();
            chat.fail(Failure::cancelled());
        }),
        ("attribute", |_| ignore(aborted())),
    ];
    for (what, way) in ways {
        let harness = Harness::install();
        way(harness.telemetry());
        let span = harness.span("chat m");
        assert_eq!(
            (span.str("error.type"), span.error_description()),
            (Some("cancelled"), "cancelled"),
            "{what}"
        );
        let point = harness.point("gen_ai.client.operation.duration", &[]);
        assert_eq!(point.str("error.type"), Some("cancelled"), "{what}");
    }
}
