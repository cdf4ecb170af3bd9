//! What another service or an MCP peer says of the trace and the conversation, whatever it is: no panic, the handler runs, nothing
//! that was not asked for is recorded, and a handle that is read is written as it was.
//!
//! The lines of the input are the values of `traceparent`, `tracestate` and `baggage` in turn, and the fields of a `_meta` object.
//!
//! `cargo +nightly fuzz run headers`
#![no_main]

use std::cell::Cell;
use std::convert::Infallible;
use std::future::ready;

use futures::executor::block_on;
use genai::SpanRef;
use genai::opentelemetry::Context;
use genai::opentelemetry::trace::TraceContextExt as _;
use genai::testing::Harness;
use http::header::{HeaderName, HeaderValue};
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use tower::{Layer as _, Service as _, service_fn};

thread_local! {
    static HARNESS: Harness = Harness::install();
}

const FIELDS: [&str; 3] = ["traceparent", "tracestate", "baggage"];

#[genai::chat(provider = openai, model = "m")]
fn ask() {}

fuzz_target!(|input: &[u8]| {
    let mut request = Request::new(());
    let mut meta = Map::new();
    for (n, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let field = FIELDS[n % FIELDS.len()];
        if let Ok(value) = HeaderValue::from_bytes(line) {
            request.headers_mut().append(HeaderName::from_static(field), value);
        }
        let text = String::from_utf8_lossy(line);
        let value = serde_json::from_slice(line).unwrap_or_else(|_| Value::String(text.clone().into_owned()));
        meta.insert(field.to_owned(), value);
        if let Ok(handle) = text.parse::<SpanRef>() {
            assert_eq!(handle.to_string(), text);
        }
    }
    HARNESS.with(|harness| {
        let is_recorded = Cell::new(true);
        let handle = |_: Request<()>| {
            is_recorded.set(is_followed(&Context::current()));
            ask();
            ready(Ok::<_, Infallible>(Response::new(String::new())))
        };
        let mut service = genai::services::server().layer(service_fn(handle));
        let answered = block_on(service.call(request)).is_ok();
        let is_served = is_followed(&genai::mcp::extract(&meta));
        genai::mcp::server("tools/call").tool("t").meta(&meta).start().finish();
        let mut client = genai::mcp::client("tools/call").tool("t").start();
        client.inject(&mut meta);
        client.finish();
        let spans = harness.spans();
        harness.clear();
        assert!(answered);
        // A parent that is not sampled is followed in that.
        let expected = 1 + usize::from(is_recorded.get()) + usize::from(is_served);
        assert_eq!(spans.len(), expected);
        for span in &spans {
            // Nothing is allowed in, so no conversation and no property.
            let keys = ["gen_ai.conversation.id", "gen_ai.association.properties.user.id"];
            assert!(keys.iter().all(|key| span.str(key).is_none()), "{span:?}");
        }
        // What is written can be read.
        let parent = genai::mcp::extract(&meta);
        let written = meta.get("traceparent").and_then(Value::as_str).unwrap_or_default();
        assert!(written.contains(&parent_id(&parent)), "{written}");
    });
});

/// Whether a span is recorded in this context.
fn is_followed(cx: &Context) -> bool {
    let span = cx.span();
    !span.span_context().is_valid() || span.span_context().is_sampled()
}

fn parent_id(parent: &Context) -> String {
    parent.span().span_context().span_id().to_string()
}
