//! A front and a worker, each a process: every span of both is below its own request, in its own conversation.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use genai::testing::Harness;
use genai_services_tests::traffic::{Seen, baggage, seen, serve};
use serde_json::Value;
use tower::{Layer as _, Service as _, ServiceExt as _};

struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the worker; gives its port.
fn worker() -> (Worker, u16) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_worker"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the worker starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output"))
        .read_line(&mut line)
        .expect("a line");
    (Worker(child), line.trim().parse().expect("a port"))
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .pool_max_idle_per_host(64)
        .build()
        .expect("a client")
}

#[derive(Clone)]
struct Front {
    http: reqwest::Client,
    with_middleware: reqwest_middleware::ClientWithMiddleware,
    worker: String,
}

#[genai::workflow(name = "front")]
async fn handle(front: &Front, prompt: String) -> String {
    let request = front.http.post(&front.worker).body(prompt);
    // By hand, by the layer and as a middleware, in turns.
    let answer = match turn() % 3 {
        0 => {
            let headers = genai::services::headers();
            request.headers(headers).send().await.expect("an answer")
        }
        1 => {
            let mut client = genai::services::client().layer(front.http.clone());
            let client = client.ready().await.expect("it is ready");
            let request = request.build().expect("a request");
            client.call(request).await.expect("an answer")
        }
        _ => {
            let request = request.build().expect("a request");
            let client = &front.with_middleware;
            client.execute(request).await.expect("an answer")
        }
    };
    answer.text().await.expect("its text")
}

fn turn() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

async fn post_to_front(State(front): State<Front>, body: String) -> String {
    handle(&front, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_of_64_conversations_do_not_mix() {
    const CONVERSATIONS: usize = 64;
    let requests: usize = if cfg!(debug_assertions) {
        2_500
    } else {
        10_000
    };
    let harness = Harness::install_with(|settings| settings.baggage(baggage()));
    let (_worker, port) = worker();
    let with_middleware = reqwest_middleware::ClientBuilder::new(http())
        .with(genai::services::client())
        .build();
    let front = Front {
        http: http(),
        with_middleware,
        worker: format!("http://127.0.0.1:{port}/answer"),
    };
    let layer = genai::services::server()
        .conversation_header("x-conversation-id")
        .context(|head, context| {
            let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
            context
                .property("user.id", header("x-user"))
                .property("plan", header("x-plan"))
                .property("tenant", "acme")
        });
    let router = Router::new()
        .route("/", post(post_to_front))
        .layer(layer)
        .with_state(front);
    let address = serve(router).await;

    let client = http();
    let mut tasks = tokio::task::JoinSet::new();
    for conversation in 0..CONVERSATIONS {
        let client = client.clone();
        tasks.spawn(async move {
            for turn in (0..requests).filter(|n| n % CONVERSATIONS == conversation) {
                let prompt = format!("c{conversation} t{turn}");
                let answer = client
                    .post(format!("http://{address}/"))
                    .header("x-conversation-id", format!("conv-{conversation}"))
                    .header("x-user", format!("user-{conversation}"))
                    .header("x-plan", format!("plan-{turn}"))
                    .body(prompt.clone())
                    .send()
                    .await
                    .expect("an answer");
                assert_eq!(answer.text().await.expect("text"), prompt.to_uppercase());
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("every request is answered");
    }

    let spans = client.get(format!("http://127.0.0.1:{port}/spans"));
    let spans: Vec<Value> = spans
        .send()
        .await
        .expect("spans")
        .json()
        .await
        .expect("JSON");
    let theirs: Vec<Seen> = spans.iter().map(Seen::of).collect();
    let ours = seen(&harness);
    assert_eq!(ours.len(), requests);
    assert_eq!(theirs.len(), 2 * requests);

    let fronts: HashMap<&str, &Seen> = ours.iter().map(|s| (s.span.as_str(), s)).collect();
    let chats: HashMap<&str, &Seen> = theirs
        .iter()
        .filter(|s| s.name == "chat m-worker")
        .map(|s| (s.span.as_str(), s))
        .collect();
    assert_eq!((fronts.len(), chats.len()), (requests, requests));
    for front in &ours {
        assert_eq!(front.name, "invoke_workflow front");
        assert_eq!(front.parent, "");
        assert_eq!(front.property("tenant"), Some("acme"));
        let conversation = front.conversation().expect("a conversation");
        let number = conversation.strip_prefix("conv-").expect("its number");
        assert_eq!(front.property("user.id"), Some(&*format!("user-{number}")));
        let turn = front.property("plan").and_then(|p| p.strip_prefix("plan-"));
        let turn: usize = turn.and_then(|t| t.parse().ok()).expect("the turn");
        assert_eq!((turn % CONVERSATIONS).to_string(), number);
    }
    let mut answered = HashMap::new();
    for span in &theirs {
        let front = match span.name.as_str() {
            "chat m-worker" => {
                *answered.entry(&span.parent).or_insert(0) += 1;
                fronts[span.parent.as_str()]
            }
            "execute_tool look_up" => fronts[chats[span.parent.as_str()].parent.as_str()],
            other => panic!("{other}"),
        };
        assert_eq!(span.trace, front.trace);
        assert_eq!(span.conversation(), front.conversation());
        for key in ["user.id", "plan"] {
            assert_eq!(span.property(key), front.property(key));
        }
        assert_eq!(span.property("tenant"), None, "the tenant is not sent");
    }
    assert!(answered.len() == requests && answered.values().all(|n| *n == 1));
}
