//! Whether exports arrive: results of exports go in; one line when a collector is missing and one when it is back come out.
//!
//! The SDK and the exporter write a line about every export that fails, several times a minute for as long as a collector is
//! away. So an exporter here reports no failure to the SDK: it is counted, for the flush to know, and said once.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_http::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message as _;
use ureq::http::{StatusCode, Uri};

use crate::content::url::without_secrets;
use crate::diag::warn::warning;

/// The collectors of one export.
#[derive(Debug, Default)]
pub(super) struct Watch(Vec<Arc<Collector>>);

impl Watch {
    /// A link for `signal` to where it goes. Signals with the same host share what is said of it.
    pub(super) fn link(
        &mut self,
        signal: &'static str,
        endpoint: &str,
        lost: &Arc<AtomicU64>,
    ) -> Link {
        let host = endpoint.parse::<Uri>().ok().and_then(|uri| {
            Some((
                uri.scheme_str().map(str::to_owned),
                uri.authority()?.to_string(),
            ))
        });
        let known = self.0.iter().find(|c| host.is_some() && c.host == host);
        let collector = known.cloned().unwrap_or_else(|| {
            let collector = Arc::new(Collector {
                host,
                outages: Mutex::default(),
            });
            self.0.push(Arc::clone(&collector));
            collector
        });
        Link {
            signal,
            endpoint: without_secrets(endpoint).into_owned(),
            collector,
            lost: Arc::clone(lost),
            note: Note::default(),
        }
    }

    /// What was left at the end did not go through in time; said unless the reason was.
    pub(super) fn ended_early(&self, deadline: Duration) {
        if self
            .0
            .iter()
            .all(|collector| collector.outages().is_empty())
        {
            warning(&format!(
                "not all telemetry was exported within {deadline:?}; what was left is lost"
            ));
        }
    }
}

/// One host that takes telemetry.
#[derive(Debug)]
struct Collector {
    /// Scheme and authority.
    host: Option<(Option<String>, String)>,
    outages: Mutex<Vec<Outage>>,
}

/// Exports that fail in the same way, until one of them arrives again.
#[derive(Debug)]
struct Outage {
    class: Class,
    signals: Vec<&'static str>,
    lost: u64,
}

/// How an export fails: what is said once of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Network,
    Status(u16),
    Rejected,
}

impl Collector {
    fn outages(&self) -> std::sync::MutexGuard<'_, Vec<Outage>> {
        self.outages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One signal on its way to one collector.
#[derive(Debug)]
pub(super) struct Link {
    signal: &'static str,
    /// Without credentials.
    endpoint: String,
    collector: Arc<Collector>,
    /// Exports that failed.
    lost: Arc<AtomicU64>,
    note: Note,
}

impl Link {
    pub(super) fn note(&self) -> Note {
        self.note.clone()
    }

    /// Takes the result of an export; what the SDK is to see of it comes back.
    fn settle(&self, result: OTelSdkResult) -> OTelSdkResult {
        let noted = self.note.take();
        let failure = match (result, noted) {
            (Err(OTelSdkError::AlreadyShutdown), _) => return Err(OTelSdkError::AlreadyShutdown),
            (Ok(()), Some(noted)) if noted.0 == Class::Rejected => Some(noted),
            (Ok(()), _) => None,
            (Err(_), Some(noted)) => Some(noted),
            (Err(error), None) => {
                let text = error.to_string();
                Some((Class::Network, without_secrets(&text).into_owned()))
            }
        };
        match failure {
            None => self.arrived(),
            Some((class, reason)) => self.failed(class, &reason),
        }
        Ok(())
    }

    fn arrived(&self) {
        let mut outages = self.collector.outages();
        let over = outages
            .iter()
            .position(|o| o.signals.contains(&self.signal));
        let Some(over) = over.map(|at| outages.swap_remove(at)) else {
            return;
        };
        drop(outages);
        warning(&format!(
            "exports arrive again at {}: {} of {} were lost",
            self.endpoint,
            over.lost,
            over.signals.join(", ")
        ));
    }

    fn failed(&self, class: Class, reason: &str) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        let mut outages = self.collector.outages();
        if let Some(outage) = outages.iter_mut().find(|o| o.class == class) {
            outage.lost = outage.lost.saturating_add(1);
            if !outage.signals.contains(&self.signal) {
                outage.signals.push(self.signal);
            }
            return;
        }
        outages.push(Outage {
            class,
            signals: vec![self.signal],
            lost: 1,
        });
        drop(outages);
        warning(&format!(
            "{} cannot be exported to {}: {reason}; they are lost until that is mended, which will be said",
            self.signal, self.endpoint
        ));
    }
}

/// What the client saw of the last export, shared with the link.
#[derive(Clone, Debug, Default)]
pub(super) struct Note(Arc<Mutex<Option<(Class, String)>>>);

impl Note {
    fn set(&self, note: Option<(Class, String)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = note;
    }

    fn take(&self) -> Option<(Class, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// There was no answer.
    pub(super) fn failed(&self, error: &ureq::Error) {
        let text = error.to_string();
        self.set(Some((Class::Network, without_secrets(&text).into_owned())));
    }

    /// There was an answer. Of its body only the number of items it rejects is read: its text may repeat content.
    pub(super) fn answered(&self, status: StatusCode, body: &[u8]) {
        if !status.is_success() {
            let more = if status.is_redirection() {
                " (redirects are not followed)"
            } else {
                ""
            };
            let class = Class::Status(status.as_u16());
            self.set(Some((class, format!("it answers {status}{more}"))));
            return;
        }
        // The answers for the other two signals have the same shape.
        let rejected = ExportTraceServiceResponse::decode(Bytes::copy_from_slice(body))
            .ok()
            .and_then(|response| response.partial_success)
            .is_some_and(|partial| partial.rejected_spans > 0);
        let note = || (Class::Rejected, "it rejects some of them".to_owned());
        self.set(rejected.then(note));
    }
}

/// An exporter whose results are watched.
pub(super) struct Watched<E> {
    exporter: E,
    link: Link,
}

impl<E> Watched<E> {
    pub(super) fn new(exporter: E, link: Link) -> Self {
        Watched { exporter, link }
    }
}

impl<E> fmt::Debug for Watched<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("signal", &self.link.signal)
            .finish_non_exhaustive()
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.link.settle(self.exporter.export(batch).await)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Watched<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.link.settle(self.exporter.export(batch).await)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn event_enabled(
        &self,
        level: opentelemetry::logs::Severity,
        target: &str,
        name: Option<&str>,
    ) -> bool {
        self.exporter.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.link.settle(self.exporter.export(metrics).await)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
