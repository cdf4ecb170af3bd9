//! The other ways: `tracing` with its bridge to OpenTelemetry, and fastrace, each with metrics by hand. fastrace records
//! less: its properties are texts.

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::prelude::{LocalSpan, Span, SpanContext};
use opentelemetry::{Array, StringValue, Value};
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::calling;
use super::hand::metrics;
use crate::harness::{Variant, looped};
use crate::world::{
    Client, Failed, PORT, PROVIDER, Req, Resp, SERVER, chat, fixture, install, now,
};

#[tracing::instrument(name = "chat", skip_all, fields(
    otel.kind = "client",
    otel.name = %format_args!("chat {}", req.model),
    gen_ai.operation.name = "chat",
    gen_ai.provider.name = PROVIDER,
    gen_ai.request.model = req.model.as_str(),
    server.address = SERVER,
    server.port = PORT,
    gen_ai.request.temperature = req.temperature,
    gen_ai.request.max_tokens = req.max_tokens,
    gen_ai.response.model = Empty,
    gen_ai.response.id = Empty,
    gen_ai.usage.input_tokens = Empty,
    gen_ai.usage.output_tokens = Empty,
))]
pub(super) async fn traced<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    let out = chat(client, req).await;
    if let Ok(resp) = &out {
        let span = tracing::Span::current();
        if !span.is_disabled() {
            span.record("gen_ai.response.model", resp.model.as_str());
            span.record("gen_ai.response.id", resp.id.as_str());
            span.record("gen_ai.usage.input_tokens", resp.input_tokens);
            span.record("gen_ai.usage.output_tokens", resp.output_tokens);
            let reasons = resp.finish_reasons.iter().cloned().map(StringValue::from);
            span.set_attribute(
                "gen_ai.response.finish_reasons",
                Value::Array(Array::String(reasons.collect())),
            );
        }
    }
    out
}

async fn traced_and_metered<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    let start = Instant::now();
    let out = traced(client, req).await;
    meter(req, &out, start);
    out
}

fn meter(req: &Req, out: &Result<&Resp, Failed>, start: Instant) {
    let model: Arc<str> = Arc::from(req.model.as_str());
    let resp = out.as_ref().ok();
    let response_model = resp.map_or_else(|| model.clone(), |r| Arc::from(r.model.as_str()));
    metrics(install(), model, response_model, start, resp.copied());
}

#[fastrace::trace(name = "chat")]
pub(super) async fn fast<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    LocalSpan::add_properties(|| {
        [
            ("span.kind", Cow::Borrowed("client")),
            ("gen_ai.operation.name", Cow::Borrowed("chat")),
            ("gen_ai.provider.name", Cow::Borrowed(PROVIDER)),
            ("gen_ai.request.model", Cow::Owned(req.model.clone())),
            ("server.address", Cow::Borrowed(SERVER)),
            ("server.port", Cow::Borrowed("443")),
            (
                "gen_ai.request.temperature",
                Cow::Owned(req.temperature.to_string()),
            ),
            (
                "gen_ai.request.max_tokens",
                Cow::Owned(req.max_tokens.to_string()),
            ),
        ]
    });
    let out = chat(client, req).await;
    if let Ok(resp) = &out {
        LocalSpan::add_properties(|| {
            [
                ("gen_ai.response.model", resp.model.clone()),
                ("gen_ai.response.id", resp.id.clone()),
                (
                    "gen_ai.response.finish_reasons",
                    resp.finish_reasons.join(","),
                ),
                ("gen_ai.usage.input_tokens", resp.input_tokens.to_string()),
                ("gen_ai.usage.output_tokens", resp.output_tokens.to_string()),
            ]
        });
    }
    out
}

async fn fast_and_metered<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    let start = Instant::now();
    let out = fast(client, req).await;
    meter(req, &out, start);
    out
}

struct Ignore;

impl Reporter for Ignore {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

fn subscribe() {
    let layer = tracing_opentelemetry::layer().with_tracer(install().sdk_tracer.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("the first");
}

pub(super) static VARIANTS: &[Variant] = &[
    calling!(
        "call",
        "tracing_opentelemetry",
        subscribe(),
        traced_and_metered
    ),
    Variant::new("call", "fastrace", || {
        install();
        fastrace::set_reporter(Ignore, Config::default());
        let (client, req) = fixture();
        looped(move || {
            let root = Span::root("root", SpanContext::random());
            let _guard = root.set_local_parent();
            black_box(now(fast_and_metered(&client, &req)).is_ok());
        })
    }),
    calling!("off", "tracing_off", (), traced),
    calling!("off", "fastrace_off", (), fast),
    calling!("off_task", "tracing_off_task", (), task traced),
];
