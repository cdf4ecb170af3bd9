//! Arguments that are taken apart: the attribute may name their parts, and what has no name is dropped in the operation too.
#![deny(warnings)]

use std::cell::RefCell;
use std::future::{Future, ready};

use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::testing::{Harness, Span};
use opentelemetry::trace::TraceContextExt as _;

thread_local! {
    static DROPPED: RefCell<Vec<(&'static str, bool)>> = const { RefCell::new(Vec::new()) };
}

/// Says when it is dropped, and whether in a span.
struct Part(&'static str);

impl Drop for Part {
    fn drop(&mut self) {
        let is_inside = opentelemetry::Context::current()
            .span()
            .span_context()
            .is_valid();
        DROPPED.with(|d| d.borrow_mut().push((self.0, is_inside)));
    }
}

struct Pair {
    x: Part,
    #[expect(dead_code, reason = "it is there to be dropped")]
    y: Part,
    n: u32,
}

fn pair() -> Pair {
    Pair {
        x: Part("x"),
        y: Part("y"),
        n: 7,
    }
}

/// What was dropped, in order and in the span or not, and the span.
fn dropped<T>(f: impl FnOnce() -> T) -> (Vec<(&'static str, bool)>, Span) {
    let harness = Harness::install();
    DROPPED.with(|d| d.borrow_mut().clear());
    drop(f());
    let mut spans = harness.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    (
        DROPPED.with(|d| d.borrow_mut().split_off(0)),
        spans.remove(0),
    )
}

/// The same where all of it is to be dropped in the span.
fn run<T>(f: impl FnOnce() -> T) -> (Vec<&'static str>, Span) {
    let (dropped, span) = dropped(f);
    assert!(
        dropped.iter().all(|(_, is_inside)| *is_inside),
        "{dropped:?}"
    );
    (dropped.into_iter().map(|(name, _)| name).collect(), span)
}

fn model(span: &Span) -> Option<&str> {
    span.attributes.str("gen_ai.request.model")
}

#[genai::chat(provider = openai, model = a.0, input = c.0, response = none)]
async fn tuple((a, _): (Part, Part), (.., mut c): (Part, Part, Part)) -> usize {
    ready(()).await;
    c.0 = "changed";
    a.0.len()
}

#[genai::chat(provider = openai, model = x.0, response = none)]
fn strukt(Pair { x, .. }: Pair) -> usize {
    x.0.len()
}

#[genai::chat(provider = openai, model = x.0, max_tokens = n)]
fn future(Pair { x, n, .. }: Pair) -> impl Future<Output = String> {
    async move {
        let x = x;
        format!("{}{n}", x.0)
    }
}

#[genai::chat(provider = openai, model = a.0, stream, response = none)]
async fn stream((a, _): (Part, Part)) -> Result<impl Stream<Item = usize>, std::fmt::Error> {
    ready(()).await;
    Ok(stream::iter([a.0.len()]))
}

#[genai::chat(provider = openai, model = a.0, response(|text| id = text, output_tokens = n))]
async fn described((n, a, _): (u32, Part, Part)) -> String {
    ready(()).await;
    a.0.to_owned()
}

#[genai::chat(provider = openai, model = a.0, response(|text| id = text, output_tokens = n))]
fn described_by_sync((n, a, _): (u32, Part, Part)) -> String {
    a.0.to_owned()
}

#[genai::chat(provider = openai, model = "m", response(|text| id = text, output_tokens = n))]
fn described_by_future((n, a, _): (u32, Part, Part)) -> impl Future<Output = String> {
    async move { a.0.to_owned() }
}

#[genai::chat(provider = openai, model = a.0, response = none)]
async fn unused_but_named((a, _): (Part, Part)) -> usize {
    ready(()).await;
    1
}

#[genai::chat(provider = openai, model = a.0, response = none)]
async fn conditional(
    #[cfg(not(windows))] (a, _): (Part, Part),
    #[cfg(windows)] (a, _): (Part, u8),
) -> usize {
    ready(()).await;
    a.0.len()
}

#[genai::chat(provider = openai, model = inner.0, response = none)]
async fn nested((Pair { n, .. }, (_, inner)): (Pair, (Part, Part))) -> u32 {
    ready(()).await;
    n + u32::try_from(inner.0.len()).unwrap_or(0)
}

#[test]
fn what_has_no_name_is_dropped_in_the_operation() {
    let two = |a| (Part(a), Part("rest"));
    let three = || (Part("1"), Part("2"), Part("c"));
    let (order, s) = run(|| block_on(tuple(two("a"), three())));
    assert_eq!(
        (order, model(&s)),
        (vec!["changed", "1", "2", "a", "rest"], Some("a"))
    );
    let (order, s) = run(|| strukt(pair()));
    assert_eq!((order, model(&s)), (vec!["x", "y"], Some("x")));
    // What does not get into the future is dropped when it is made, and the operation starts when it is polled.
    let (order, s) = dropped(|| block_on(future(pair())));
    assert_eq!(
        (order, model(&s)),
        (vec![("y", false), ("x", true)], Some("x"))
    );
    assert_eq!(s.attributes.int("gen_ai.request.max_tokens"), Some(7));
    let (order, s) =
        run(|| block_on(async { stream(two("a")).await.unwrap().collect::<Vec<_>>().await }));
    assert_eq!((order, model(&s)), (vec!["a", "rest"], Some("a")));
    let (order, s) = run(|| block_on(unused_but_named(two("a"))));
    assert_eq!((order, model(&s)), (vec!["a", "rest"], Some("a")));
    let (order, s) = run(|| block_on(conditional(two("a"))));
    assert_eq!((order, model(&s)), (vec!["a", "rest"], Some("a")));
    let (order, s) = run(|| block_on(nested((pair(), two("i")))));
    assert_eq!(
        (order, model(&s)),
        (vec!["rest", "x", "y", "i"], Some("rest"))
    );
}

#[test]
fn a_copied_part_may_be_named_after_the_call() {
    let three = || (4, Part("a"), Part("rest"));
    let runs = [
        dropped(|| block_on(described(three()))),
        dropped(|| described_by_sync(three())),
        dropped(|| block_on(described_by_future(three()))),
    ];
    for (dropped, s) in runs {
        assert_eq!(dropped.len(), 2, "{dropped:?}");
        assert_eq!(s.attributes.str("gen_ai.response.id"), Some("a"));
        assert_eq!(s.attributes.int("gen_ai.usage.output_tokens"), Some(4));
    }
}

type Alias = (Part, u8);

enum Only {
    One { x: Part, y: u8 },
}

#[genai::tool(name = a.0)]
async fn of_an_alias((a, _): Alias) -> usize {
    a.0.len()
}

#[genai::tool(name = a.0)]
async fn of_an_array([a, _]: [Part; 2]) -> usize {
    a.0.len()
}

#[genai::tool(name = x.0)]
async fn of_an_enum(Only::One { x, .. }: Only) -> usize {
    x.0.len()
}

#[genai::tool(name = n.to_string())]
async fn of_several((Ok(n) | Err(n)): Result<u32, u32>) -> u32 {
    n
}

#[genai::tool(name = n.to_string(), arguments = a.0)]
async fn of_a_reference((&n, a): (&u32, Part)) -> u32 {
    n + u32::from(a.0.is_empty())
}

#[genai::tool(name = a.0, arguments = n)]
async fn through_a_reference((&Pair { n, .. }, a, _): (&Pair, Part, Part)) -> u32 {
    n + u32::from(a.0.is_empty())
}

#[genai::tool(name = a.0)]
async fn by_reference((ref a, mut b): (Part, Part)) -> usize {
    b.0 = "b2";
    a.0.len()
}

#[genai::tool(name = whole.0, arguments = n)]
async fn as_a_whole(whole @ Part(n): Part) -> usize {
    whole.0.len() + n.len()
}

macro_rules! first {
    ($name:ident) => {
        ($name, _)
    };
}

#[genai::chat(provider = openai, model = a.0, span_name = a.0, response = none)]
async fn of_a_macro(first!(a): (Part, Part)) -> usize {
    a.0.len()
}

#[test]
fn every_kind_of_pattern_may_be_named() {
    let harness = Harness::install();
    let two = |a| (Part(a), Part("rest"));
    assert_eq!(block_on(of_an_alias((Part("alias"), 1))), 5);
    assert_eq!(block_on(of_an_array([Part("array"), Part("x")])), 5);
    assert_eq!(
        block_on(of_an_enum(Only::One {
            x: Part("enum"),
            y: 3
        })),
        4
    );
    let Only::One { y, .. } = Only::One { x: Part("x"), y: 3 };
    assert_eq!(y, 3);
    assert_eq!(block_on(of_several(Ok(6))), 6);
    assert_eq!(block_on(of_a_reference((&7, Part("a")))), 7);
    assert_eq!(
        block_on(through_a_reference((&pair(), Part("through"), Part("b")))),
        7
    );
    assert_eq!(block_on(by_reference(two("ref"))), 3);
    assert_eq!(block_on(as_a_whole(Part("whole"))), 10);
    assert_eq!(block_on(of_a_macro(two("execute_tool macro"))), 18);
    let names: Vec<String> = harness.spans().into_iter().map(|s| s.name).collect();
    let expected = [
        "alias", "array", "enum", "6", "7", "through", "ref", "whole", "macro",
    ];
    assert_eq!(names, expected.map(|name| format!("execute_tool {name}")));
}
