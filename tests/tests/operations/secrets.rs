//! Credentials in URLs: clients put the URL into the texts of their errors, and applications give one as a server's address.
//! Every way a text or an address takes into telemetry is tried with one.

use std::fmt;

use futures::StreamExt as _;
use futures::executor::block_on;
use futures::stream::{self, Stream};
use genai::testing::Harness;
use genai::{Failure, Recorder, Redact, keys};

const URL: &str = "https://user:S3CR3T@host.example/v1/m:generate?key=S3CR3T";
const SHOWN: &str = "error sending request for url (https://host.example/v1/m:generate)";

/// An error with the text that `reqwest` writes.
#[derive(Debug)]
struct Http;

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error sending request for url ({URL})")
    }
}

impl std::error::Error for Http {}

/// One that classifies itself.
#[derive(Debug)]
struct Classified;

impl genai::ErrorType for Classified {
    fn error_type(&self) -> std::borrow::Cow<'_, str> {
        "connection_error".into()
    }

    fn description(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(Http.to_string().into())
    }
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn fails() -> Result<(), Http> {
    Err(Http)
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn fails_boxed() -> Result<(), Box<dyn std::error::Error>> {
    Err(Box::new(Http))
}

#[genai::tool(name = "m")]
fn fails_classified() -> Result<(), Classified> {
    Err(Classified)
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn fails_streaming() -> impl Stream<Item = Result<u8, Http>> {
    stream::iter([Ok(1), Err(Http)])
}

/// Everything exported, as text.
fn exported(h: &Harness) -> String {
    format!("{:?} {:?} {:?}", h.spans(), h.events(), h.metrics())
}

#[test]
fn texts_of_errors() {
    type Way = (&'static str, fn(&Harness));
    let ways: [Way; 8] = [
        ("attribute", |_| drop(fails())),
        ("boxed", |_| drop(fails_boxed())),
        ("classified", |_| drop(fails_classified())),
        ("stream", |_| {
            drop(block_on(fails_streaming().collect::<Vec<_>>()))
        }),
        ("fail", |h| {
            h.telemetry().chat("openai").model("m").start().fail(&Http)
        }),
        ("record", |h| {
            let error = Failure::new("connection_error", Http.to_string());
            h.telemetry()
                .embeddings("openai")
                .model("m")
                .start()
                .fail(error);
        }),
        ("agent", |h| {
            h.telemetry().agent("openai").name("m").start().fail(&Http)
        }),
        ("own span", |h| h.telemetry().span("m").start().fail(&Http)),
    ];
    for (what, way) in ways {
        let h = Harness::install_with(|t| t.exception_events(true));
        way(&h);
        let spans = h.spans();
        assert_eq!(spans.len(), 1, "{what}");
        assert_eq!(spans[0].error_description(), SHOWN, "{what}");
        assert!(!exported(&h).contains("S3CR3T"), "{what}");
    }
}

#[test]
fn the_redactor_sees_a_text_before_it_is_cut() {
    const KEY: &str = "sk-0123456789abcdef";
    let redactor = |r: &mut Redact<'_>| r.each_text(|t| *t = t.replace(KEY, "[key]"));
    for limit in [64, 1024, 4096] {
        let h = Harness::with(|t| {
            t.redactor(redactor)
                .limits(genai::Limits::new().error_text_bytes(limit))
        });
        for before in limit - KEY.len()..=limit {
            h.clear();
            let text = format!("{} {KEY} and more", "x".repeat(before));
            let chat = h.telemetry().chat("openai").model("m").start();
            chat.fail(&std::io::Error::other(text.clone()));
            let span = h.span("chat m");
            let shown = span.error_description();
            assert!(
                shown.len() <= limit && !shown.contains("sk-"),
                "{before}: {shown:?}"
            );
            let chat = h.telemetry().chat("openai").model("m").start();
            h.clear();
            chat.fail(Failure::new("x", text));
            assert_eq!(h.span("chat m").error_description(), shown);
        }
    }
}

#[test]
fn the_limit_on_texts_is_the_one_that_was_set() {
    for (limit, length) in [(10, 10), (3000, 3000), (100_000, 50_000)] {
        let h = Harness::with(|t| t.limits(genai::Limits::new().error_text_bytes(limit)));
        let chat = h.telemetry().chat("openai").model("m").start();
        chat.fail(&std::io::Error::other("e".repeat(50_000)));
        assert_eq!(h.span("chat m").error_description().len(), length);
    }
}

/// What is read of a text is bounded; a key that lies over that bound is dropped with its word, even where the redactor makes
/// room before it.
#[test]
fn a_text_without_end_is_read_up_to_a_bound() {
    struct Endless(std::cell::Cell<usize>);
    impl fmt::Debug for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Endless")
        }
    }
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                self.0.set(self.0.get() + 1);
                f.write_str("prompt sk-0123456789abcdef ")?;
            }
        }
    }
    impl std::error::Error for Endless {}
    let h = Harness::with(|t| {
        t.redactor(|r| {
            r.each_text(|t| *t = t.replace("prompt ", "").replace("sk-0123456789abcdef", ""))
        })
    });
    let error = Endless(std::cell::Cell::new(0));
    h.telemetry().chat("openai").model("m").start().fail(&error);
    assert!(error.0.get() < 2000, "{} pieces", error.0.get());
    let span = h.span("chat m");
    let shown = span.error_description();
    assert!(!shown.contains("sk-"), "{shown:?}");
}

const ADDRESSES: [(&str, &str); 8] = [
    (
        "https://user:S3CR3T@host.example/v1?key=S3CR3T",
        "host.example",
    ),
    ("user:S3CR3T@host.example", "host.example"),
    ("host.example/v1?key=S3CR3T", "host.example"),
    ("//user:S3CR3T@host.example/v1", "host.example"),
    ("https:/user:S3CR3T@host.example", "host.example"),
    ("https://S3CR3T/x@host", "host"),
    ("host.example", "host.example"),
    ("/run/model.sock", "/run/model.sock"),
];

#[genai::chat(provider = openai, model = "m", server.address = address, response = none)]
fn with_address(address: &str) {}

#[genai::chat(provider = openai, model = "m", server.address = "user:S3CR3T@host.example", response = none)]
fn with_literal() {}

struct Ask<'a>(&'a str);

impl genai::Request for Ask<'_> {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        recorder.str(keys::GEN_AI_REQUEST_MODEL, "m");
        recorder.str(keys::SERVER_ADDRESS, self.0);
    }
}

#[genai::chat(provider = openai, request = ask, response = none)]
fn with_request(ask: &Ask<'_>) {}

#[test]
fn addresses() {
    type Way = (&'static str, fn(&Harness, &str));
    let ways: [Way; 5] = [
        ("attribute", |_, a| with_address(a)),
        ("request", |_, a| with_request(&Ask(a))),
        ("builder", |h, a| {
            h.telemetry()
                .chat("openai")
                .model("m")
                .server_address(a)
                .start()
                .finish();
        }),
        ("owned", |h, a| {
            let builder = h.telemetry().embeddings("openai").model("m");
            builder.server_address(a).start().finish();
        }),
        ("after the start", |h, a| {
            let mut chat = h.telemetry().chat("openai").model("m").start();
            chat.server_address(a);
            chat.finish();
        }),
    ];
    for (what, way) in ways {
        for (given, recorded) in ADDRESSES {
            let h = Harness::install();
            way(&h, given);
            assert_eq!(
                h.spans()[0].str("server.address"),
                Some(recorded),
                "{what}: {given}"
            );
            assert!(!exported(&h).contains("S3CR3T"), "{what}: {given}");
        }
    }
    let h = Harness::install();
    with_literal();
    assert_eq!(h.span("chat m").str("server.address"), Some("host.example"));
}

/// The limit on names holds for the host, not for the URL it is read from.
#[test]
fn an_address_is_read_before_it_is_cut() {
    let h = Harness::new();
    let password = "S3CR3T".repeat(200);
    let url = format!("https://user:{password}@host.example/v1");
    h.telemetry()
        .chat("openai")
        .model("m")
        .server_address(url)
        .start()
        .finish();
    let long = format!("https://{}/v1", "h".repeat(600));
    h.telemetry()
        .chat("openai")
        .model("long")
        .server_address(long)
        .start()
        .finish();
    assert_eq!(h.span("chat m").str("server.address"), Some("host.example"));
    assert_eq!(
        h.span("chat long").str("server.address").map(str::len),
        Some(512)
    );
}
