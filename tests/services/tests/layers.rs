//! The layers in one process: what opens a conversation, in which order, and what comes of hostile headers.

use std::convert::Infallible;
use std::pin::Pin;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use axum::routing::{MethodRouter, post};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, Stream, StreamExt as _};
use genai::context::Baggage;
use genai::testing::Harness;
use genai::{ContextInMetrics, GenAiContext, Inherited};
use genai_services_tests::calls::{ask, outer};
use genai_services_tests::traffic::{Seen, TRACEPARENT, baggage, seen};
use genai_tests::support::log::Log;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use reqwest_middleware::Next;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

const SPAN: &str = "b7ad6b7169203331";
const TENANT: &str = "gen_ai.association.properties.tenant";

async fn handle<B>(_: Request<B>) -> Result<Response<Body>, Infallible> {
    ask().await;
    Ok(Response::new(Body::empty()))
}

fn request() -> http::request::Builder {
    Request::post("/")
}

fn harness(baggage: Baggage) -> Harness {
    Harness::install_with(|settings| settings.baggage(baggage))
}

/// The propagators that a program usually has, until this is dropped. It is held beside a harness, so that tests take turns.
struct Propagators;

impl Propagators {
    fn of_w3c() -> Self {
        Self::set(vec![
            Box::new(opentelemetry_sdk::propagation::TraceContextPropagator::new()),
            Box::new(opentelemetry_sdk::propagation::BaggagePropagator::new()),
        ]);
        Self
    }

    fn set(all: Vec<Box<dyn TextMapPropagator + Send + Sync>>) {
        opentelemetry::global::set_text_map_propagator(TextMapCompositePropagator::new(all));
    }
}

impl Drop for Propagators {
    fn drop(&mut self) {
        Self::set(Vec::new());
    }
}

/// The one span of a request to a server in this layer.
async fn span_of(
    harness: &Harness,
    layer: genai::services::ServerLayer,
    request: Request<Body>,
) -> Seen {
    harness.clear();
    let mut service = layer.layer(service_fn(handle));
    let answer = service.ready().await.expect("ready").call(request).await;
    answer
        .expect("an answer")
        .into_body()
        .collect()
        .await
        .expect("its body");
    let spans = seen(harness);
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans[0].clone()
}

#[tokio::test]
async fn the_trace_of_a_request_goes_on() {
    let harness = harness(Baggage::new());
    let plain = span_of(
        &harness,
        genai::services::server(),
        request().body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!((plain.parent.as_str(), plain.conversation()), ("", None));
    let traced = request()
        .header("traceparent", TRACEPARENT)
        .header("tracestate", "a=1");
    let traced = span_of(
        &harness,
        genai::services::server(),
        traced.body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(traced.parent, SPAN);
    assert_eq!(traced.trace, "0af7651916cd43dd8448eb211c80319c");

    // Another layer around this one has made a span of the request: that is the parent.
    let other = SpanContext::new(
        TraceId::from(7_u128),
        SpanId::from(8_u64),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let around = Context::new().with_remote_span_context(other);
    let below = {
        let _guard = around.attach();
        let mut service = genai::services::server().layer(service_fn(handle));
        harness.clear();
        service.call(
            request()
                .header("traceparent", TRACEPARENT)
                .body(Body::empty())
                .unwrap(),
        )
    };
    below.await.expect("an answer");
    assert_eq!(seen(&harness)[0].parent, SpanId::from(8_u64).to_string());
}

#[tokio::test]
async fn the_service_comes_before_its_layer_and_that_before_baggage() {
    let harness = harness(baggage());
    let with_all = |layer: genai::services::ServerLayer| {
        let request = request()
            .header(
                "baggage",
                "gen_ai.conversation.id=of-baggage,user.id=of-baggage",
            )
            .header("baggage", "gen_ai.association.properties.plan=of-baggage")
            .header("x-conversation", "of-header")
            .body(Body::empty())
            .unwrap();
        span_of(&harness, layer, request)
    };
    let span = with_all(genai::services::server()).await;
    assert_eq!(span.conversation(), Some("of-baggage"));
    assert_eq!(span.property("user.id"), Some("of-baggage"));
    assert_eq!(span.property("plan"), Some("of-baggage"));

    let layer = genai::services::server().conversation_header("x-conversation");
    let span = with_all(layer.clone()).await;
    assert_eq!(span.conversation(), Some("of-header"));
    assert_eq!(span.property("user.id"), Some("of-baggage"));

    let layer = layer.context(|head, context| {
        assert_eq!(context.conversation(), Some("of-header"));
        assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/"));
        context
            .conversation_id("of-closure")
            .property("user.id", "of-closure")
    });
    let span = with_all(layer.clone()).await;
    assert_eq!(span.conversation(), Some("of-closure"));
    assert_eq!(span.property("user.id"), Some("of-closure"));
    assert_eq!(span.property("plan"), Some("of-baggage"));

    // What is ambient already, and what a call itself says.
    let ambient = GenAiContext::new()
        .conversation_id("ambient")
        .property("plan", "ambient");
    let span = ambient.scope(with_all(genai::services::server())).await;
    assert_eq!(span.conversation(), Some("ambient"));
    assert_eq!(span.property("plan"), Some("ambient"));
    assert_eq!(span.property("user.id"), Some("of-baggage"));
    harness.clear();
    let mut service = layer.layer(service_fn(|_: Request<Body>| async {
        let chat = genai::chat("openai").conversation_id("of-call").start();
        chat.finish();
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let from_baggage = request().header("baggage", "gen_ai.conversation.id=of-baggage");
    service
        .call(from_baggage.body(Body::empty()).unwrap())
        .await
        .expect("an answer");
    assert_eq!(seen(&harness)[0].conversation(), Some("of-call"));
}

#[tokio::test]
async fn only_what_is_named_is_accepted() {
    let header = format!("gen_ai.conversation.id=c,user.id=u,{TENANT}=forged,plan=p");
    let request = || {
        request()
            .header("baggage", &header)
            .body(Body::empty())
            .unwrap()
    };
    let nothing = harness(Baggage::new().send(["gen_ai.conversation.id", "tenant"]));
    let span = span_of(&nothing, genai::services::server(), request()).await;
    assert_eq!(
        (span.conversation(), span.property("user.id")),
        (None, None)
    );
    drop(nothing);
    let some = harness(Baggage::new().accept(["user.id"]));
    let span = span_of(&some, genai::services::server(), request()).await;
    assert_eq!(
        (span.conversation(), span.property("user.id")),
        (None, Some("u"))
    );
    assert!(!format!("{span:?}").contains("forged"));
    drop(some);
    // What the process had is gone with its configuration.
    let _gone = Harness::install();
    let span = span_of(&_gone, genai::services::server(), request()).await;
    assert_eq!(span.property("user.id"), None);
}

#[tokio::test]
async fn metrics_have_what_is_included_of_it_and_no_more() {
    for (included, user) in [
        (ContextInMetrics::none(), None),
        (ContextInMetrics::keys(["user.id"]), Some("u")),
    ] {
        let harness = Harness::install_with(|settings| {
            settings.baggage(baggage()).context_in_metrics(included)
        });
        let from_baggage = request().header("baggage", "gen_ai.conversation.id=c,user.id=u");
        let request = from_baggage.body(Body::empty()).unwrap();
        let span = span_of(&harness, genai::services::server(), request).await;
        assert_eq!(span.conversation(), Some("c"));
        let points = harness.points("gen_ai.client.operation.duration");
        assert_eq!(points.len(), 1);
        let labels = &points[0].attributes;
        assert_eq!(labels.str("gen_ai.association.properties.user.id"), user);
        assert_eq!(labels.str("gen_ai.conversation.id"), None);
    }
}

#[tokio::test]
async fn hostile_headers_are_ignored_with_one_line() {
    let log = Log::all();
    let _listening = log.of_thread();
    let harness = harness(Baggage::new().accept(["gen_ai.conversation.id", "user.id"]));
    let _propagators = Propagators::of_w3c();
    let canary = "canary7f3a";
    let huge = canary.repeat(1_000_000);
    let value = |text: String| HeaderValue::from_bytes(text.as_bytes()).expect("a value");
    let many = (0..5_000)
        .map(|n| format!("user.id={canary}{n}"))
        .collect::<Vec<_>>()
        .join(",");
    let bytes = |bytes: &[u8]| HeaderValue::from_bytes(bytes).expect("opaque bytes are allowed");
    let headers = [
        ("traceparent", value(huge.clone())),
        ("traceparent", value(format!("00-{canary}-{canary}-01"))),
        ("traceparent", bytes(b"\xff\xfe-canary7f3a")),
        ("tracestate", value(huge.clone())),
        ("baggage", value(format!("user.id={huge}"))),
        ("baggage", value(huge.clone())),
        ("baggage", value(many)),
        ("baggage", bytes(b"user.id=canary7f3a\xff\xfe")),
        ("baggage", value(format!("user.id=%FF{canary}"))),
        ("baggage", value(format!("user.id={canary}%0d%0a"))),
        (
            "baggage",
            value(format!(
                "{TENANT}={canary},gen_ai.association.properties.user.id={canary}"
            )),
        ),
        (
            "baggage",
            value(format!("gen_ai.usage.input_tokens={canary},{canary}")),
        ),
        ("x-conversation", value(huge)),
        ("x-conversation", bytes(b"\xff\xfe-canary7f3a")),
    ];
    for (name, value) in headers {
        let mut request = request().body(Body::empty()).unwrap();
        request.headers_mut().insert(name, value);
        if name == "tracestate" {
            request
                .headers_mut()
                .insert("traceparent", TRACEPARENT.parse().unwrap());
        }
        let layer = genai::services::server().conversation_header("x-conversation");
        let span = span_of(&harness, layer, request).await;
        assert!(!format!("{span:?}").contains("canary"), "{name}");
        assert_eq!(
            span.parent,
            if name == "tracestate" { SPAN } else { "" },
            "{name}"
        );
        assert_eq!(span.conversation(), None);
    }
    let lines = log.lines();
    assert_eq!(log.about("is ignored"), 1, "{lines:?}");
    assert_eq!(log.about("not accepted"), 1, "{lines:?}");
    assert_eq!(log.about("canary"), 0, "{lines:?}");
}

#[tokio::test]
async fn a_body_that_is_streamed_runs_in_the_context_of_its_request() {
    let harness = harness(Baggage::new());
    let router = Router::new()
        .route(
            "/",
            post(|| async {
                Body::from_stream(stream::unfold(0, |turn| async move {
                    if turn == 3 {
                        return None;
                    }
                    ask().await;
                    Some((Ok::<_, Infallible>(Bytes::from_static(b"x")), turn + 1))
                }))
            }),
        )
        .layer(genai::services::server().conversation_header("x-conversation"));
    let request = request()
        .header("traceparent", TRACEPARENT)
        .header("x-conversation", "c-1")
        .body(Body::empty())
        .unwrap();
    let answer = router.oneshot(request).await.expect("an answer");
    // The connection polls the body, long after the handler has returned.
    let body = tokio::spawn(answer.into_body().collect())
        .await
        .expect("no panic");
    assert_eq!(body.expect("a body").to_bytes(), "xxx");
    let spans = seen(&harness);
    assert_eq!(spans.len(), 3);
    for span in spans {
        assert_eq!(
            (span.parent.as_str(), span.conversation()),
            (SPAN, Some("c-1"))
        );
    }
}

/// Asks the model twice, each time when it is polled.
fn asks() -> impl Stream<Item = Result<Event, Infallible>> + Send {
    stream::iter([(); 2]).then(|()| async {
        ask().await;
        Ok(Event::default().data("x"))
    })
}

fn id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-own")?.to_str().ok()
}

#[genai::context(conversation_id = id(&headers))]
async fn events(headers: HeaderMap) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(asks())
}

#[genai::context(conversation_id = id(&headers))]
async fn events_or_error(
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    tokio::task::yield_now().await;
    Ok(Sse::new(asks()))
}

#[genai::context(conversation_id = id(&headers))]
async fn response(headers: HeaderMap) -> axum::response::Response {
    events_like().into_response()
}

#[genai::context(conversation_id = id(&headers))]
async fn some_response(headers: HeaderMap) -> impl IntoResponse {
    (StatusCode::CREATED, events_like())
}

#[genai::context(conversation_id = id(&headers))]
async fn with_status(headers: HeaderMap) -> (StatusCode, axum::response::Response) {
    (StatusCode::CREATED, events_like().into_response())
}

#[genai::context(conversation_id = id(&headers))]
fn boxed(headers: HeaderMap) -> Pin<Box<dyn Future<Output = axum::response::Response> + Send>> {
    Box::pin(async { events_like().into_response() })
}

fn events_like() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(asks())
}

/// The conversations of what the router's answer to `request` asks, its body read by another task.
async fn conversations(
    harness: &Harness,
    router: Router,
    request: Request<Body>,
) -> Vec<Option<String>> {
    harness.clear();
    let answer = router.oneshot(request).await.expect("an answer");
    let body = tokio::spawn(answer.into_body().collect()).await;
    body.expect("no panic").expect("a body");
    let spans = seen(harness);
    let ids = spans.iter().map(|span| span.conversation());
    ids.map(|id| id.map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_context_of_a_handler_is_that_of_the_body_it_returns() {
    let harness = harness(Baggage::new());
    let handlers: [MethodRouter; 6] = [
        post(events),
        post(events_or_error),
        post(response),
        post(some_response),
        post(with_status),
        post(boxed),
    ];
    for (at, handler) in handlers.into_iter().enumerate() {
        let router = Router::new()
            .route("/", handler)
            .layer(genai::services::server().conversation_header("x-conversation"));
        for (own, expected) in [(Some("own"), "own"), (None, "of the layer")] {
            let mut request = request().header("x-conversation", "of the layer");
            if let Some(own) = own {
                request = request.header("x-own", own);
            }
            let request = request.body(Body::empty()).unwrap();
            let found = conversations(&harness, router.clone(), request).await;
            let expected = Some(expected.to_owned());
            assert_eq!(found, [expected.clone(), expected], "{at}");
        }
    }
}

/// What a client of a model calls its answer.
mod client {
    pub(super) struct Response;
}

#[genai::context(conversation_id = "own")]
async fn answer_of_a_model() -> client::Response {
    client::Response
}

#[genai::context(conversation_id = "own")]
async fn text() -> String {
    String::new()
}

#[tokio::test]
async fn a_context_of_another_function_is_not_that_of_the_body() {
    let harness = harness(Baggage::new());
    let router = Router::new()
        .route(
            "/",
            post(|| async {
                answer_of_a_model().await;
                text().await;
                Sse::new(asks())
            }),
        )
        .layer(genai::services::server());
    let request = request().body(Body::empty()).unwrap();
    assert_eq!(conversations(&harness, router, request).await, [None, None]);
}

#[tokio::test]
async fn a_conversation_in_the_body_is_that_of_the_answers_body() {
    let harness = harness(Baggage::new());
    for is_in_server in [true, false] {
        let router = Router::new()
            .route(
                "/",
                post(|_: Bytes| async {
                    ask().await;
                    Sse::new(asks())
                }),
            )
            .layer(genai::services::conversation_in_body("/chat"));
        let (router, expected) = if is_in_server {
            (router.layer(genai::services::server()), Some("c-17"))
        } else {
            (router, None)
        };
        let request = request().header("content-type", "application/json");
        let request = request.body(Body::from(r#"{"chat": "c-17"}"#)).unwrap();
        let found = conversations(&harness, router, request).await;
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        assert_eq!(found, [Some("c-17"), expected, expected]);
    }
}

#[tokio::test]
async fn a_stream_takes_the_context_along_without_a_layer() {
    #[genai::context(conversation_id = "bare")]
    async fn bare() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        Sse::new(asks())
    }
    #[genai::context(conversation_id = "taken along")]
    async fn inherited() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        let stream = genai::inherited_stream(asks());
        genai::set_context(GenAiContext::new().conversation_id("later"));
        Sse::new(stream)
    }
    #[genai::workflow(name = "around", response = none)]
    async fn below_a_span() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        inherited().await
    }
    let harness = harness(Baggage::new());
    for (handler, expected) in [
        (post(bare), None),
        (post(inherited), Some("taken along")),
        (post(below_a_span), Some("taken along")),
    ] {
        let router = Router::new().route("/", handler);
        let request = request().body(Body::empty()).unwrap();
        let found = conversations(&harness, router, request).await;
        let found: Vec<_> = found.iter().flatten().map(String::as_str).collect();
        assert_eq!(found, expected.map_or(Vec::new(), |id| vec![id; 2]));
    }
    // The last ones were called below the span of the handler, which had ended.
    let spans = seen(&harness);
    let around = spans.iter().find(|span| span.name.contains("around"));
    let asked = spans.iter().filter(|span| span.name.contains("chat"));
    let parents: Vec<_> = asked.map(|span| span.parent.as_str()).collect();
    let around = around.expect("the handler's span");
    assert_eq!(parents, [around.span.as_str(); 2]);
}

#[tokio::test]
async fn a_set_in_a_handler_stays_in_its_request() {
    let harness = harness(Baggage::new());
    let mut service =
        genai::services::server().layer(service_fn(|request: Request<Body>| async move {
            if request.headers().contains_key("x-sets") {
                genai::set_context(GenAiContext::current().conversation_id("set"));
            }
            ask().await;
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }));
    for sets in [true, false, true] {
        harness.clear();
        let mut builder = request();
        if sets {
            builder = builder.header("x-sets", "1");
        }
        service
            .call(builder.body(Body::empty()).unwrap())
            .await
            .expect("an answer");
        assert_eq!(seen(&harness)[0].conversation(), sets.then_some("set"));
    }
}

#[tokio::test]
async fn a_conversation_in_the_body_is_found_and_the_body_is_whole() {
    let harness = harness(Baggage::new());
    let router = Router::new()
        .route(
            "/",
            post(|body: Bytes| async move {
                ask().await;
                body
            }),
        )
        .layer(tower::util::option_layer(Some(
            genai::services::conversation_in_body("/chat/id"),
        )))
        .layer(genai::services::server());
    let big = format!(
        "{{\"chat\":{{\"id\":\"big\"}},\"x\":\"{}\"}}",
        "y".repeat(100_000)
    );
    for (kind, text, expected) in [
        (
            "application/json",
            r#"{"chat": {"id": "c-17"}}"#,
            Some("c-17"),
        ),
        (
            "application/json; charset=utf-8",
            r#"{"chat": {"id": 17}}"#,
            Some("17"),
        ),
        (
            "application/problem+json",
            r#"{"chat": {"id": "c"}}"#,
            Some("c"),
        ),
        ("text/plain", r#"{"chat": {"id": "c-17"}}"#, None),
        ("application/json", r#"{"chat": {"id": ["c-17"]}}"#, None),
        ("application/json", r#"{"chat": {"id": "c-17""#, None),
        ("application/json", "", None),
        ("application/json", &big, None),
    ] {
        for pieces in [1, 3] {
            harness.clear();
            let text = text.to_owned();
            let chunks: Vec<Result<Bytes, Infallible>> = text
                .as_bytes()
                .chunks(text.len() / pieces + 1)
                .map(|piece| Ok(Bytes::copy_from_slice(piece)))
                .collect();
            let request = request()
                .header("content-type", kind)
                .body(Body::from_stream(stream::iter(chunks)))
                .unwrap();
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let body = answer
                .into_body()
                .collect()
                .await
                .expect("a body")
                .to_bytes();
            assert_eq!(body, text, "{kind}");
            let spans = seen(&harness);
            assert_eq!(spans[0].conversation(), expected, "{kind} {text:.40}");
        }
    }
}

/// What a client in the layer sends.
async fn sent() -> http::HeaderMap {
    let mut client =
        genai::services::client().layer(service_fn(|request: Request<()>| async move {
            Ok::<_, Infallible>(request.headers().clone())
        }));
    let request = request().header("baggage", "own=1").body(()).unwrap();
    client.call(request).await.expect("headers")
}

#[tokio::test]
async fn a_request_carries_the_trace_and_what_is_sent() {
    let harness = harness(baggage());
    let headers = sent().await;
    assert!(!headers.contains_key("traceparent"));
    assert_eq!(headers.get_all("baggage").iter().count(), 1);

    let context = GenAiContext::new()
        .conversation_id("c ü,1")
        .property("user.id", "alice")
        .property("tenant", "acme");
    let headers = context.clone().scope(outer(sent())).await;
    let span = &seen(&harness)[0];
    let parent = headers["traceparent"].to_str().unwrap();
    assert_eq!(parent, format!("00-{}-{}-01", span.trace, span.span));
    let all: Vec<_> = headers
        .get_all("baggage")
        .iter()
        .map(|v| v.to_str().unwrap())
        .collect();
    assert_eq!(
        all,
        [
            "own=1",
            "gen_ai.conversation.id=c%20%C3%BC%2C1,user.id=alice"
        ]
    );

    // What is set while another guard stands on top of the scope, too.
    let _scope = context.attach();
    let _other = Context::current().with_value(7_u8).attach();
    genai::set_context(GenAiContext::new().conversation_id("later"));
    let headers = genai::services::headers();
    assert_eq!(headers["baggage"], "gen_ai.conversation.id=later");
}

type Passed<'a> = BoxFuture<'a, reqwest_middleware::Result<reqwest::Response>>;

/// A middleware that sends a request once more where the first answer has no body; and one that sends nothing: what it would have
/// sent it gives back.
fn twice<'a>(
    request: reqwest::Request,
    all: &'a mut http::Extensions,
    next: Next<'a>,
) -> Passed<'a> {
    Box::pin(async move {
        let again = request.try_clone().expect("no stream");
        next.clone().run(request, all).await?;
        ask().await;
        next.run(again, all).await
    })
}

fn echoes<'a>(request: reqwest::Request, _: &'a mut http::Extensions, _: Next<'a>) -> Passed<'a> {
    let mut answer = Response::new("");
    *answer.headers_mut() = request.headers().clone();
    Box::pin(async move { Ok(answer.into()) })
}

#[tokio::test]
async fn a_client_of_reqwest_middleware_carries_it_at_each_try() {
    let harness = harness(baggage());
    // Whether reqwest has TLS here is up to what else is built; where it has, it wants a provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(twice)
        .with(genai::services::client())
        .with(echoes)
        .build();
    let sent = async || {
        let answer = client.get("http://localhost/").header("baggage", "own=1");
        answer.send().await.expect("an answer").headers().clone()
    };
    let headers = sent().await;
    assert!(!headers.contains_key("traceparent"));
    assert_eq!(headers["baggage"], "own=1");

    harness.clear();
    let context = GenAiContext::new().conversation_id("c-1");
    let headers = context.scope(outer(sent())).await;
    let spans = seen(&harness);
    let outer = spans.iter().find(|s| s.name == "invoke_workflow outer");
    let outer = outer.expect("the span around it");
    let parent = headers["traceparent"].to_str().unwrap();
    assert_eq!(parent, format!("00-{}-{}-01", outer.trace, outer.span));
    let all: Vec<_> = headers.get_all("baggage").iter().collect();
    assert_eq!(all, ["own=1", "gen_ai.conversation.id=c-1"]);
}

#[tokio::test]
async fn what_is_written_twice_leaves_the_baggage_of_the_program() {
    let _harness = harness(baggage());
    let mut client =
        genai::services::client().layer(service_fn(|request: Request<()>| async move {
            Ok::<_, Infallible>(request.headers().clone())
        }));
    let mut request = request().header("baggage", "a=1").body(()).unwrap();
    let _scope = GenAiContext::new().conversation_id("c-1").attach();
    let written = genai::services::headers().remove("baggage");
    request
        .headers_mut()
        .append("baggage", written.expect("a conversation"));
    let headers = client.call(request).await.expect("headers");
    let all: Vec<_> = headers.get_all("baggage").iter().collect();
    assert_eq!(all, ["a=1", "gen_ai.conversation.id=c-1"]);
}

#[genai::context(conversation_id = id, properties(user.id = user, tenant = "acme"))]
async fn in_context(id: &str, user: Option<&str>) -> (http::HeaderMap, Vec<String>) {
    tokio::task::yield_now().await;
    // What an instrumentation of others finds, which knows OpenTelemetry's baggage alone.
    let cx = Context::current();
    let mut members: Vec<String> = cx
        .baggage()
        .iter()
        .map(|(key, _)| key.to_string())
        .collect();
    members.sort_unstable();
    (genai::services::headers(), members)
}

#[tokio::test]
async fn the_attribute_writes_the_baggage_and_takes_it_back() {
    let _harness = harness(baggage());
    for _ in 0..2 {
        let (headers, members) = in_context("c-1", Some("alice")).await;
        assert_eq!(
            headers["baggage"],
            "gen_ai.conversation.id=c-1,user.id=alice"
        );
        assert_eq!(members, ["gen_ai.conversation.id", "user.id"]);
        assert!(Context::current().baggage().is_empty());
    }
    let within = GenAiContext::new()
        .property("plan", "gold")
        .property("user.id", "bob");
    let (headers, _) = within.scope(in_context("c-2", None)).await;
    let expected = "gen_ai.conversation.id=c-2,user.id=bob,gen_ai.association.properties.plan=gold";
    assert_eq!(headers["baggage"], expected);
    assert!(genai::services::headers().is_empty());
}

#[tokio::test]
async fn what_is_handed_over_inherits() {
    let harness = harness(Baggage::new());
    let context = GenAiContext::new().conversation_id("c");
    let work = async {
        tokio::spawn(genai::inherited(ask())).await.unwrap();
        let mut set = tokio::task::JoinSet::new();
        set.spawn(genai::inherited(ask()));
        set.join_next().await.unwrap().unwrap();
        let blocking = || genai::chat("openai").model("m").start().finish();
        tokio::task::spawn_blocking(genai::inherited_fn(blocking))
            .await
            .unwrap();
        let (jobs, mut queue) = tokio::sync::mpsc::channel(1);
        let worker = tokio::spawn(async move {
            let (inherited, job): (Inherited, u32) = queue.recv().await.unwrap();
            inherited.scope(ask()).await;
            // Beside it nothing is left.
            ask().await;
            job
        });
        jobs.send((Inherited::here(), 7)).await.unwrap();
        assert_eq!(worker.await.unwrap(), 7);
        // A set in a task stays there.
        let sets = async {
            genai::set_context(GenAiContext::new().conversation_id("inner"));
            genai::context().conversation().map(str::to_owned)
        };
        let inner = tokio::spawn(genai::inherited(sets)).await.unwrap();
        assert_eq!(inner.as_deref(), Some("inner"));
        assert_eq!(genai::context().conversation(), Some("c"));
    };
    context.scope(outer(work)).await;
    let spans = seen(&harness);
    let (outer, inner): (Vec<_>, Vec<_>) = spans
        .iter()
        .partition(|s| s.name == "invoke_workflow outer");
    assert_eq!((outer.len(), inner.len()), (1, 5));
    let inherited = inner
        .iter()
        .filter(|s| s.parent == outer[0].span && s.conversation() == Some("c"));
    assert_eq!(inherited.count(), 4);
    assert!(
        inner
            .iter()
            .any(|s| s.parent.is_empty() && s.conversation().is_none())
    );
}

/// A propagator of the program's is asked only where the request has fields of its own: one of baggage would let everything in.
#[tokio::test]
async fn a_propagator_of_baggage_lets_nothing_in() {
    let _harness = harness(Baggage::new());
    let _propagators = Propagators::of_w3c();
    let handle = |_: Request<Body>| async {
        let cx = Context::current();
        let found = cx.baggage().get("evil").map(ToString::to_string);
        let parent = cx.span().span_context().span_id().to_string();
        Ok::<_, Infallible>(Response::new(Body::from(format!("{parent} {found:?}"))))
    };
    let mut service = genai::services::server().layer(service_fn(handle));
    let request = request()
        .header("traceparent", TRACEPARENT)
        .header("baggage", "evil=1");
    let answer = service.call(request.body(Body::empty()).unwrap()).await;
    let body = answer.expect("an answer").into_body().collect().await;
    let text = body.expect("its body").to_bytes();
    assert_eq!(text, format!("{SPAN} None"));
}
