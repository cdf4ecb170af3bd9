//! What every application does and checks, each scenario in a process of its own: OpenTelemetry's globals are the process's.

pub mod application;
pub mod contexts;
pub mod cost;
pub mod direct;
pub mod found;
pub mod operations;
pub mod same;
pub mod telemetry;
pub mod threads;
pub mod traced;

use std::future::Future;
use std::pin::Pin;
use std::process::{Command, ExitCode};

crate::memory! {
    newer, newest, newest_sdk,
    spans: newest_sdk::trace::InMemorySpanExporter, tracers: newest_sdk::trace::SdkTracerProvider,
    logs: newest_sdk::logs::InMemoryLogExporter, loggers: newest_sdk::logs::SdkLoggerProvider,
    metrics: newest_sdk::metrics::InMemoryMetricExporter,
    reader: |exporter| newest_sdk::metrics::PeriodicReader::builder(exporter).build(),
    data: methods, record: methods
}

type Scenario = fn() -> Pin<Box<dyn Future<Output = ()>>>;

const SCENARIOS: &[(&str, Scenario)] = &[
    ("application", || Box::pin(application::scenario())),
    ("same", || Box::pin(same::scenario())),
    ("direct", || Box::pin(direct::scenario())),
    ("late", || Box::pin(found::late())),
    ("both", || Box::pin(found::both())),
    ("nothing", || Box::pin(found::nothing())),
    ("contexts", || Box::pin(contexts::scenario())),
    ("order", || Box::pin(contexts::order())),
    ("chain", || Box::pin(contexts::chain())),
    ("threads", || Box::pin(threads::scenario())),
    ("traced", || Box::pin(traced::scenario())),
];

/// Runs the scenario that is named, else each of them.
pub fn main() -> ExitCode {
    let mut asked = std::env::args().skip(1);
    if let Some(name) = asked.next() {
        if name == "cost" {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let _inside = runtime.as_ref().expect("a runtime").enter();
            cost::run(asked);
            return ExitCode::SUCCESS;
        }
        let (_, run) = SCENARIOS.iter().find(|(known, _)| *known == name).expect("a scenario");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(run());
        return ExitCode::SUCCESS;
    }
    let program = std::env::current_exe().expect("a path");
    let mut failed = 0;
    for (name, _) in SCENARIOS {
        let status = Command::new(&program).arg(name).status().expect("it runs");
        let word = if status.success() { "ok" } else { "FAILED" };
        println!("{} {name} ... {word}", crate::version::VERSION);
        failed += u8::from(!status.success());
    }
    ExitCode::from(failed)
}
