//! Remote stores: `object_store`'s own in memory, and S3's protocol against a server on this machine that misbehaves.

use super::*;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use object_store::memory::InMemory;
use object_store::{Attribute, ObjectStore, ObjectStoreExt as _};

#[test]
fn objects_reach_the_client_once() {
    let client: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = Arc::new(CloudStore::new(client.clone(), "telemetry/content"));
    let hook = builder(store).format(Format::Jsonl).build().unwrap();
    let references = complete(&hook, &Content::oracle());
    assert_eq!(references.len(), 4);
    assert!(hook.flush(LONG).is_ok());
    let again = builder(Arc::new(CloudStore::new(
        client.clone(),
        "telemetry/content",
    )))
    .format(Format::Jsonl)
    .build()
    .unwrap();
    complete(&again, &Content::oracle());
    assert!(again.shutdown(LONG).is_ok());
    assert_eq!(
        (files(hook.stats()), files(again.stats())),
        ((4, 0, 0), (4, 0, 0))
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for reference in references.values() {
        let path = format!("telemetry/content/{}", name(reference)).into();
        let found = runtime.block_on(client.get(&path)).unwrap();
        assert_eq!(
            found
                .attributes
                .get(&Attribute::ContentType)
                .unwrap()
                .as_ref(),
            "application/jsonl"
        );
    }
    assert!(!format!("{:?}", CloudStore::new(client, "a")).contains("InMemory"));
}

/// A store that works only inside a runtime, and only where its own telemetry is suppressed.
#[derive(Default)]
struct Tokio(AtomicUsize);

impl Store for Tokio {
    fn put(self: Arc<Self>, _: Object) -> StoreFuture<Result<Put, StoreError>> {
        Box::pin(async move {
            let inner = tokio::spawn(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Context::is_current_telemetry_suppressed()
            });
            let suppressed = inner.await.map_err(|_| StoreError::new("the task"))?;
            assert!(suppressed && Context::is_current_telemetry_suppressed());
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Put::Created)
        })
    }

    fn needs_tokio(&self) -> bool {
        true
    }
}

#[test]
fn the_worker_brings_a_runtime_of_its_own() {
    let store = Arc::new(Tokio::default());
    // The host's runtime is no help, and its death no harm.
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let hook = host.block_on(async {
        let hook = builder(store.clone()).build().unwrap();
        complete(&hook, &Content::oracle());
        hook
    });
    host.shutdown_background();
    complete(&hook, &Content::input("after"));
    assert!(hook.shutdown(LONG).is_ok());
    assert_eq!(
        (store.0.load(Ordering::SeqCst), files(hook.stats())),
        (5, (5, 0, 0))
    );
}

#[test]
fn clouds_that_cannot_be_configured() {
    for base in ["az://container", "abfss://container"] {
        match UploadHook::builder().base_path(base).build() {
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::Client { .. } | ErrorKind::FeatureOff { .. }
                ),
                "{error}"
            ),
            Ok(_) => assert!(
                std::env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("AZURE")),
                "{base}"
            ),
        }
    }
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
struct Request {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

/// What the server answers.
enum Answer {
    Status(&'static str),
    Hang,
    Reset,
}

/// A server for one test; it ends with the process.
struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn start(plan: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, plan) = (requests.clone(), Arc::new(plan));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, plan) = (seen.clone(), plan.clone());
                thread::spawn(move || serve(stream, &seen, &*plan));
            }
        });
        Self { port, requests }
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    plan: &dyn Fn(usize, &Request) -> Answer,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let mut request = Request {
            line: lines.remove(0),
            headers: lines,
            body: Vec::new(),
        };
        let length = request.headers.iter().find_map(|h| {
            h.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        });
        request.body = vec![0; length.map_or(0, |l| l.parse().unwrap())];
        reader.read_exact(&mut request.body).unwrap();
        let call = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        match plan(call, &request) {
            Answer::Status(status) => {
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\netag: \"x\"\r\ncontent-length: 0\r\n\r\n"
                )
                .unwrap();
            }
            Answer::Hang => thread::sleep(Duration::from_secs(600)),
            Answer::Reset => return,
        }
    }
}

const CHILD: &str = "GENAI_UPLOAD_TEST_CLOUD";
const SECRET: &str = "canary-secret-key";

/// The client's part of the tests below, in a process whose environment describes the server.
#[test]
fn client() {
    let Some(plan) = std::env::var_os(CHILD) else {
        return;
    };
    let mut builder = UploadHook::builder()
        .base_path("s3://bucket/a/b")
        .queue_size(20)
        .file_deadline(Duration::from_millis(1500));
    builder.pause = Duration::from_millis(5);
    let start = Instant::now();
    let hook = builder.build().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "no request is made at start"
    );
    let references = complete(&hook, &Content::oracle());
    assert!(
        references
            .values()
            .all(|r| r.starts_with("s3://bucket/a/b/"))
    );
    assert!(hook.flush(LONG).is_ok());
    println!("{} {:?}", plan.to_string_lossy(), files(hook.stats()));
    let start = Instant::now();
    complete(&hook, &Content::input("more"));
    // What is left is what the test is about.
    let _ = hook.shutdown(Duration::from_millis(50));
    complete(&hook, &Content::input("late"));
    assert!(
        start.elapsed() < Duration::from_millis(200),
        "{:?}",
        start.elapsed()
    );
    // The probe is deleted without anybody waiting for it.
    thread::sleep(Duration::from_millis(300));
}

/// Runs the client against a server and returns what it printed.
fn run(port: u16, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let test = format!("{}::client", module_path!().split_once("::").unwrap().1);
    command.args([&test, "--exact", "--nocapture", "--test-threads=1"]);
    command
        .env_clear()
        .env(CHILD, "done")
        .env("AWS_ENDPOINT", format!("http://127.0.0.1:{port}"));
    command
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "nowhere-1");
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{text}");
    assert!(!text.contains(SECRET), "{text}");
    text
}

const HTTP: (&str, &str) = ("AWS_ALLOW_HTTP", "true");

#[test]
fn s3_gets_conditional_requests_and_a_probe() {
    let server = Server::start(|_, _| Answer::Status("200 OK"));
    let text = run(server.port, &[HTTP]);
    assert!(text.contains("done (4, 0, 0)"), "{text}");
    let requests = server.requests();
    let probe = "/bucket/a/b/.one_off_test_to_see_if_upload_works.json";
    let found = |start: String| {
        requests
            .iter()
            .filter(|r| r.line.starts_with(&start))
            .count()
    };
    assert_eq!(
        (
            found(format!("PUT {probe} ")),
            found(format!("DELETE {probe} "))
        ),
        (1, 1),
        "{requests:?}"
    );
    let hash =
        "97dd3b604bbdd384a65068c64b6e130c0a1b28c206cc82982b9703774702f24b_system_instruction.json";
    assert_eq!(found(format!("PUT /bucket/a/b/{hash} ")), 1);
    for request in requests.iter().filter(|r| r.line.starts_with("PUT")) {
        let has = |header: &str| {
            request
                .headers
                .iter()
                .any(|h| h.eq_ignore_ascii_case(header))
        };
        assert!(
            has("if-none-match: *") && has("content-type: application/json"),
            "{request:?}"
        );
        assert!(request.body.ends_with(b"\n"));
    }
}

#[test]
fn s3_may_have_it_already() {
    let server = Server::start(|_, _| Answer::Status("412 Precondition Failed"));
    let text = run(server.port, &[HTTP]);
    assert!(
        text.contains("done (4, 0, 0)") && !text.contains("base_unusable"),
        "{text}"
    );
}

#[test]
fn s3_recovers() {
    let server = Server::start(|call, _| match call {
        0..5 => Answer::Status("503 Slow Down"),
        5 => Answer::Status("429 Too Many Requests"),
        6 => Answer::Reset,
        7 => Answer::Status("500 Internal Server Error"),
        _ => Answer::Status("200 OK"),
    });
    let text = run(server.port, &[HTTP]);
    // What comes after is cut short by the shutdown.
    let (before, after) = text.split_once("done").unwrap();
    assert!(
        after.starts_with(" (4, 0, 0)") && !before.contains("loss"),
        "{text}"
    );
}

#[test]
fn s3_stays_away() {
    let server = Server::start(|_, _| Answer::Status("403 Forbidden"));
    let text = run(server.port, &[HTTP]);
    assert!(text.contains("done (0, 0, 4)"), "{text}");
    let count = |what: &str| text.lines().filter(|line| line.contains(what)).count();
    assert_eq!(
        (
            count("genai.upload.base_unusable"),
            count("name=genai.upload.loss_started")
        ),
        (1, 1),
        "{text}"
    );
    assert_eq!(count("genai.upload.after_shutdown"), 1, "{text}");
    assert!(text.contains("error=permission denied"), "{text}");
}

#[test]
fn s3_hangs() {
    let server = Server::start(|_, _| Answer::Hang);
    let text = run(server.port, &[HTTP]);
    assert!(
        text.contains("done (0, 0, 4)") && text.contains("reason=deadline"),
        "{text}"
    );
}

#[test]
fn plain_http_must_be_allowed() {
    let server = Server::start(|_, _| Answer::Status("200 OK"));
    let text = run(server.port, &[]);
    assert!(text.contains("done (0, 0, 4)"), "{text}");
    assert!(server.requests().is_empty());
}
