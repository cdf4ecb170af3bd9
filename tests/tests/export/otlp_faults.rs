//! `genai::otlp` where something is wrong: a collector that redirects, is missing and comes back, rejects, or hangs; an upload
//! store that hangs; a program that ends without dropping the guard.
//!
//! What it reads is the process's environment, so each case runs in a child process: this program again, with the case in a
//! variable. The child prints what OpenTelemetry's internal log says at WARN and above, and what the case itself says.

use std::fmt::Debug;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use genai::hook::Unfinished;
use genai::upload::{Object, Put, Store, StoreError, StoreFuture, UploadHook};
use genai_tests::support::process::without_variables;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

const CASE: &str = "GENAI_TEST_OTLP_FAULT";

const NEITHER: &str = "not finished: traces (1 export failed), metrics (1 export failed)";

/// What a collector answers to an export of this path; `None` never answers.
type Answer = fn(&str) -> Option<&'static str>;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A collector. It keeps path and headers of each request.
struct Collector {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    fn start(answer: Answer) -> Self {
        Self::on(TcpListener::bind(("127.0.0.1", 0)).unwrap(), answer)
    }

    fn on(listener: TcpListener, answer: Answer) -> Self {
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, &kept, answer));
            }
        });
        Collector { port, requests }
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The paths that were asked for, sorted.
    fn paths(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut paths: Vec<_> = self.requests().iter().map(path).collect();
        paths.sort_unstable();
        paths
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<String>>, answer: Answer) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while reader.read_line(&mut head).ok()? > 2 {}
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            (name.eq_ignore_ascii_case("content-length"))
                .then(|| value.parse::<usize>())?
                .ok()
        });
        reader.read_exact(&mut vec![0; length.unwrap_or(0)]).ok()?;
        let path = head.split(' ').nth(1)?.to_owned();
        kept.lock().unwrap().push(head);
        match answer(&path) {
            Some(answer) => writer.write_all(answer.as_bytes()).ok()?,
            None => loop {
                thread::park();
            },
        }
    }
}

/// Prints the internal log.
struct Print;

impl Subscriber for Print {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0.push_str(&format!("{}={value:?} ", field.name()));
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        println!("\nlog: {} {}", event.metadata().level(), text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs a case; what it printed, line by line.
fn run(case: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let output = without_variables(std::env::current_exe().unwrap())
        .args(["--exact", "otlp_faults::child", "--nocapture"])
        .env(CASE, case)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, failed) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() || case == "exit", "{said}{failed}");
    said.lines().map(str::to_owned).collect()
}

/// What the child says under a name.
fn said(lines: &[String], name: &str) -> Vec<String> {
    let prefix = format!("{name}: ");
    lines
        .iter()
        .filter_map(|line| line.strip_prefix(&prefix))
        .map(str::to_owned)
        .collect()
}

fn shown(result: Result<(), Unfinished>) -> String {
    result.map_or_else(|left| left.to_string(), |()| "done".to_owned())
}

fn chat() {
    let mut chat = genai::chat("openai").model("m").start();
    chat.input_tokens(1);
    chat.finish();
}

/// A store that never answers.
struct Stuck;

impl Store for Stuck {
    fn put(self: Arc<Self>, _: Object) -> StoreFuture<Result<Put, StoreError>> {
        Box::pin(std::future::pending())
    }
}

/// What the child processes do.
#[test]
fn child() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    tracing::subscriber::set_global_default(Print).unwrap();
    let flush = |otlp: &genai::otlp::Otlp| {
        println!("\nflush: {}", shown(otlp.flush(Duration::from_secs(30))));
    };
    match case.as_str() {
        "flush" => {
            let otlp = genai::otlp::init().unwrap();
            chat();
            flush(&otlp);
        }
        // The collector is not there for two flushes, and then it is.
        "back" => {
            let otlp = genai::otlp::init().unwrap();
            for _ in 0..2 {
                chat();
                flush(&otlp);
            }
            let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap();
            let port = endpoint.rsplit(':').next().unwrap();
            let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
            let _collector = Collector::on(listener, |_| Some(OK));
            for _ in 0..2 {
                chat();
                flush(&otlp);
            }
        }
        "stuck store" => {
            let store = UploadHook::builder()
                .base_path("stuck://x")
                .store(Arc::new(Stuck));
            let hook = store.build().unwrap();
            let otlp = genai::otlp::builder()
                .deadline(Duration::from_secs(3))
                .telemetry(|t| t.completion_hook(hook))
                .init()
                .unwrap();
            let mut chat = genai::chat("openai").model("m").start();
            chat.input("hello");
            chat.input_tokens(1);
            chat.finish();
            dropped(otlp);
        }
        "dropped" => {
            let builder = genai::otlp::builder().deadline(Duration::from_secs(3));
            let otlp = builder.init().unwrap();
            chat();
            dropped(otlp);
        }
        // The guard is not dropped, as with `process::exit`.
        "exit" => {
            let otlp = genai::otlp::init().unwrap();
            chat();
            println!("\nflush: {}", shown(genai::flush(Duration::from_secs(30))));
            chat();
            println!(
                "\nshutdown: {}",
                shown(genai::shutdown(Duration::from_secs(30)))
            );
            println!(
                "\nagain: {}",
                shown(genai::shutdown(Duration::from_secs(30)))
            );
            std::mem::forget(otlp);
            std::process::exit(1);
        }
        other => panic!("no case {other}"),
    }
}

fn dropped(otlp: genai::otlp::Otlp) {
    let began = Instant::now();
    drop(otlp);
    println!("\ndropped: {}", began.elapsed().as_millis());
}

#[test]
fn redirects_are_not_followed() {
    for answer in [
        |_: &str| Some("HTTP/1.1 301 Moved\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"),
        |_: &str| Some("HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"),
        |_: &str| Some("HTTP/1.1 303 See\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"),
        |_: &str| Some("HTTP/1.1 307 Temp\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"),
        |_: &str| Some("HTTP/1.1 308 Perm\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let collector = Collector::start(answer);
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=s3cr3t".to_owned()),
        ];
        let variables = variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let lines = run("flush", &variables);
        assert_eq!(said(&lines, "flush"), [NEITHER]);
        let log = said(&lines, "log");
        assert_eq!(log.len(), 1, "{log:?}");
        assert!(log[0].contains("redirects are not followed"), "{log:?}");
        assert!(!lines.concat().contains("s3cr3t"));
        for request in collector.requests() {
            assert!(request.starts_with("POST /v1/"), "{request}");
        }
    }
}

#[test]
fn a_missing_collector_is_said_once_and_once_when_it_is_back() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://127.0.0.1:{}", free.local_addr().unwrap().port());
    drop(free);
    let lines = run("back", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert_eq!(said(&lines, "flush"), [NEITHER, NEITHER, "done", "done"]);
    let log = said(&lines, "log");
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(
        log.iter()
            .all(|line| line.starts_with("WARN") && line.contains(&endpoint)),
        "{log:?}"
    );
    assert!(
        log[0].contains("cannot be exported") && log[0].contains("refused"),
        "{log:?}"
    );
    assert!(log[1].contains("arrive again"), "{log:?}");
}

#[test]
fn credentials_of_an_endpoint_are_not_said() {
    let variables = [(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://user:s3cr3t@127.0.0.1:9/x",
    )];
    let lines = run("flush", &variables);
    let log = said(&lines, "log");
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(
        log[0].contains("127.0.0.1:9/x") && !lines.concat().contains("s3cr3t"),
        "{log:?}"
    );
}

/// Many backends take traces alone.
#[test]
fn what_one_signal_meets_is_said_of_it_and_the_others_arrive() {
    let collector = Collector::start(|path| match path {
        "/v1/metrics" => Some("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
        _ => Some(OK),
    });
    let lines = run(
        "flush",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(
        said(&lines, "flush"),
        ["not finished: metrics (1 export failed)"]
    );
    let log = said(&lines, "log");
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(
        log[0].contains("metrics cannot be exported") && log[0].contains("404"),
        "{log:?}"
    );
    assert!(collector.paths().contains(&"/v1/traces".to_owned()));
}

/// The SDK's batch processors wait five seconds for their exporter, whatever time there is.
#[test]
fn a_flush_waits_for_a_slow_collector_as_long_as_it_may() {
    let collector = Collector::start(|path| {
        if path == "/v1/traces" {
            thread::sleep(Duration::from_millis(5_500));
        }
        Some(OK)
    });
    let lines = run(
        "flush",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(said(&lines, "flush"), ["done"]);
    assert_eq!(said(&lines, "log"), [""; 0]);
    assert!(collector.paths().contains(&"/v1/traces".to_owned()));
}

/// An answer of success that says that some was rejected.
#[test]
fn what_a_collector_rejects_did_not_go_through() {
    // partial_success { rejected = 3, error_message = "no" }
    let collector = Collector::start(|path| match path {
        "/v1/traces" => {
            Some("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\x0a\x06\x08\x03\x12\x02no")
        }
        // A warning, nothing rejected.
        _ => Some("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n\x0a\x04\x12\x02no"),
    });
    let lines = run(
        "flush",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(
        said(&lines, "flush"),
        ["not finished: traces (1 export failed)"]
    );
    let log = said(&lines, "log");
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(
        log[0].contains("traces") && log[0].contains("rejects"),
        "{log:?}"
    );
}

#[test]
fn a_part_that_hangs_does_not_take_the_time_of_the_others() {
    let healthy = Collector::start(|_| Some(OK));
    let endpoint = healthy.endpoint();
    let lines = run("stuck store", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    let millis: u64 = said(&lines, "dropped")[0].parse().unwrap();
    assert!(millis < 10_000, "{millis}");
    assert_eq!(healthy.paths(), ["/v1/metrics", "/v1/traces"]);

    let run_with = |stuck: &str| {
        let silent = Collector::start(|_| None);
        let healthy = Collector::start(|_| Some(OK));
        let own = format!("OTEL_EXPORTER_OTLP_{stuck}_ENDPOINT");
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", healthy.endpoint()),
            (own.as_str(), silent.endpoint()),
        ];
        let variables = variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let lines = run("dropped", &variables);
        let millis: u64 = said(&lines, "dropped")[0].parse().unwrap();
        assert!(millis < 10_000, "{millis}");
        assert_eq!(silent.requests().len(), 1);
        assert_eq!(healthy.requests().len(), 1, "{stuck}");
        let log = said(&lines, "log").join("\n");
        assert!(log.contains("not all telemetry was exported"), "{log}");
    };
    thread::scope(|scope| {
        scope.spawn(|| run_with("TRACES"));
        run_with("METRICS");
    });
}

#[test]
fn the_free_functions_reach_what_was_set_up() {
    let collector = Collector::start(|_| Some(OK));
    let lines = run(
        "exit",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(said(&lines, "flush"), ["done"]);
    assert_eq!(said(&lines, "shutdown"), ["done"]);
    assert_eq!(said(&lines, "again"), ["done"]);
    assert_eq!(
        collector.paths(),
        ["/v1/metrics", "/v1/metrics", "/v1/traces", "/v1/traces"]
    );
}

/// What a program shows that returns the error from `main`.
#[test]
fn an_error_that_reaches_main_reads_well() {
    fn is_text<E: std::error::Error>(error: E) {
        assert_eq!(format!("{error:?}"), error.to_string());
    }
    is_text(genai::pricing::Prices::from_json("{").unwrap_err());
    is_text(genai::Compat::parse("nothing").unwrap_err());
    is_text(
        UploadHook::builder()
            .base_path("ftp://x")
            .build()
            .unwrap_err(),
    );
    is_text(
        genai::metrics::counter("gen_ai.client.token.usage")
            .build()
            .unwrap_err(),
    );
}
