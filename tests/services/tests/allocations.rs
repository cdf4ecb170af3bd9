//! Without a provider and without a conversation the layers allocate nothing.

use std::convert::Infallible;
use std::future::{Ready, ready};

use futures_util::FutureExt as _;
use genai_services_tests::counting::{Counting, allocations};
use genai_services_tests::traffic::TRACEPARENT;
use http::{Request, Response};
use tower::{Layer as _, Service, service_fn};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Answered = Ready<Result<Response<String>, Infallible>>;

fn answer(_: Request<()>) -> Answered {
    ready(Ok(Response::new(String::new())))
}

#[genai::chat(provider = openai, model = "m")]
fn ask() {}

/// How often the calls of a service allocate, for each of some requests.
fn counted<S>(mut service: S, request: fn() -> Request<()>) -> u64
where
    S: Service<Request<()>, Error = Infallible>,
{
    let mut most = 0;
    for _ in 0..1_000 {
        let request = request();
        let (answer, count) = allocations(|| service.call(request).now_or_never());
        assert!(answer.expect("it is ready at once").is_ok());
        most = most.max(count);
    }
    most
}

fn plain() -> Request<()> {
    Request::new(())
}

fn traced() -> Request<()> {
    Request::builder()
        .header("traceparent", TRACEPARENT)
        .header("baggage", "gen_ai.conversation.id=c,user.id=u")
        .header("x-conversation", "c")
        .body(())
        .expect("a request")
}

#[test]
fn the_layers_allocate_nothing_without_a_provider_and_a_conversation() {
    // What was found out of the OpenTelemetry globals holds for a second.
    ask();
    let server = genai::services::server()
        .conversation_header("x-conversation")
        .context(|_, context| context.property("a", 1));
    assert_eq!(counted(server.layer(service_fn(answer)), plain), 0);
    assert_eq!(counted(server.layer(service_fn(answer)), traced), 0);
    assert_eq!(
        counted(genai::services::client().layer(service_fn(answer)), plain),
        0
    );
    let (headers, count) = allocations(genai::services::headers);
    assert_eq!((headers.len(), count), (0, 0));

    // With a provider something is counted: the test can fail.
    let _harness = genai::testing::Harness::install();
    assert!(counted(server.layer(service_fn(answer)), traced) > 0);
}
