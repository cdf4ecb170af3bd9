//! Operations inside operations: who is whose parent, what counts as the same call, and where the context goes.

use std::time::{Duration, SystemTime};

use genai::testing::{Harness, Span};
use genai::{ContextInMetrics, Failure, GenAiContext, Telemetry};
use opentelemetry::trace::FutureExt as _;

fn parent(span: &Span) -> Option<opentelemetry::trace::SpanId> {
    span.parent_span_id
}

#[genai::workflow(name = "w")]
async fn workflow() -> u32 {
    agent("outer", 2).await + embed().await
}

#[genai::agent(provider = openai, name = name, response = none)]
async fn agent(name: &str, depth: u32) -> u32 {
    let inner = if depth > 0 {
        Box::pin(agent("inner", depth - 1)).await
    } else {
        0
    };
    inner + ask(depth).await + tool(depth)
}

#[genai::chat(provider = openai, model = "m", response(|r| input_tokens = *r))]
async fn ask(tokens: u32) -> u32 {
    std::future::ready(tokens).await
}

#[genai::tool(name = "t")]
fn tool(tokens: u32) -> u32 {
    // A chat below a tool is a call of its own.
    tokens + again(tokens)
}

#[genai::chat(provider = openai, model = "m", response(|r| input_tokens = *r))]
fn again(tokens: u32) -> u32 {
    tokens
}

#[genai::embeddings(provider = openai, model = "e", response = none)]
async fn embed() -> u32 {
    search()
}

#[genai::retrieval(data_source_id = "d")]
fn search() -> u32 {
    1
}

#[test]
fn parents_are_as_the_calls() {
    let harness = Harness::install();
    let _ = futures::executor::block_on(workflow());
    let workflow = harness.span("invoke_workflow w");
    let spans = harness.spans();
    assert_eq!(spans.len(), 1 + 3 + 3 * 3 + 2);
    assert!(spans.iter().all(|s| s.trace_id == workflow.trace_id));
    assert_eq!(parent(&workflow), None);
    let names = |span: &Span| {
        let mut names: Vec<_> = harness
            .children(span)
            .iter()
            .map(|s| s.name.clone())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&workflow), ["embeddings e", "invoke_agent outer"]);
    let outer = harness.span("invoke_agent outer");
    assert_eq!(
        names(&outer),
        ["chat m", "execute_tool t", "invoke_agent inner"]
    );
    for span in &spans {
        match span.name.as_str() {
            "execute_tool t" => assert_eq!(names(span), ["chat m"], "a tool's chat is its own"),
            "embeddings e" => assert_eq!(names(span), ["retrieval d"]),
            "chat m" | "retrieval d" => assert!(names(span).is_empty()),
            _ => assert!(names(span).len() >= 2),
        }
    }
    // Each call's tokens once, and none summed up.
    let point = harness.point(
        "gen_ai.client.token.usage",
        &[("gen_ai.token.type", "input")],
    );
    assert_eq!((point.count, point.sum), (6, 6.0));
    assert!(outer.int("gen_ai.usage.input_tokens").is_none());
}

#[genai::chat(provider = openai, model = "outer", response = none, attributes(app.a = "outer"))]
async fn client(calls: &[(u32, u32)]) -> u32 {
    let mut last = 0;
    for (input, output) in calls {
        last = raw("inner", *input, *output).await;
    }
    last
}

#[genai::chat(provider = "other", model = model, temperature = 0.5, operation = text_completion, attributes(app.a = "inner", app.b = output),
    response(|_r| id = format!("r-{output}"), input_tokens = input, output_tokens = output, cache_read_input_tokens = 2, finish_reasons = "stop"))]
async fn raw(model: &str, input: u32, output: u32) -> u32 {
    std::future::ready(model.len() as u32).await
}

#[test]
fn the_same_call_seen_twice_is_one() {
    let harness = Harness::install_with(|s| s.emit_events(true));
    let _ = futures::executor::block_on(client(&[(10, 3), (7, 4)]));
    let spans = harness.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(harness.events().len(), 1);
    let span = &spans[0];
    assert_eq!(span.name, "chat outer");
    assert_eq!(span.str("gen_ai.provider.name"), Some("openai"));
    assert_eq!(span.double("gen_ai.request.temperature"), Some(0.5));
    // The counts of the calls add up; of the rest the last call's is kept.
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(17));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(7));
    assert_eq!(span.int("gen_ai.usage.cache_read.input_tokens"), Some(4));
    assert_eq!(span.str("gen_ai.response.id"), Some("r-4"));
    assert_eq!(
        span.strs("gen_ai.response.finish_reasons"),
        Some(vec!["stop"])
    );
    assert_eq!(
        (span.str("app.a"), span.int("app.b")),
        (Some("outer"), Some(4))
    );
    assert!(span.duplicates.is_empty());
    let duration = harness.points("gen_ai.client.operation.duration");
    assert_eq!(duration.iter().map(|p| p.count).sum::<u64>(), 1);
    assert_eq!(
        harness
            .point(
                "gen_ai.client.token.usage",
                &[("gen_ai.token.type", "input")]
            )
            .sum,
        17.0
    );

    // By hand, and the outer's own count wins over the sum.
    let harness = Harness::new();
    let t = harness.telemetry();
    let mut outer = t.chat("p").model("m").start();
    {
        let _inside = outer.attach();
        let mut inner = t.chat("p").model("m").start();
        inner.input_tokens(4).output_tokens(5);
        inner.finish();
        drop(t.chat("p").start());
    }
    outer.input_tokens(100);
    outer.finish();
    let span = harness.span("chat m");
    assert_eq!(
        (
            span.int("gen_ai.usage.input_tokens"),
            span.int("gen_ai.usage.output_tokens")
        ),
        (Some(100), Some(5))
    );
    assert!(
        !span.is_error(),
        "an inner call that fails is the outer's affair"
    );
    assert_eq!(harness.spans().len(), 1);
}

#[test]
fn what_a_span_had_at_its_start_stays() {
    let harness = Harness::with(|s| s.emit_events(true));
    let _context = GenAiContext::new().property("tenant", "acme").attach();
    let chat = harness
        .telemetry()
        .chat("p")
        .model("m")
        .attribute("app.x", 1);
    let mut chat = chat.property("user.id", "alice").start();
    chat.attribute("app.x", 2)
        .property("user.id", "bob")
        .property("tenant", "other");
    chat.attribute("app.y", 1)
        .attribute("app.y", 2)
        .property("late", 1)
        .property("late", 2);
    chat.finish();
    let span = harness.span("chat m");
    assert!(span.duplicates.is_empty(), "{:?}", span.duplicates);
    assert_eq!((span.int("app.x"), span.int("app.y")), (Some(1), Some(2)));
    let property = |key: &str| {
        span.get(&format!("gen_ai.association.properties.{key}"))
            .map(ToString::to_string)
    };
    assert_eq!(
        ["user.id", "tenant", "late"].map(property),
        ["alice", "acme", "2"].map(|v| Some(v.to_owned()))
    );
}

#[test]
fn agents_tools_and_workflows_nest() {
    let harness = Harness::new();
    let t = harness.telemetry();
    macro_rules! twice {
        ($($make:expr),*) => {$(
            let mut outer = $make;
            {
                let _inside = outer.attach();
                $make.finish();
            }
            outer.finish();
        )*};
    }
    twice!(
        t.agent("p").start(),
        t.tool("t").start(),
        t.workflow().start(),
        t.span("s").start()
    );
    assert_eq!(harness.spans().len(), 8);
    twice!(
        t.chat("p").start(),
        t.embeddings("p").start(),
        t.retrieval().start()
    );
    assert_eq!(harness.spans().len(), 11);
}

/// One of each kind, and how it ends.
fn each(t: &Telemetry, end: &str) {
    macro_rules! end {
        ($($running:expr),*) => {$(
            let running = $running;
            match end {
                "well" => running.finish(),
                "failed" => running.fail(Failure::new("x", "y")),
                _ => drop(running),
            }
        )*};
    }
    end!(
        t.chat("p").start(),
        t.embeddings("p").start(),
        t.agent("p").start(),
        t.agent("p").create().start(),
        t.tool("t").start(),
        t.workflow().start(),
        t.retrieval().start(),
        t.span("app.step").start()
    );
}

#[test]
fn the_context_is_on_every_kind_and_ending() {
    for end in ["well", "failed", "dropped"] {
        let all = ContextInMetrics::all();
        let harness = Harness::with(|s| s.emit_events(true).context_in_metrics(all));
        let context = GenAiContext::new()
            .conversation_id("c-1")
            .property("user.id", "alice")
            .property("n", 4)
            .property("list", ["a", "b"]);
        let scope = context.attach();
        each(harness.telemetry(), end);
        drop(scope);
        let spans = harness.spans();
        assert_eq!(spans.len(), 8);
        for span in &spans {
            assert_eq!(span.is_error(), end != "well");
            assert_eq!(
                span.str("gen_ai.conversation.id"),
                Some("c-1"),
                "{}",
                span.name
            );
            assert_eq!(
                span.str("gen_ai.association.properties.user.id"),
                Some("alice"),
                "{}",
                span.name
            );
            assert_eq!(
                span.int("gen_ai.association.properties.n"),
                Some(4),
                "{}",
                span.name
            );
            assert!(span.get("gen_ai.association.properties.list").is_some());
        }
        let event = &harness.events()[0];
        assert_eq!(event.str("gen_ai.conversation.id"), Some("c-1"));
        assert_eq!(
            event.str("gen_ai.association.properties.user.id"),
            Some("alice")
        );
        let points = harness.points("gen_ai.client.operation.duration");
        assert_eq!(points.iter().map(|p| p.count).sum::<u64>(), 6, "{end}");
        for point in &points {
            let expected = [
                ("gen_ai.conversation.id", "c-1"),
                ("gen_ai.association.properties.user.id", "alice"),
            ];
            assert!(point.attributes.has(&expected), "{end}: {point:?}");
            assert_eq!(
                point.attributes.int("gen_ai.association.properties.n"),
                Some(4)
            );
            assert!(
                point
                    .attributes
                    .get("gen_ai.association.properties.list")
                    .is_none(),
                "no scalar, no label"
            );
        }
        // Outside the scope there is nothing left.
        each(harness.telemetry(), end);
        assert!(
            harness
                .spans()
                .iter()
                .skip(8)
                .all(|s| s.get("gen_ai.conversation.id").is_none())
        );
    }
}

#[genai::tool(name = "spawns")]
async fn spawns() {
    let with = tokio::spawn(async { ask(1).await }.with_current_context());
    let without = tokio::spawn(agent_alone());
    let (with, without) = tokio::join!(with, without);
    assert_eq!((with.unwrap(), without.unwrap()), (1, 1));
    let cx = opentelemetry::Context::current();
    let blocking = tokio::task::spawn_blocking(move || {
        let _here = cx.attach();
        tool(1)
    });
    assert_eq!(blocking.await.unwrap(), 2);
}

#[genai::agent(provider = openai, name = "alone", response = none)]
async fn agent_alone() -> u32 {
    tokio::task::yield_now().await;
    1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_take_the_context_by_the_helper_only() {
    // The lock of `install` is not held across an await by a task that could move.
    let harness = Harness::install();
    let scope = GenAiContext::new().conversation_id("c-1");
    scope.scope(spawns()).await;
    let outer = harness.span("execute_tool spawns");
    let alone = harness.span("invoke_agent alone");
    assert_eq!(
        (parent(&alone), alone.get("gen_ai.conversation.id")),
        (None, None)
    );
    let blocking = harness.span("execute_tool t");
    let chat = harness
        .spans()
        .into_iter()
        .find(|s| s.name == "chat m" && parent(s) == Some(outer.span_id));
    for span in [chat.as_ref().expect("a child"), &blocking] {
        assert_eq!(span.trace_id, outer.trace_id);
        assert_eq!(span.str("gen_ai.conversation.id"), Some("c-1"));
    }
    assert_eq!(parent(&blocking), Some(outer.span_id));
}

#[test]
fn a_span_ends_where_its_duration_says() {
    let harness = Harness::new();
    let before = SystemTime::now();
    let chat = harness.telemetry().chat("p").model("m").start();
    // By its own clock, so that no timer of the system's takes part.
    while chat.elapsed() < Duration::from_millis(2) {
        std::hint::spin_loop();
    }
    let running = chat.elapsed();
    chat.finish();
    let span = harness.span("chat m");
    let point = harness.point("gen_ai.client.operation.duration", &[]);
    // One clock measured both: they agree to the nanosecond.
    assert!(
        (span.duration.as_secs_f64() - point.sum).abs() < 2e-9,
        "{:?} {}",
        span.duration,
        point.sum
    );
    assert!(span.duration >= running && running >= Duration::from_millis(2));
    assert!(span.start >= before && span.start <= SystemTime::now());
}
