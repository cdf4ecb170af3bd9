//! Processes and threads that come and go: a forked child never waits for a lock of a thread it does not have, and a thread that
//! ends runs no destructor of others' where OpenTelemetry is gone already.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use genai::upload::UploadHook;
use genai::{CompletionHook as _, Telemetry};
use genai_tests::isolated;
use genai_tests::support::last_step::Ended;
use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter, SpanProcessor};

/// Takes spans and holds no lock.
fn nothing() -> impl SpanProcessor {
    Ended(|_: &SpanData| ())
}

/// One provider given and the other taken from the globals, which are looked at again now and then.
fn install<P: SpanProcessor + 'static>(processor: P) {
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build();
    Telemetry::builder().tracer_provider(provider).install();
}

/// Runs `child` in a forked child; whether it ended by itself.
#[cfg(unix)]
#[allow(unsafe_code)]
fn ends(child: impl FnOnce()) -> bool {
    // SAFETY: the child calls what it is given and leaves without running destructors of this process.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        child();
        // SAFETY: it takes a number and does not return.
        unsafe { libc::_exit(0) }
    }
    let began = Instant::now();
    let mut status = 0;
    // SAFETY: the pid is that of a child of this process, and the status is a local.
    while unsafe { libc::waitpid(pid, &mut status, libc::WNOHANG) } != pid {
        if began.elapsed() > Duration::from_secs(10) {
            // SAFETY: as above.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
                libc::waitpid(pid, &mut status, 0);
            }
            return false;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    status == 0
}

#[cfg(unix)]
#[test]
fn a_child_of_a_fork_waits_for_no_lock() {
    isolated("a_child_of_a_fork_waits_for_no_lock", &[], || {
        static STOP: AtomicBool = AtomicBool::new(false);
        install(nothing());
        let counter = genai::metrics::counter("app.calls").build().unwrap();
        let threads: Vec<_> = (0..3)
            .map(|thread| {
                let counter = counter.clone();
                std::thread::spawn(move || {
                    let mut n = 0;
                    while !STOP.load(Ordering::Relaxed) {
                        // Names that were not seen before, and are seen twice.
                        for _ in 0..2 {
                            let model = format!("m{thread}-{}", n % 700);
                            genai::chat("openai").model(model).start().finish();
                        }
                        counter.add(1, &[opentelemetry::KeyValue::new("n", n % 100)]);
                        if thread == 0 && n % 100 == 0 {
                            install(nothing());
                        }
                        n += 1;
                    }
                })
            })
            .collect();
        let hung = (0..300)
            .filter(|n| {
                let counter = counter.clone();
                std::thread::sleep(Duration::from_micros(300));
                !ends(move || {
                    for i in 0..3 {
                        let model = format!("child{n}-{i}");
                        genai::chat("openai").model(model.clone()).start().finish();
                        genai::chat("openai").model(model).start().finish();
                        counter.add(1, &[opentelemetry::KeyValue::new("n", i)]);
                    }
                    let _ = genai::flush(Duration::from_millis(1));
                })
            })
            .count();
        STOP.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(hung, 0);
    });
}

/// It has no thread of its parent's, so it needs one of its own.
#[cfg(unix)]
#[test]
fn a_child_of_a_fork_uploads_by_itself() {
    isolated("a_child_of_a_fork_uploads_by_itself", &[], || {
        let folder = std::env::temp_dir().join(format!("genai-fork-{}", std::process::id()));
        let hook = UploadHook::builder().base_path(folder.to_string_lossy());
        let hook = Arc::new(hook.build().unwrap());
        let telemetry = Telemetry::builder().completion_hook(hook.clone()).build();
        let uploads = |text: &str| {
            let mut chat = telemetry.chat("openai").start();
            chat.input(&text);
            chat.finish();
            hook.flush(Duration::from_secs(3)).is_ok()
        };
        let files = || std::fs::read_dir(&folder).unwrap().count();
        assert!(uploads("parent") && files() == 1);
        assert!(ends(|| _ = uploads("child")));
        assert_eq!(files(), 2);
        assert!(uploads("parent again"));
        assert_eq!(files(), 3);
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

/// An exporter that asks for OpenTelemetry's context when it is shut down, as those do that suppress their own telemetry.
#[derive(Debug)]
struct Asks;

static ASKED: AtomicBool = AtomicBool::new(false);

impl SpanExporter for Asks {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        let _quiet = Context::enter_telemetry_suppressed_scope();
        ASKED.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// The process would be aborted.
#[test]
fn the_last_owner_of_a_configuration_may_be_a_thread_that_ends() {
    isolated(
        "the_last_owner_of_a_configuration_may_be_a_thread_that_ends",
        &[],
        || {
            let call = || genai::chat("openai").start().finish();
            let exporter = |exporter| opentelemetry_sdk::trace::SimpleSpanProcessor::new(exporter);
            install(exporter(Asks));
            let ((go, wait), (ready, is_ready)) = (mpsc::channel::<()>(), mpsc::channel());
            let worker = std::thread::spawn(move || {
                call();
                ready.send(()).unwrap();
                wait.recv().unwrap();
            });
            is_ready.recv().unwrap();
            install(nothing());
            call();
            assert!(!ASKED.load(Ordering::Relaxed), "the worker has it still");
            go.send(()).unwrap();
            assert!(worker.join().is_ok());
            assert!(
                !ASKED.load(Ordering::Relaxed),
                "not while the thread is torn down"
            );
            // What is replaced next takes it along.
            install(nothing());
            assert!(ASKED.load(Ordering::Relaxed));
        },
    );
}
