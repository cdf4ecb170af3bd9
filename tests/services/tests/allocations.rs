//! Without a provider and without a conversation the layers allocate nothing.

use std::convert::Infallible;
use std::future::{Ready, ready};

use futures_util::FutureExt as _;
use genai::GenAiContext;
use genai::testing::Harness;
use genai_services_tests::traffic::{TRACEPARENT, baggage};
use genai_tests::support::alloc::{Calls, Counted};
use http::{Request, Response};
use tower::{Layer as _, Service, service_fn};

#[global_allocator]
static ALLOCATOR: Counted<Calls> = Counted(Calls);

type Answered = Ready<Result<Response<String>, Infallible>>;

fn answer(_: Request<()>) -> Answered {
    ready(Ok(Response::new(String::new())))
}

#[genai::chat(provider = openai, model = "m")]
fn ask() {}

/// How often the calls of a service allocate, for each of some requests.
fn counts<S>(mut service: S, request: fn() -> Request<()>) -> Vec<u64>
where
    S: Service<Request<()>, Error = Infallible>,
{
    let one = |_| {
        let request = request();
        let (answer, count) = Calls::of(|| service.call(request).now_or_never());
        assert!(answer.expect("it is ready at once").is_ok());
        count
    };
    (0..1_000).map(one).collect()
}

/// The most of them.
fn counted<S>(service: S, request: fn() -> Request<()>) -> u64
where
    S: Service<Request<()>, Error = Infallible>,
{
    counts(service, request).into_iter().max().expect("some")
}

/// The most of them once all is there that is made once.
fn lasting<S>(service: S, request: fn() -> Request<()>) -> u64
where
    S: Service<Request<()>, Error = Infallible>,
{
    let later = counts(service, request).into_iter().skip(10);
    later.max().expect("some")
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
    let (headers, count) = Calls::of(genai::services::headers);
    assert_eq!((headers.len(), count), (0, 0));

    // With a provider, as docs/services.md states it.
    let _harness = Harness::install_with(|settings| settings.baggage(baggage()));
    let server = genai::services::server();
    let client = || genai::services::client().layer(service_fn(answer));
    let bare = [
        lasting(server.layer(service_fn(answer)), plain),
        lasting(server.layer(service_fn(answer)), traced),
        lasting(client(), plain),
    ];
    assert_eq!(bare, [3, 13, 0]);
    let context = GenAiContext::new().conversation_id("c");
    let _scope = context.property("user.id", "u").attach();
    assert_eq!(lasting(client(), plain), 5);
}
