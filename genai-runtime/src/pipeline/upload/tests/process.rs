//! What only a process of its own can show: the memory it takes at most, and how it ends.
//!
//! Each test runs its own executable again with a variable set; the test of that name then does the child's part.

use super::*;
use crate::diag::alone;
use std::process::Output;
use std::thread;
use std::time::Instant;

/// Runs the test `name` as a child process; `None` if this is the child.
fn child(name: &str) -> Option<Output> {
    alone::child(module_path!(), name)
}

/// A line of `/proc/self/status`, in bytes.
#[cfg(target_os = "linux")]
fn status(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 1024
}

/// With the store stuck and ten times the queue offered, the process grows by the queue's bytes and a tenth at most.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_within_the_limit() {
    if let Some(output) = child("memory_stays_within_the_limit") {
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        return;
    }
    let limit = 64 << 20;
    let hook = builder(Faulty::new(|_| Fault::Hang))
        .queue_size(100_000)
        .queue_bytes(limit)
        .build()
        .unwrap();
    let content = Content::input("\"m\"é ".repeat(8_000));
    // The first starts the thread and warms the allocator up.
    complete(&hook, &content);
    let before = status("VmRSS");
    let offered: usize = (0..)
        .map_while(|_| {
            complete(&hook, &content);
            let stats = hook.stats();
            (stats.dropped.bytes < 9 * limit as u64).then_some(())
        })
        .count();
    let grown = status("VmHWM") - before;
    println!(
        "{offered} operations, {} MiB more, {:?}",
        grown >> 20,
        hook.stats()
    );
    assert!(hook.queue().unwrap().budget.used() > limit - (1 << 20));
    assert!(grown <= limit + limit / 10, "{grown}");
}

#[test]
fn a_process_ends_without_shutdown() {
    if alone::is_child() {
        let hook = builder(Faulty::new(|_| Fault::Block(Duration::from_secs(60))))
            .build()
            .unwrap();
        complete(&hook, &Content::oracle());
        thread::sleep(Duration::from_millis(20));
        return;
    }
    let start = Instant::now();
    let output = child("a_process_ends_without_shutdown").unwrap();
    assert!(output.status.success());
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

/// Ten times the load on a store that comes back: one line when loss starts, one when it has ended.
#[test]
fn loss_is_reported_when_it_starts_and_when_it_ends() {
    if let Some(output) = child("loss_is_reported_when_it_starts_and_when_it_ends") {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}");
        let count = |what: &str| {
            text.lines()
                .filter(|line| line.contains(&format!("name={what}")))
                .count()
        };
        assert_eq!(
            (
                count("genai.upload.loss_started"),
                count("genai.upload.loss_ended")
            ),
            (1, 1),
            "{text}"
        );
        assert!(text.contains("dropped_files=180, failed_files=0"), "{text}");
        assert!(!text.contains("canary"));
        return;
    }
    let store =
        Faulty::new(|call| Fault::Block(Duration::from_millis(if call == 0 { 300 } else { 0 })));
    let hook = builder(store).build().unwrap();
    for _ in 0..200 {
        complete(&hook, &Content::input("canary"));
    }
    assert!(hook.flush(LONG).is_ok());
    thread::sleep(Duration::from_millis(200));
    assert_eq!(files(hook.stats()), (20, 180, 0));
}

#[test]
fn bad_settings_are_reported_once_each() {
    if let Some(output) = child("bad_settings_are_reported_once_each") {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}");
        for variable in [
            "OTEL_INSTRUMENTATION_GENAI_UPLOAD_FORMAT",
            "OTEL_INSTRUMENTATION_GENAI_UPLOAD_MAX_QUEUE_SIZE",
        ] {
            assert_eq!(
                text.lines().filter(|line| line.contains(variable)).count(),
                1,
                "{text}"
            );
        }
        return;
    }
    let env = |name: &str| match name.rsplit('_').next() {
        Some("PATH") => Some("memory:".into()),
        Some("FORMAT") => Some("xml".into()),
        _ => Some("many".into()),
    };
    let hook = UploadHook::builder().build_with(env).unwrap();
    assert_eq!(complete(&hook, &Content::oracle()).len(), 4);
    assert!(hook.shutdown(LONG).is_ok());
    assert_eq!(files(hook.stats()), (4, 0, 0));
}

/// A global meter provider that is set after the hook was built, and used, is found within a second.
#[test]
fn a_late_meter_provider_is_found() {
    use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
    if let Some(output) = child("a_late_meter_provider_is_found") {
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        return;
    }
    let hook = builder(Arc::<Memory>::default()).build().unwrap();
    complete(&hook, &Content::input("before"));
    assert!(hook.flush(LONG).is_ok());
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .build();
    opentelemetry::global::set_meter_provider(provider.clone());
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(1010));
        complete(&hook, &Content::input("after"));
        assert!(hook.flush(LONG).is_ok());
    }
    provider.force_flush().unwrap();
    let sums = super::hook::sums(&exporter, "genai.upload.stored");
    assert_eq!(sums.into_values().collect::<Vec<_>>(), [3]);
}

/// Writers in several processes agree on one whole file per hash, and a reader never sees part of one.
#[test]
fn processes_share_hashed_files() {
    const BASE: &str = "GENAI_UPLOAD_TEST_BASE";
    let contents = || {
        (0..20).map(|n| Content {
            system: vec![text(&format!("{n} {}", "long ".repeat(20_000)))],
            ..Content::default()
        })
    };
    if alone::is_child() {
        let base = std::env::var(BASE).unwrap();
        let hook = UploadHook::builder()
            .base_path(base)
            .queue_size(20)
            .build()
            .unwrap();
        for content in contents() {
            assert_eq!(complete(&hook, &content).len(), 1);
        }
        assert!(hook.shutdown(LONG).is_ok());
        assert_eq!(files(hook.stats()), (20, 0, 0));
        return;
    }
    let folder = Folder::new();
    let writers: Vec<_> = (0..6)
        .map(|_| {
            let mut command = alone::again(module_path!(), "processes_share_hashed_files");
            command.env(BASE, &folder.0);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    let end = Instant::now() + LONG;
    let mut seen = std::collections::HashSet::new();
    while seen.len() < 20 {
        assert!(Instant::now() < end);
        for name in folder
            .names()
            .into_iter()
            .filter(|name| name.ends_with("_system_instruction.json"))
        {
            let text = std::fs::read_to_string(folder.0.join(&name)).unwrap();
            assert!(text.ends_with("]\n") && text.len() > 100_000, "half a file");
            seen.insert(name);
        }
    }
    assert!(
        writers
            .into_iter()
            .all(|mut writer| writer.wait().unwrap().success())
    );
    let names = folder.names();
    assert!(
        names.len() == 20 && names.iter().all(|name| seen.contains(name)),
        "{names:?}"
    );
}
