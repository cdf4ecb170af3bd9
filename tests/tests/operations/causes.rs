//! Errors whose type says nothing: what their causes say, and what the application knows of them.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use futures::StreamExt as _;
use futures::executor::block_on;
use futures::stream::{self, Stream};
use genai::testing::Harness;

/// An error with a cause, of the application's.
#[derive(Debug)]
struct Outer(Box<dyn Error + Send + Sync>);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it did not work")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// One that nobody but the application knows.
#[derive(Debug)]
struct Quota;

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no more")
    }
}

impl Error for Quota {}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn with_anyhow(error: anyhow::Error) -> anyhow::Result<()> {
    Err(error)
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn boxed(error: Box<dyn Error>) -> Result<(), Box<dyn Error>> {
    Err(error)
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn boxed_and_sent(error: Outer) -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(error.into())
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn typed(error: Outer) -> Result<(), Outer> {
    Err(error)
}

#[genai::chat(provider = openai, model = "m", response = none, stream)]
fn items(error: Outer) -> impl Stream<Item = anyhow::Result<()>> {
    stream::iter([Ok(()), Err(error.into())])
}

#[genai::chat(provider = openai, model = "m", response = none, error(|_| type = "named"))]
fn named(error: Outer) -> anyhow::Result<()> {
    Err(error.into())
}

/// The class and the description of the only span.
fn recorded(harness: &Harness, call: impl FnOnce()) -> (String, String) {
    harness.clear();
    call();
    let span = harness.span("chat m");
    let class = span.str("error.type").unwrap_or_default().to_owned();
    (class, span.error_description().to_owned())
}

#[test]
fn errors_of_any_type_are_followed_to_their_causes() {
    let harness = Harness::install();
    let is = |expected: &str, call: &dyn Fn()| {
        let (class, text) = recorded(&harness, call);
        assert_eq!(class, expected);
        assert!(text.contains("work") || text.contains("no more"), "{text}");
    };
    let caused = || Outer(timed_out().into());
    is("timeout", &|| drop(with_anyhow(caused().into())));
    is("timeout", &|| {
        drop(with_anyhow(
            anyhow::Error::from(timed_out()).context("it did not work"),
        ))
    });
    is("timeout", &|| drop(block_on(boxed(Box::new(caused())))));
    is("timeout", &|| drop(block_on(boxed_and_sent(caused()))));
    is("timeout", &|| {
        block_on(items(caused()).for_each(|_| async {}))
    });
    is("named", &|| drop(named(caused())));
    is("_OTHER", &|| drop(with_anyhow(Quota.into())));
    // A type that says something is not overruled by the standard library's.
    is(concat!(module_path!(), "::Outer"), &|| {
        drop(typed(caused()))
    });
}

#[test]
fn the_application_is_asked_first_and_of_every_cause() {
    let harness = Harness::install_with(|telemetry| {
        telemetry.error_classifier(|error| error.is::<Quota>().then_some(Cow::Borrowed("quota")))
    });
    let class = |call: &dyn Fn()| recorded(&harness, call).0;
    assert_eq!(class(&|| drop(with_anyhow(Quota.into()))), "quota");
    assert_eq!(class(&|| drop(typed(Outer(Quota.into())))), "quota");
    assert_eq!(class(&|| drop(named(Outer(Quota.into())))), "named");
    assert_eq!(
        class(&|| drop(with_anyhow(Outer(timed_out().into()).into()))),
        "timeout"
    );
    let by_hand = || {
        let chat = genai::chat("openai").model("m").start();
        chat.fail(&Outer(Quota.into()));
    };
    assert_eq!(class(&by_hand), "quota");
}

/// A success that is a failure.
struct Reply {
    error: Option<&'static str>,
}

#[genai::chat(provider = openai, model = "m", response(|r| id = "r-1", error = r.error))]
fn value(error: Option<&'static str>) -> Result<Reply, io::Error> {
    Ok(Reply { error })
}

#[genai::tool(name = "m", response(|r| error.type = (!r).then_some("failed")))]
fn tool(works: bool) -> bool {
    works
}

#[test]
fn a_value_that_is_a_failure_ends_the_call_as_one() {
    let harness = Harness::install();
    assert!(value(Some("overloaded")).is_ok_and(|reply| reply.error.is_some()));
    let span = harness.span("chat m");
    assert!(span.is_error());
    assert_eq!(span.str("error.type"), Some("overloaded"));
    assert_eq!(span.str("gen_ai.response.id"), Some("r-1"));
    harness.clear();
    assert!(value(None).is_ok());
    let span = harness.span("chat m");
    assert!(!span.is_error());
    assert_eq!(span.str("error.type"), None);
    harness.clear();
    for (works, class) in [(true, None), (false, Some("failed"))] {
        harness.clear();
        assert_eq!(tool(works), works);
        assert_eq!(harness.span("execute_tool m").str("error.type"), class);
    }
}
