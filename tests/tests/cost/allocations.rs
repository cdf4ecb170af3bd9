//! How often a call allocates, exactly; a program without any provider never does more than the bare function.
//!
//! Each test counts on its own thread, but the process default is one: they take turns.

use std::hint::black_box;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::stream::{Stream, StreamExt as _};
use genai::message::{InputMessage, Part};
use genai::{ContentCapture, GenAiContext, SpanRef, Telemetry};
use genai_tests::isolated;
use genai_tests::support::alloc::{Calls, Counted};
use genai_tests::support::last_step::Ended;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};

#[global_allocator]
static ALLOCATOR: Counted<Calls> = Counted(Calls);

/// The allocations of one call of 1,000, after as many to warm up.
fn of_one(mut call: impl FnMut()) -> f64 {
    (0..1_000).for_each(|_| call());
    Calls::during(|| (0..1_000).for_each(|_| call())) as f64 / 1_000.0
}

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn install(capture: ContentCapture) {
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(Ended(|_: &SpanData| ()))
        .build();
    Telemetry::builder()
        .tracer_provider(tracers)
        .meter_provider(SdkMeterProvider::builder().build())
        .capture(capture)
        .install();
}

struct Req {
    model: String,
    max_tokens: i64,
}

struct Resp {
    model: String,
    id: String,
    reasons: Vec<String>,
    tokens: i64,
}

struct Failed;

impl genai::Request for Req {
    fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_REQUEST_MODEL, &self.model);
        recorder.int(genai::keys::GEN_AI_REQUEST_MAX_TOKENS, self.max_tokens);
        recorder.double(genai::keys::GEN_AI_REQUEST_TEMPERATURE, 0.5);
    }
}

impl genai::Response for Resp {
    fn record_response(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_RESPONSE_MODEL, &self.model);
        recorder.str(genai::keys::GEN_AI_RESPONSE_ID, &self.id);
        recorder.strs(genai::keys::GEN_AI_RESPONSE_FINISH_REASONS, &self.reasons);
        recorder.int(genai::keys::GEN_AI_USAGE_INPUT_TOKENS, self.tokens);
        recorder.int(genai::keys::GEN_AI_USAGE_OUTPUT_TOKENS, self.tokens);
    }
}

#[genai::chat(provider = openai, request = req, server.address = "api.openai.com", server.port = 443)]
async fn by_type<'a>(resp: &'a Resp, req: &Req) -> Result<&'a Resp, Failed> {
    Ok(resp)
}

#[genai::chat(provider = openai, model = req.model, max_tokens = req.max_tokens, temperature = 0.5, server.address = "api.openai.com",
    response(|r| model = r.model, id = r.id, finish_reasons = r.reasons, input_tokens = r.tokens, output_tokens = r.tokens))]
async fn by_entries<'a>(resp: &'a Resp, req: &Req) -> Result<&'a Resp, Failed> {
    Ok(resp)
}

/// A judge: `score` is evaluated where somebody listens.
#[genai::evaluation(name = relevance, of = seen, result(|score| score = *score, explanation = "x".repeat(9)))]
fn judge(seen: &SpanRef, score: f64) -> f64 {
    black_box(seen);
    score
}

/// A call, its handle, and what is known of it later.
fn judged(req: &Req, resp: &Resp) {
    let (answer, seen) = now(genai::observed(by_entries(resp, req)));
    assert!(answer.is_ok() && seen.is_empty());
    genai::Evaluation::new("relevance")
        .score(0.5)
        .label("pass")
        .explanation("It fits.")
        .llm("judge-v2")
        .emit(&seen);
    genai::feedback(&seen, "thumbs", true).human().emit();
    assert_eq!(judge(&seen, 0.5), 0.5);
}

#[genai::tool(name = "weather")]
fn tool(text: &str) -> usize {
    text.len()
}

#[genai::agent(provider = openai, name = "planner", response = none)]
async fn agent(n: u64) -> u64 {
    n
}

#[genai::context(conversation_id = id, properties(tenant = "acme"))]
async fn within(id: &str) -> usize {
    id.len()
}

#[genai::chat(provider = openai, model = "m", input = messages, response = none)]
async fn with_content(messages: &[InputMessage]) -> usize {
    messages.len()
}

struct Token(u32);

impl genai::Chunk for Token {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        stream.output_tokens(self.0.into());
    }
}

/// A stream of this many chunks.
struct Tokens(u32);

impl Stream for Tokens {
    type Item = Token;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Token>> {
        self.0 = match self.0.checked_sub(1) {
            Some(left) => left,
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(Token(self.0)))
    }
}

#[genai::chat(provider = openai, model = "m", stream)]
fn streaming(chunks: u32) -> impl Stream<Item = Token> {
    Tokens(chunks)
}

fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("it is ready at once")
}

fn drain(stream: impl Stream<Item = Token>) {
    let mut stream = pin!(stream);
    while let Some(Some(token)) = stream.next().now_or_never() {
        black_box(token.0);
    }
}

fn fixture() -> (Resp, Req) {
    let resp = Resp {
        model: "gpt-4o-2024-08-06".to_owned(),
        id: "chatcmpl-1".to_owned(),
        reasons: vec!["stop".to_owned()],
        tokens: 7,
    };
    let req = Req {
        model: "gpt-4o".to_owned(),
        max_tokens: 10,
    };
    (resp, req)
}

/// In a process of its own: once a provider was installed here, "none" is over.
#[test]
fn without_a_provider_nothing_is_allocated() {
    isolated("without_a_provider_nothing_is_allocated", &[], || {
        let (resp, req) = fixture();
        let messages = [InputMessage::new("user").part(Part::text("x".repeat(1000)))];
        let counts = [
            of_one(|| assert!(now(by_type(&resp, &req)).is_ok())),
            of_one(|| assert!(now(by_entries(&resp, &req)).is_ok())),
            of_one(|| assert_eq!(tool("x"), 1)),
            of_one(|| assert_eq!(now(agent(3)), 3)),
            of_one(|| assert_eq!(now(with_content(&messages)), 1)),
            of_one(|| drain(streaming(5))),
            of_one(|| judged(&req, &resp)),
        ];
        assert_eq!(counts, [0.0; 7]);
    });
}

/// The span's list, the span, the context it is in, the id of the response, the list of finish reasons.
#[test]
fn a_chat_allocates_five_times() {
    let _turn = one_at_a_time();
    install(ContentCapture::NoContent);
    let (resp, req) = fixture();
    let counts = [
        of_one(|| assert!(now(by_type(&resp, &req)).is_ok())),
        of_one(|| assert!(now(by_entries(&resp, &req)).is_ok())),
    ];
    assert_eq!(counts, [5.0; 2]);
}

#[test]
fn an_ambient_context_is_read_without_an_allocation() {
    let _turn = one_at_a_time();
    install(ContentCapture::NoContent);
    let (resp, req) = fixture();
    // Nothing more than without; the span's list has grown.
    let _scope = GenAiContext::new()
        .conversation_id("c-1")
        .property("user.id", "u")
        .property("tenant", "t")
        .property("feature", "f")
        .attach();
    let count = of_one(|| assert!(now(by_type(&resp, &req)).is_ok()));
    assert_eq!(count, 5.0);
    let scoped = of_one(|| assert_eq!(now(within("c-2")), 3));
    println!("a scope of its own: {scoped}");
}

#[test]
fn content_costs_nothing_where_nobody_wants_it() {
    let _turn = one_at_a_time();
    install(ContentCapture::NoContent);
    let messages = |n: usize| -> Vec<InputMessage> {
        let message = |_| InputMessage::new("user").part(Part::text("x".repeat(200)));
        (0..n).map(message).collect()
    };
    let (few, many) = (messages(1), messages(1000));
    let few = of_one(|| assert_eq!(now(with_content(&few)), 1));
    let many = of_one(|| assert_eq!(now(with_content(&many)), 1000));
    assert_eq!((few, many), (3.0, 3.0));
}

/// The text is written into one allocation; the rest of it is given back, which counts as another.
#[test]
fn content_is_one_text() {
    let _turn = one_at_a_time();
    install(ContentCapture::SpanOnly);
    let message = |_| InputMessage::new("user").part(Part::text("say \"x\" ".repeat(25)));
    let messages: Vec<_> = (0..10).map(message).collect();
    let count = of_one(|| assert_eq!(now(with_content(&messages)), 10));
    assert_eq!(count, 3.0 + 2.0);
}

#[test]
fn a_chunk_allocates_nothing() {
    let _turn = one_at_a_time();
    install(ContentCapture::NoContent);
    let few = of_one(|| drain(streaming(2)));
    let many = of_one(|| drain(streaming(1000)));
    assert_eq!(few, many);
}
