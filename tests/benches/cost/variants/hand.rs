//! OpenTelemetry written out by hand as well as its API allows: tracer and instruments kept, attributes in one list of the
//! right size, the model's text shared, no allocation for metrics, the span current while the client runs.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};

use super::calling;
use crate::harness::Variant;
use crate::world::{
    Client, Failed, Kept, PORT, PROVIDER, Req, Resp, SERVER, chat, fixture, install, now,
};

pub(super) async fn by_hand<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    let kept = install();
    let start = Instant::now();
    let model: Arc<str> = Arc::from(req.model.as_str());
    let mut name = String::with_capacity(5 + model.len());
    name.push_str("chat ");
    name.push_str(&model);
    // Room for what the response adds.
    let mut attributes = Vec::with_capacity(13);
    attributes.push(KeyValue::new("gen_ai.operation.name", "chat"));
    attributes.push(KeyValue::new("gen_ai.provider.name", PROVIDER));
    attributes.push(KeyValue::new("gen_ai.request.model", model.clone()));
    attributes.push(KeyValue::new("server.address", SERVER));
    attributes.push(KeyValue::new("server.port", PORT));
    attributes.push(KeyValue::new("gen_ai.request.temperature", req.temperature));
    attributes.push(KeyValue::new("gen_ai.request.max_tokens", req.max_tokens));
    let builder = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Client)
        .with_attributes(attributes);
    let span = kept.tracer.build(builder);
    let is_recording = span.is_recording();
    let cx = Context::current_with_span(span);
    let out = chat(client, req).with_context(cx.clone()).await;
    let span = cx.span();
    match &out {
        Ok(resp) => {
            let response_model: Arc<str> = Arc::from(resp.model.as_str());
            if is_recording {
                span.set_attributes([
                    KeyValue::new("gen_ai.response.model", response_model.clone()),
                    KeyValue::new("gen_ai.response.id", resp.id.clone()),
                    KeyValue::new("gen_ai.response.finish_reasons", reasons(resp)),
                    KeyValue::new("gen_ai.usage.input_tokens", resp.input_tokens),
                    KeyValue::new("gen_ai.usage.output_tokens", resp.output_tokens),
                ]);
            }
            span.end();
            metrics(kept, model, response_model, start, Some(resp));
        }
        Err(error) => {
            if is_recording {
                span.set_attribute(KeyValue::new("error.type", "Failed"));
                span.set_status(Status::error(error.to_string()));
            }
            span.end();
            metrics(kept, model.clone(), model, start, None);
        }
    }
    out
}

fn reasons(resp: &Resp) -> Value {
    let known = |reason: &String| match reason.as_str() {
        "stop" => StringValue::from("stop"),
        "length" => StringValue::from("length"),
        "tool_calls" => StringValue::from("tool_calls"),
        _ => StringValue::from(reason.clone()),
    };
    Value::Array(Array::String(
        resp.finish_reasons.iter().map(known).collect(),
    ))
}

#[inline]
pub(super) fn metrics(
    kept: &Kept,
    model: Arc<str>,
    response_model: Arc<str>,
    start: Instant,
    resp: Option<&Resp>,
) {
    let mut attributes = [
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", PROVIDER),
        KeyValue::new("gen_ai.request.model", model),
        KeyValue::new("gen_ai.response.model", response_model),
        KeyValue::new("server.address", SERVER),
        KeyValue::new("server.port", PORT),
        KeyValue::new("gen_ai.token.type", "input"),
    ];
    let seconds = start.elapsed().as_secs_f64();
    kept.duration.record(seconds, &attributes[..6]);
    if let Some(resp) = resp {
        kept.tokens.record(resp.input_tokens as u64, &attributes);
        attributes[6] = KeyValue::new("gen_ai.token.type", "output");
        kept.tokens.record(resp.output_tokens as u64, &attributes);
    }
}

pub(super) static VARIANTS: &[Variant] = &[
    calling!("call", "hand", install(), by_hand),
    calling!("miss", "hand_miss", install(), each by_hand),
];

/// One call.
pub(crate) fn one() -> impl FnMut() {
    install();
    let (client, req) = fixture();
    move || {
        black_box(now(by_hand(&client, &req)).is_ok());
    }
}
