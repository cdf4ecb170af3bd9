//! Parts that an end has to wait for, and that are well, slow, failing, panicking or stuck: exporters, processors, a hook, a store.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use genai::CompletionHook;
use genai::hook::{Completion, Unfinished};
use genai::upload::{Object, Put, Store, StoreError, StoreFuture};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter, LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

use super::PLANNED;

/// How long a part is stuck that nobody lets go, so that an end that waits for it is late and not for ever.
const STUCK: Duration = Duration::from_secs(10);

/// How a part behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Well,
    Slow(u64),
    Fails,
    Panics,
    Stuck,
}

/// Lets go of everything that is stuck.
#[derive(Debug, Default)]
pub(super) struct Release {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Release {
    fn wait(&self) {
        let is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_stuck = |is_open: &mut bool| !*is_open;
        let _ = self.opened.wait_timeout_while(is_open, STUCK, is_stuck);
    }

    pub(super) fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }
}

/// A part: exporter, processor, hook or store.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) manner: Manner,
    release: Arc<Release>,
    /// Whether it was asked to finish, and has.
    pub(super) is_done: Arc<AtomicBool>,
    /// Whether a store that is stuck gives the worker's thread back.
    is_polled: bool,
}

impl Part {
    pub(super) fn new(manner: Manner, release: &Arc<Release>, is_polled: bool) -> Self {
        Self {
            is_polled,
            manner,
            release: Arc::clone(release),
            is_done: Arc::default(),
        }
    }

    fn act(&self) -> OTelSdkResult {
        match self.manner {
            Manner::Well => {}
            Manner::Slow(millis) => std::thread::sleep(Duration::from_millis(millis)),
            Manner::Fails => return Err(OTelSdkError::InternalFailure(PLANNED.to_owned())),
            Manner::Panics => panic!("{PLANNED}"),
            Manner::Stuck => self.release.wait(),
        }
        self.is_done.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// A processor that is stuck itself, and an exporter behind the SDK's batches.
impl SpanProcessor for Part {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        self.act()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.act()
    }
}

impl SpanExporter for Part {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        self.act()
    }
}

impl LogProcessor for Part {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {}

    fn force_flush(&self) -> OTelSdkResult {
        self.act()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.act()
    }
}

impl LogExporter for Part {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        self.act()
    }
}

impl PushMetricExporter for Part {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        self.act()
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

impl CompletionHook for Part {
    fn on_completion(&self, _: &mut Completion<'_>) {}

    fn flush(&self, _: Duration) -> Result<(), Unfinished> {
        self.act().map_err(|_| Unfinished::new("completion hook"))
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.flush(timeout)
    }
}

impl Store for Part {
    fn put(self: Arc<Self>, _: Object) -> StoreFuture<Result<Put, StoreError>> {
        Box::pin(async move {
            // The others that are stuck keep the worker's thread.
            if self.is_polled && self.manner == Manner::Stuck {
                std::future::pending::<()>().await;
            }
            match self.act() {
                Ok(()) => Ok(Put::Created),
                Err(_) => Err(StoreError::new(PLANNED).permanent()),
            }
        })
    }
}
