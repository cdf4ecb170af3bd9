//! Ours, and the bare call.

use std::hint::black_box;

use super::calling;
use crate::harness::Variant;
use crate::world::{Client, Failed, Req, Resp, chat, fixture, install, now};

impl genai::Request for Req {
    fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_REQUEST_MODEL, &self.model);
        recorder.double(genai::keys::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        recorder.int(genai::keys::GEN_AI_REQUEST_MAX_TOKENS, self.max_tokens);
    }
}

impl genai::Response for Resp {
    fn record_response(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_RESPONSE_MODEL, &self.model);
        recorder.str(genai::keys::GEN_AI_RESPONSE_ID, &self.id);
        recorder.strs(
            genai::keys::GEN_AI_RESPONSE_FINISH_REASONS,
            &self.finish_reasons,
        );
        recorder.int(genai::keys::GEN_AI_USAGE_INPUT_TOKENS, self.input_tokens);
        recorder.int(genai::keys::GEN_AI_USAGE_OUTPUT_TOKENS, self.output_tokens);
    }
}

#[genai::chat(provider = openai, request = req, server.address = "api.openai.com", server.port = 443)]
pub(super) async fn ours<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    chat(client, req).await
}

async fn bare<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    chat(client, req).await
}

/// The SDK given to the library, not taken from the OpenTelemetry globals.
pub(super) fn given() {
    let kept = install();
    genai::Telemetry::builder()
        .tracer_provider(kept.tracer_provider.clone())
        .meter_provider(kept.meter_provider.clone())
        .install();
}

/// Likewise, without binding the instruments: what a meter provider gets that is not known to be the SDK's.
fn unbound() {
    let kept = install();
    genai::Telemetry::builder()
        .tracer_provider(kept.tracer_provider.clone())
        .meter_provider(kept.meter_provider.clone())
        .bound_instruments(false)
        .install();
}

pub(super) static VARIANTS: &[Variant] = &[
    calling!("call", "bare", (), bare),
    calling!("call", "genai", install(), ours),
    calling!("call", "genai_given", given(), ours),
    calling!("call", "genai_unbound", unbound(), ours),
    calling!("off", "bare_off", (), bare),
    calling!("off", "genai_off", (), ours),
    calling!("off_task", "bare_off_task", (), task bare),
    calling!("off_task", "genai_off_task", (), task ours),
    calling!("miss", "genai_miss", install(), each ours),
];

/// One enabled call.
pub(crate) fn one() -> impl FnMut() {
    given();
    let (client, req) = fixture();
    move || {
        black_box(now(ours(&client, &req)).is_ok());
    }
}

/// Prints the sizes of the futures.
pub(crate) fn sizes() {
    let (client, req) = fixture();
    let sizes = [
        ("bare", size_of_val(&bare(&client, &req))),
        ("genai", size_of_val(&ours(&client, &req))),
        ("hand", size_of_val(&super::hand::by_hand(&client, &req))),
        (
            "tracing",
            size_of_val(&super::others::traced(&client, &req)),
        ),
        ("fastrace", size_of_val(&super::others::fast(&client, &req))),
    ];
    println!("| future | bytes |\n|---|---:|");
    for (name, bytes) in sizes {
        println!("| {name} | {bytes} |");
    }
}
