//! Where content could leave: exports go in and are searched as the bytes OTLP sends, log lines as text.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use genai::hook::Completion;
use genai::{CompletionHook, Telemetry, TelemetryBuilder};
use opentelemetry::InstrumentationScope;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData};
use prost::Message as _;

use super::make::CORE;
use crate::support::last_step::{Collected, Ended};

/// Bytes that several threads add to.
#[derive(Clone, Debug, Default)]
pub struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    pub fn add(&self, bytes: &[u8]) {
        let mut all = self.0.lock().unwrap();
        all.extend_from_slice(bytes);
        all.push(b'\n');
    }

    /// What came since the last time.
    pub fn take(&self) -> String {
        String::from_utf8_lossy(&self.take_bytes()).into_owned()
    }

    /// The same as it came.
    pub fn take_bytes(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl LogProcessor for Bytes {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        self.add(&LogRecord::from(&*record).encode_to_vec());
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl CompletionHook for Bytes {
    fn on_completion(&self, c: &mut Completion<'_>) {
        self.add(&serde_json::to_vec(&(c.inputs(), c.outputs())).unwrap());
        self.add(&serde_json::to_vec(&(c.system_instructions(), c.tool_definitions())).unwrap());
    }
}

/// Everything one configuration emits.
pub struct Outputs {
    pub spans: Bytes,
    pub events: Bytes,
    pub metrics: Bytes,
    pub hook: Bytes,
    pub telemetry: Telemetry,
    meter: SdkMeterProvider,
}

impl Outputs {
    /// Becomes the process's default, so that annotated functions report to it.
    pub fn install(settings: impl FnOnce(TelemetryBuilder, Bytes) -> TelemetryBuilder) -> Self {
        Self::install_with(Sampler::AlwaysOn, settings)
    }

    /// The same with a sampler.
    pub fn install_with(
        sampler: Sampler,
        settings: impl FnOnce(TelemetryBuilder, Bytes) -> TelemetryBuilder,
    ) -> Self {
        let (spans, events, metrics, hook) = <(Bytes, Bytes, Bytes, Bytes)>::default();
        let collected = metrics.clone();
        let reader = PeriodicReader::builder(Collected(move |metrics: &ResourceMetrics| {
            collected.add(&ExportMetricsServiceRequest::from(metrics).encode_to_vec());
        }))
        .with_interval(Duration::from_secs(1 << 30))
        .build();
        let meter = SdkMeterProvider::builder().with_reader(reader).build();
        let ended = spans.clone();
        let processor = Ended(move |span: &SpanData| {
            // What is not exported counts as well: it could be tomorrow.
            ended.add(format!("{span:?}").as_bytes());
            ended.add(&Span::from(span.clone()).encode_to_vec());
        });
        let builder = settings(Telemetry::builder(), hook.clone())
            .tracer_provider(
                SdkTracerProvider::builder()
                    .with_sampler(sampler)
                    .with_span_processor(processor)
                    .build(),
            )
            .meter_provider(meter.clone())
            .logger_provider(
                SdkLoggerProvider::builder()
                    .with_log_processor(events.clone())
                    .build(),
            );
        let mut said = format!("{builder:?}");
        let telemetry = builder.build();
        said.push_str(&format!("{telemetry:?}"));
        assert!(said.contains("capture"));
        telemetry.install();
        Self {
            spans,
            events,
            metrics,
            hook,
            telemetry,
            meter,
        }
    }

    /// The metrics so far, as bytes.
    pub fn metrics(&self) -> String {
        self.meter.force_flush().unwrap();
        self.metrics.take()
    }
}

/// Finds the forms in which a part of any canary could be somewhere.
static FORMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let mut forms = vec![CORE.to_owned(), CORE.to_uppercase()];
    forms.push(CORE.bytes().map(|b| format!("{b:02x}")).collect());
    forms.push(CORE.bytes().map(|b| format!("{b}, ")).collect());
    forms.push(CORE.bytes().map(|b| format!("\\u{b:04x}")).collect());
    // In base64, by where it starts: without the letters that depend on what is beside it.
    for before in 0..3 {
        let text = STANDARD_NO_PAD.encode(format!("{}{CORE}", "x".repeat(before)));
        let skipped = [0, 2, 3][before];
        let end = (before + CORE.len()) * 8 / 6;
        forms.push(text[skipped..end].to_owned());
    }
    AhoCorasick::new(forms).expect("few patterns")
});

/// The first place where a part of a canary is, and what is around it.
pub fn leak(bytes: impl AsRef<[u8]>) -> Option<String> {
    let bytes = bytes.as_ref();
    let at = FORMS.find(bytes)?.start();
    let around = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
    Some(String::from_utf8_lossy(around).into_owned())
}
