//! What the layers cost a request: `cargo bench -p genai-services-tests --bench request`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;

use futures_util::FutureExt as _;
use genai::GenAiContext;
use genai::testing::Harness;
use genai_services_tests::traffic::{TRACEPARENT, baggage};
use genai_tests::support::alloc::{Calls, Counted};
use genai_tests::support::cpu;
use http::{HeaderMap, Request, Response};
use tower::{Layer as _, Service, service_fn};

#[global_allocator]
static ALLOCATOR: Counted<Calls> = Counted(Calls);

const ROUNDS: usize = 31;
const CALLS: usize = 10_000;

fn answer(request: Request<()>) -> Ready<Result<Response<String>, Infallible>> {
    black_box(request.headers().len());
    ready(Ok(Response::new(String::new())))
}

/// Of a call: nanoseconds in the fastest round and in the middle one, and allocations.
struct Cost {
    least: f64,
    median: f64,
    count: f64,
}

fn cost<S: Service<Request<()>, Error = Infallible>>(mut service: S, headers: &HeaderMap) -> Cost {
    let mut times = Vec::new();
    let mut count = 0;
    for _ in 0..ROUNDS {
        let requests: Vec<Request<()>> = (0..CALLS)
            .map(|_| {
                let mut request = Request::new(());
                *request.headers_mut() = headers.clone();
                request
            })
            .collect();
        let from = cpu::nanos();
        let ((), allocated) = Calls::of(|| {
            for request in requests {
                let answer = service.call(request).now_or_never();
                let _ = black_box(answer.expect("it is ready at once"));
            }
        });
        times.push((cpu::nanos() - from) as f64 / CALLS as f64);
        count = allocated;
    }
    times.sort_by(f64::total_cmp);
    // The list of requests itself is freed, not allocated.
    Cost {
        least: times[0],
        median: times[ROUNDS / 2],
        count: count as f64 / CALLS as f64,
    }
}

fn line(what: &str, cost: Cost, bare: &Cost) {
    println!(
        "{what:<58} {:>6.0} ns, median {:>6.0} ns, {:>4.1} allocations",
        cost.least - bare.least,
        cost.median - bare.median,
        cost.count - bare.count
    );
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                value.parse().expect("a value"),
            )
        })
        .collect()
}

#[genai::chat(provider = openai, model = "m")]
fn ask() {}

fn main() {
    let none = headers(&[]);
    let trace = headers(&[("traceparent", TRACEPARENT)]);
    let all = headers(&[
        ("traceparent", TRACEPARENT),
        (
            "baggage",
            "gen_ai.conversation.id=conv-1,user.id=alice,other=1",
        ),
    ]);
    let bare = cost(service_fn(answer), &none);
    let bare_all = cost(service_fn(answer), &all);
    println!("CPU time over the bare service, {CALLS} calls, the least of {ROUNDS} rounds");
    ask();
    let server = || genai::services::server().layer(service_fn(answer));
    let client = || genai::services::client().layer(service_fn(answer));
    line(
        "server, no provider, no headers",
        cost(server(), &none),
        &bare,
    );
    ask();
    line(
        "server, no provider, traceparent and baggage",
        cost(server(), &all),
        &bare_all,
    );
    line(
        "client, no provider, nothing to send",
        cost(client(), &none),
        &bare,
    );
    let _harness = Harness::install_with(|settings| settings.baggage(baggage()));
    line("server, no headers", cost(server(), &none), &bare);
    line("server, traceparent", cost(server(), &trace), &bare);
    line(
        "server, traceparent and baggage of two accepted members",
        cost(server(), &all),
        &bare_all,
    );
    line("client, nothing to send", cost(client(), &none), &bare);
    let context = GenAiContext::new()
        .conversation_id("conv-1")
        .property("user.id", "alice");
    let _scope = context.attach();
    line(
        "client, conversation and user",
        cost(client(), &none),
        &bare,
    );
    let chat = opentelemetry::trace::SpanContext::new(
        opentelemetry::trace::TraceId::from(1_u128),
        opentelemetry::trace::SpanId::from(2_u64),
        opentelemetry::trace::TraceFlags::SAMPLED,
        false,
        opentelemetry::trace::TraceState::NONE,
    );
    use opentelemetry::trace::TraceContextExt as _;
    let _span = opentelemetry::Context::current()
        .with_remote_span_context(chat)
        .attach();
    line(
        "client, span, conversation and user",
        cost(client(), &none),
        &bare,
    );
}
