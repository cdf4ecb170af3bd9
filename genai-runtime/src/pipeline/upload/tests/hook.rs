//! The hook as the application meets it: references, environment, metrics, flush and shutdown.

use super::*;
use std::ffi::OsString;
use std::time::Instant;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

const REFERENCES: [&str; 4] = [
    "gen_ai.input.messages_ref",
    "gen_ai.output.messages_ref",
    "gen_ai.system_instructions_ref",
    "gen_ai.tool.definitions_ref",
];

#[test]
fn references_on_span_and_event_resolve() {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    let memory = Arc::new(Memory::default());
    let hook = builder(memory.clone()).build().unwrap();
    let cx = Context::new().with_span(provider.tracer("test").start("chat"));
    let on_event = complete_in(&hook, &Content::oracle(), &cx);
    cx.span().end();
    assert!(hook.flush(LONG).is_ok());
    let span = spans.get_finished_spans().unwrap().remove(0);
    let on_span: BTreeMap<_, _> = span
        .attributes
        .iter()
        .map(|a| (a.key.as_str().to_owned(), a.value.as_str().into_owned()))
        .collect();
    assert_eq!(on_span, on_event);
    assert_eq!(
        on_span.keys().map(String::as_str).collect::<Vec<_>>(),
        REFERENCES
    );
    for reference in on_span.values() {
        assert!(reference.starts_with("test://base/"));
        assert!(memory.get(name(reference)).is_some(), "{reference}");
    }
    let uuid = |key: &str| name(&on_span[key]).split_once('_').unwrap().0.to_owned();
    assert_eq!(uuid(REFERENCES[0]), uuid(REFERENCES[1]));
}

#[test]
fn known_objects_are_not_queued_again() {
    let store = Faulty::new(|_| Fault::Store);
    let hook = builder(store.clone()).build().unwrap();
    let first = complete(&hook, &Content::oracle());
    assert!(hook.flush(LONG).is_ok());
    let second = complete(&hook, &Content::oracle());
    assert!(hook.flush(LONG).is_ok());
    assert_eq!(first[REFERENCES[2]], second[REFERENCES[2]]);
    assert_ne!(first[REFERENCES[0]], second[REFERENCES[0]]);
    assert_eq!((store.calls(), files(hook.stats())), (6, (6, 0, 0)));
}

#[test]
fn objects_on_their_way_are_not_queued_again() {
    let store = Faulty::new(|_| Fault::Hang);
    let hook = builder(store.clone()).queue_size(4).build().unwrap();
    let content = Content {
        system: vec![text("same")],
        ..Content::default()
    };
    let references: std::collections::HashSet<_> = (0..50)
        .map(|_| complete(&hook, &content)[REFERENCES[2]].clone())
        .collect();
    assert_eq!(references.len(), 1);
    assert!(hook.shutdown(Duration::ZERO).is_err());
    assert_eq!(files(hook.stats()), (0, 0, 1));
}

#[test]
fn nothing_to_upload() {
    let store = Faulty::new(|_| Fault::Store);
    let hook = builder(store.clone()).build().unwrap();
    assert!(complete(&hook, &Content::default()).is_empty());
    assert!(hook.flush(Duration::ZERO).is_ok() && hook.shutdown(Duration::ZERO).is_ok());
    assert_eq!(store.calls(), 0);
}

#[test]
fn what_is_not_empty_is_uploaded_by_itself() {
    let all = Content::oracle();
    let none = Content::default;
    let contents = [
        Content {
            inputs: all.inputs,
            ..none()
        },
        Content {
            outputs: all.outputs,
            ..none()
        },
        Content {
            system: all.system,
            ..none()
        },
        Content {
            tools: all.tools,
            ..none()
        },
    ];
    for (content, reference) in contents.iter().zip(REFERENCES) {
        let hook = builder(Faulty::new(|_| Fault::Store)).build().unwrap();
        let references = complete(&hook, content);
        assert_eq!(references.keys().collect::<Vec<_>>(), [reference]);
        assert!(hook.flush(LONG).is_ok());
        assert_eq!(files(hook.stats()), (1, 0, 0), "{reference}");
    }
}

#[test]
fn without_random_numbers_what_there_is_is_dropped() {
    let all = Content::oracle();
    let some = Content {
        outputs: Vec::new(),
        ..all.clone()
    };
    let hook = builder(Faulty::new(|_| Fault::Store)).build().unwrap();
    HAS_NO_RANDOM.set(true);
    assert!(complete(&hook, &some).is_empty());
    let dropped = hook.stats().dropped;
    assert_eq!(dropped.files, 3);
    assert!(complete(&hook, &all).is_empty());
    HAS_NO_RANDOM.set(false);
    assert_eq!(files(hook.stats()), (0, 7, 0));
    let answer = all
        .outputs
        .iter()
        .map(|m| 9 + m.parts.len() * "Rainy, 57F.".len());
    let outputs: usize = answer.sum();
    assert_eq!(
        hook.stats().dropped.bytes,
        2 * dropped.bytes + outputs as u64
    );
    assert_eq!(complete(&hook, &all).len(), 4);
}

/// A hook from these variables alone.
fn from_env(variables: &[(&str, &str)]) -> Result<UploadHook, Error> {
    UploadHook::builder().build_with(|name| {
        let short = name
            .strip_prefix("OTEL_INSTRUMENTATION_GENAI_UPLOAD_")
            .unwrap();
        variables
            .iter()
            .find(|(n, _)| *n == short)
            .map(|(_, value)| OsString::from(value))
    })
}

#[test]
fn environment() {
    let table = [
        (None, None, (Format::Json, 20)),
        (Some("json"), Some("7"), (Format::Json, 7)),
        (Some("JsonL"), Some(" 1 "), (Format::Jsonl, 1)),
        (Some(""), Some(""), (Format::Json, 20)),
        (Some("xml"), Some("many"), (Format::Json, 20)),
        (Some(" json"), Some("0"), (Format::Json, 20)),
        (None, Some("-3"), (Format::Json, 20)),
        (None, Some("2.5"), (Format::Json, 20)),
        (None, Some("99999999999999999999999"), (Format::Json, 20)),
        (None, Some("100000"), (Format::Json, 100_000)),
    ];
    for (format, size, expected) in table {
        let variables = [
            ("BASE_PATH", Some("memory://")),
            ("FORMAT", format),
            ("MAX_QUEUE_SIZE", size),
        ];
        let variables: Vec<_> = variables
            .iter()
            .filter_map(|(n, v)| v.map(|v| (*n, v)))
            .collect();
        let hook = from_env(&variables).unwrap();
        assert_eq!((hook.format, hook.files), expected, "{variables:?}");
    }
}

#[test]
fn unusable_bases() {
    for variables in [vec![], vec![("BASE_PATH", "")]] {
        let error = from_env(&variables).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Missing));
        assert!(
            error
                .to_string()
                .contains("OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH")
        );
    }
    for base in [
        "/dev/null/x",
        "/proc/self/mem",
        "/proc/nothing",
        "ftp://host/x",
        "http://host/x",
        "file://host/x",
    ] {
        let error = from_env(&[("BASE_PATH", base)]).unwrap_err();
        let line = error.to_string();
        assert!(
            line.contains("OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH") && !line.contains('\n'),
            "{line}"
        );
    }
    let error = UploadHook::builder()
        .base_path("/dev/null/x")
        .build()
        .unwrap_err();
    assert!(!error.to_string().contains("OTEL"), "{error}");
}

#[cfg(not(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
)))]
#[test]
fn clouds_name_their_feature() {
    for (base, feature) in [
        ("s3://b", "upload-s3"),
        ("gs://b", "upload-gcs"),
        ("az://b", "upload-azure"),
        ("abfss://b", "upload-azure"),
    ] {
        let error = from_env(&[("BASE_PATH", base)]).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::FeatureOff { .. })
                && error.to_string().contains(feature),
            "{error}"
        );
    }
}

#[test]
fn code_wins_over_environment() {
    let builder = UploadHook::builder()
        .base_path("memory://code")
        .format(Format::Jsonl)
        .queue_size(3);
    let hook = builder.build_with(|_| Some("/dev/null/x".into())).unwrap();
    assert_eq!(
        (hook.prefix.as_str(), hook.format, hook.files),
        ("memory:///code/", Format::Jsonl, 3)
    );
}

/// The sums of a counter, by reason.
pub(super) fn sums(exporter: &InMemoryMetricExporter, metric: &str) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    let exports = exporter.get_finished_metrics().unwrap();
    let last = exports.last().unwrap();
    for metric in last
        .scope_metrics()
        .flat_map(|s| s.metrics())
        .filter(|m| m.name() == metric)
    {
        let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else {
            panic!("no sum")
        };
        for point in sum.data_points() {
            let reason = point
                .attributes()
                .map(|a| format!("{}={}", a.key, a.value))
                .collect();
            sums.insert(reason, point.value());
        }
    }
    sums
}

#[test]
fn counters_count_files_and_bytes() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .build();
    let store = Faulty::new(|call| {
        if call == 1 {
            Fault::FailForGood
        } else {
            Fault::Store
        }
    });
    let hook = builder(store.clone())
        .meter_provider(provider.clone())
        .queue_bytes(1000)
        .build()
        .unwrap();
    complete(&hook, &Content::input("one"));
    assert!(hook.flush(LONG).is_ok());
    complete(&hook, &Content::input("two"));
    complete(&hook, &Content::input("x".repeat(2000)));
    assert!(hook.shutdown(LONG).is_ok());
    complete(&hook, &Content::input("late"));
    provider.force_flush().unwrap();
    let size = store.memory.get(&store.memory.names()[0]).unwrap().len() as u64;
    let of = |pairs: &[(&str, u64)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), *v))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(sums(&exporter, "genai.upload.stored"), of(&[("", 1)]));
    assert_eq!(
        sums(&exporter, "genai.upload.stored.size"),
        of(&[("", size)])
    );
    assert_eq!(
        sums(&exporter, "genai.upload.failed"),
        of(&[("reason=error", 1)])
    );
    assert_eq!(
        sums(&exporter, "genai.upload.failed.size"),
        of(&[("reason=error", size)])
    );
    assert_eq!(
        sums(&exporter, "genai.upload.dropped"),
        of(&[("reason=queue_bytes", 1), ("reason=shutdown", 1)])
    );
    assert_eq!(
        sums(&exporter, "genai.upload.dropped.size"),
        of(&[("reason=queue_bytes", 2004), ("reason=shutdown", 8)])
    );
    let stats = hook.stats();
    assert_eq!(
        (stats.stored.bytes, stats.dropped.bytes, stats.failed.bytes),
        (size, 2012, size)
    );
}

#[test]
fn shutdown_returns_within_its_deadline() {
    for fault in [Fault::Hang, Fault::Block(Duration::from_secs(3))] {
        for deadline in [
            Duration::ZERO,
            Duration::from_millis(50),
            Duration::from_secs(1),
        ] {
            let hook = builder(Faulty::new(move |_| fault)).build().unwrap();
            let accepted: usize = (0..10)
                .map(|n| complete(&hook, &Content::input(n.to_string())).len())
                .sum();
            let start = Instant::now();
            assert!(hook.flush(deadline / 2).is_err());
            assert!(hook.shutdown(deadline / 2).is_err());
            let took = start.elapsed();
            assert!(
                took >= deadline && took <= deadline + Duration::from_millis(100),
                "{fault:?} {deadline:?} {took:?}"
            );
            assert_eq!(files(hook.stats()), (0, 0, accepted as u64));
            assert!(
                hook.shutdown(deadline).is_ok() && hook.flush(deadline).is_ok(),
                "the second has nothing to wait for"
            );
            assert!(complete(&hook, &Content::input("late")).is_empty());
            assert_eq!(hook.stats().dropped.files, 1);
        }
    }
}

#[test]
fn shutdown_waits_for_what_is_pending() {
    let store = Faulty::new(|_| Fault::Block(Duration::from_millis(5)));
    let hook = builder(store).build().unwrap();
    (0..20).for_each(|n| drop(complete(&hook, &Content::input(n.to_string()))));
    assert!(hook.shutdown(Duration::MAX).is_ok());
    assert_eq!(files(hook.stats()), (20, 0, 0));
}

#[test]
fn a_dropped_hook_finishes_its_work() {
    let store = Faulty::new(|_| Fault::Block(Duration::from_millis(2)));
    let hook = builder(store.clone()).build().unwrap();
    (0..10).for_each(|n| drop(complete(&hook, &Content::input(n.to_string()))));
    drop(hook);
    let end = Instant::now() + LONG;
    // The worker holds the store; when it ends, nobody but us does.
    while Arc::strong_count(&store) > 1 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(store.memory.names().len(), 10);
}

#[test]
fn a_forked_child_starts_afresh() {
    let store = Faulty::new(|call| if call == 0 { Fault::Hang } else { Fault::Store });
    let hook = builder(store.clone()).queue_size(1).build().unwrap();
    assert_eq!(complete(&hook, &Content::input("parent")).len(), 1);
    while store.calls() == 0 {
        std::thread::yield_now();
    }
    for child in 0..10 {
        PID.with(|pid| pid.set(Some(child + 1_000_000_000)));
        let start = Instant::now();
        let accepted = complete(&hook, &Content::input("child")).len();
        assert!(hook.flush(LONG).is_ok() && start.elapsed() < Duration::from_secs(2));
        // The process itself has the first of eight places.
        let expected = if child < 7 {
            (1, (1, 0, 0))
        } else {
            (0, (0, 0, 0))
        };
        assert_eq!((accepted, files(hook.stats())), expected);
    }
    PID.with(|pid| pid.set(None));
    assert!(hook.flush(Duration::ZERO).is_err());
    assert_eq!(files(hook.stats()), (0, 0, 0));
}

#[test]
fn debug_shows_no_content() {
    let hook = builder(Faulty::new(|_| Fault::Hang)).build().unwrap();
    complete(&hook, &Content::input("canary-in-content"));
    let body = Body(Arc::new(b"canary-in-content".to_vec()));
    let object = Object {
        name: "n".into(),
        body,
        content_type: "application/json",
    };
    let builder = UploadHook::builder().base_path("s3://canary-in-content");
    let texts = format!("{hook:?} {object:?} {builder:?} {:?}", Memory::default());
    assert!(!texts.contains("canary"), "{texts}");
    assert_eq!(
        format!(
            "{:?}",
            builder.format(Format::Jsonl).queue_size(7).queue_bytes(9)
        ),
        "Builder { format: Some(Jsonl), queue_size: Some(7), queue_bytes: 9, .. }"
    );
    let hook = UploadHook::builder().base_path("memory:").build().unwrap();
    let stats = format!("{:?}", Stats::default());
    assert_eq!(
        format!("{hook:?}"),
        format!("UploadHook {{ format: Json, stats: {stats}, .. }}")
    );
    assert_eq!(format!("{:?}", Memory::default()), "Memory { objects: 0 }");
}
