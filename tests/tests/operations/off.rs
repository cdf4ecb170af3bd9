//! A program without any provider: its annotated functions print nothing, fail nowhere and allocate nothing.

use std::time::{Duration, Instant};

use genai_tests::support::log::Log;
use genai_tests::support::process::{isolated, without_variables};

#[test]
fn no_provider_no_output_no_allocation() {
    let mut command = without_variables(env!("CARGO_BIN_EXE_bare"));
    let output = command.output().expect("the program runs");
    let printed = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&printed), "");
    assert!(output.status.success());
}

#[genai::tool]
fn tool() -> u8 {
    1
}

/// OpenTelemetry's globals are looked at once a second.
fn call_for(seconds: u64) {
    call_until(seconds, || false);
}

/// Calls until it is done, or the time is over.
fn call_until(seconds: u64, is_done: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_done() && began.elapsed() < Duration::from_secs(seconds) {
        tool();
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn that_nobody_listens_is_said_once_after_some_calls() {
    isolated(
        "that_nobody_listens_is_said_once_after_some_calls",
        &[],
        || {
            let log = Log::warnings().of_process();
            tool();
            assert_eq!(log.lines().len(), 0);
            call_until(20, || !log.lines().is_empty());
            // It is not said again.
            call_for(2);
            let lines = log.texts();
            let [line] = &lines[..] else {
                panic!("{lines:?}")
            };
            for part in [
                "no provider of OpenTelemetry 0.33 is set up",
                "opentelemetry-0_27 to opentelemetry-0_32",
            ] {
                assert!(line.contains(part), "{line}");
            }
        },
    );
}

#[test]
fn nothing_is_said_where_a_provider_comes_late_or_is_shut_down() {
    isolated(
        "nothing_is_said_where_a_provider_comes_late_or_is_shut_down",
        &[],
        || {
            let log = Log::warnings().of_process();
            tool();
            let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
            opentelemetry::global::set_tracer_provider(provider.clone());
            call_for(2);
            provider.shutdown().expect("it stops");
            call_for(4);
            assert_eq!(log.texts(), [""; 0]);
        },
    );
}
