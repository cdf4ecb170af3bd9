//! The layers around tonic's server and channel: the same trace and conversation on both sides of gRPC.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use genai::GenAiContext;
use genai::testing::Harness;
use genai_services_tests::calls::{ask, outer};
use genai_services_tests::traffic::{baggage, seen};
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint, Server};
use tower::{Layer as _, Service, ServiceExt as _};

/// A service as generated code has it.
#[derive(Clone)]
struct Answers;

impl NamedService for Answers {
    const NAME: &'static str = "test.Answers";
}

impl Service<http::Request<Body>> for Answers {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        Box::pin(async {
            ask().await;
            Ok(tonic::Status::ok("").into_http())
        })
    }
}

#[tokio::test]
async fn both_sides_of_grpc_are_one_trace_and_conversation() {
    let harness = Harness::install_with(|settings| settings.baggage(baggage()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    tokio::spawn(
        Server::builder()
            .layer(genai::services::server())
            .add_routes(Routes::new(Answers))
            .serve_with_incoming(incoming),
    );
    let channel: Channel = Endpoint::from_shared(format!("http://{address}"))
        .expect("an address")
        .connect()
        .await
        .expect("a connection");
    let mut client = genai::services::client().layer(channel);
    let context = GenAiContext::new()
        .conversation_id("c-1")
        .property("user.id", "alice")
        .property("tenant", "acme");
    let call = async {
        let request = http::Request::post(format!("http://{address}/test.Answers/Ask"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Body::empty())
            .expect("a request");
        let client = client.ready().await.expect("it is ready");
        let answer = client.call(request).await.expect("an answer");
        assert_eq!(answer.headers()["grpc-status"], "0");
        answer.into_body().collect().await.expect("a body");
    };
    context.scope(outer(call)).await;

    let spans = seen(&harness);
    let [chat, outer] = spans.as_slice() else {
        panic!("{spans:?}")
    };
    assert_eq!(
        (chat.name.as_str(), outer.name.as_str()),
        ("chat m", "invoke_workflow outer")
    );
    assert_eq!((&chat.trace, &chat.parent), (&outer.trace, &outer.span));
    assert_eq!(chat.conversation(), Some("c-1"));
    assert_eq!(chat.property("user.id"), Some("alice"));
    assert_eq!(chat.property("tenant"), None);
}
