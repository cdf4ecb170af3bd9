//! Every shape of function an attribute can stand on: it behaves as without, and its span is there.
#![deny(warnings)]

use std::future::{Future, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt as _, LocalBoxFuture};
use futures::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt as _};
use genai::testing::{Harness, Span};

#[derive(Debug, PartialEq)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it failed")
    }
}

struct Ask {
    model: String,
    max: u32,
}

impl genai::Request for Ask {
    fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_REQUEST_MODEL, &self.model);
        recorder.int(genai::keys::GEN_AI_REQUEST_MAX_TOKENS, i64::from(self.max));
    }
}

struct Answer {
    text: String,
    tokens: u64,
}

impl genai::Response for Answer {
    fn record_response(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.int(
            genai::keys::GEN_AI_USAGE_OUTPUT_TOKENS,
            i64::try_from(self.tokens).unwrap(),
        );
    }
}

fn ask() -> Ask {
    Ask {
        model: "m".to_owned(),
        max: 7,
    }
}

fn answer(text: &str) -> Answer {
    Answer {
        text: text.to_owned(),
        tokens: 5,
    }
}

/// The one span of `f`.
fn span<T>(f: impl FnOnce() -> T) -> (T, Span) {
    let harness = Harness::install();
    let value = f();
    let mut spans = harness.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    (value, spans.remove(0))
}

fn error_type(span: &Span) -> Option<&str> {
    span.attributes.str("error.type")
}

#[genai::chat(provider = openai, request = req)]
async fn by_request(req: Ask) -> Result<Answer, Failed> {
    let Ask { model, .. } = req;
    ready(()).await;
    Ok(answer(&model))
}

#[genai::chat(provider = openai, request = req)]
async fn by_reference(req: &Ask) -> Result<Answer, Failed> {
    if req.max > 100 {
        return Err(Failed);
    }
    Ok(answer(&req.model))
}

#[test]
fn request_and_response_types_are_recorded() {
    let (out, span) = span(|| block_on(by_request(ask())));
    assert_eq!(out.unwrap().text, "m");
    assert_eq!(span.name, "chat m");
    assert_eq!(span.attributes.str("gen_ai.provider.name"), Some("openai"));
    assert_eq!(span.attributes.int("gen_ai.request.max_tokens"), Some(7));
    assert_eq!(span.attributes.int("gen_ai.usage.output_tokens"), Some(5));
    assert!(!span.is_error());
}

#[test]
fn an_error_is_classed_by_its_type() {
    let (out, span) = span(|| block_on(by_reference(&Ask { max: 101, ..ask() })));
    assert_eq!(out.err(), Some(Failed));
    assert_eq!(error_type(&span), Some(concat!(module_path!(), "::Failed")));
    assert_eq!(span.error_description(), "it failed");
}

#[genai::chat(
    provider = "own", model = req.model, max_tokens = req.max, temperature = 1, top_p = factor, seed = None::<i64>,
    stop_sequences = ["a", "b"], server.address = "h", server.port = 443,
    properties(user.id = "u", "n" = 3), attributes(app.x = Some(true)), metric_attributes(app.tier = "t"),
    response(|Answer { tokens, .. }| output_tokens = tokens, model = req.model, finish_reasons = "stop"),
    error(|e| type = e.to_string()))]
async fn by_entries(req: &Ask, factor: f32) -> Result<Answer, Failed> {
    if factor > 0.5 {
        Ok(answer("x"))
    } else {
        Err(Failed)
    }
}

#[test]
fn entries_are_recorded() {
    let (_, s) = span(|| block_on(by_entries(&ask(), 0.7)));
    assert_eq!(s.attributes.str("gen_ai.provider.name"), Some("own"));
    assert_eq!(s.attributes.double("gen_ai.request.temperature"), Some(1.0));
    assert_eq!(s.attributes.double("gen_ai.request.top_p"), Some(0.7));
    assert_eq!(s.attributes.get("gen_ai.request.seed"), None);
    assert_eq!(
        s.attributes.strs("gen_ai.request.stop_sequences"),
        Some(vec!["a", "b"])
    );
    assert_eq!(s.attributes.int("server.port"), Some(443));
    assert_eq!(
        s.attributes.str("gen_ai.association.properties.user.id"),
        Some("u")
    );
    assert_eq!(s.attributes.int("gen_ai.association.properties.n"), Some(3));
    assert_eq!(s.attributes.bool("app.x"), Some(true));
    assert_eq!(s.attributes.str("gen_ai.response.model"), Some("m"));
    assert_eq!(
        s.attributes.strs("gen_ai.response.finish_reasons"),
        Some(vec!["stop"])
    );
    let (_, s) = span(|| block_on(by_entries(&ask(), 0.1)));
    assert_eq!(error_type(&s), Some("it failed"));
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn sync(fail: bool) -> Result<&'static str, Failed> {
    if fail {
        return Err(Failed);
    }
    Ok("x")
}

#[test]
fn a_sync_function() {
    assert!(!span(|| sync(false)).1.is_error());
    assert!(span(|| sync(true)).1.is_error());
}

struct Agent {
    name: String,
    log: Vec<u32>,
}

impl Agent {
    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_ref(&self) -> usize {
        self.log.len()
    }

    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_mut(&mut self, n: u32) -> &mut Vec<u32> {
        self.log.push(n);
        &mut self.log
    }

    #[genai::tool]
    fn by_mut_sync(&mut self) -> &mut Vec<u32> {
        self.log.push(1);
        &mut self.log
    }

    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_value(mut self) -> Vec<u32> {
        self.log.push(2);
        self.log
    }

    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_box(self: Box<Self>) -> String {
        self.name
    }

    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_arc(self: Arc<Self>) -> usize {
        self.log.len()
    }

    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_rc(self: &Rc<Self>) -> usize {
        self.log.len()
    }

    #[genai::agent(provider = openai, name = self.name, response = none)]
    async fn by_pin(self: Pin<&mut Self>, n: u32) -> usize {
        self.get_mut().log.push(n);
        1
    }
}

fn agent() -> Agent {
    Agent {
        name: "a".to_owned(),
        log: Vec::new(),
    }
}

#[test]
fn every_receiver() {
    let of = |(n, span): (usize, Span)| {
        assert_eq!(span.name, "invoke_agent a");
        n
    };
    assert_eq!(of(span(|| block_on(agent().by_ref()))), 0);
    assert_eq!(of(span(|| block_on(agent().by_mut(3)).len())), 1);
    assert_eq!(of(span(|| block_on(agent().by_value()).len())), 1);
    assert_eq!(of(span(|| block_on(Box::new(agent()).by_box()).len())), 1);
    assert_eq!(of(span(|| block_on(Arc::new(agent()).by_arc()))), 0);
    assert_eq!(of(span(|| block_on(Rc::new(agent()).by_rc()))), 0);
    assert_eq!(of(span(|| block_on(Pin::new(&mut agent()).by_pin(1)))), 1);
    let (n, s) = span(|| agent().by_mut_sync().len());
    assert_eq!((n, s.name.as_str()), (1, "execute_tool by_mut_sync"));
}

#[genai::chat(provider = openai, model = model)]
fn future(model: &str) -> impl Future<Output = Result<String, Failed>> + Send + use<> {
    let model = model.to_owned();
    async move {
        if model == "bad" {
            Err(Failed)
        } else {
            Ok(model)
        }
    }
}

#[genai::chat(provider = openai, model = model)]
fn unpin_future(model: &str) -> impl Future<Output = String> + Unpin + Send + use<> {
    if model.is_empty() {
        return ready(String::new());
    }
    ready(model.to_owned())
}

#[genai::chat(provider = openai, model = model, response(|text| id = text, model = model))]
fn boxed<'a>(model: &'a str) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
    Box::pin(async move { model.to_owned() })
}

#[genai::chat(provider = openai, model = model)]
fn box_future(model: &str) -> BoxFuture<'_, Result<String, Failed>> {
    async move { Ok(model.to_owned()) }.boxed()
}

#[genai::chat(provider = openai, model = model)]
fn local_box_future(model: &str) -> LocalBoxFuture<'_, String> {
    async move { model.to_owned() }.boxed_local()
}

type Named<'a> = Pin<Box<dyn Future<Output = String> + Send + 'a>>;

#[genai::chat(provider = openai, model = model, returns = future)]
fn named(model: &str) -> Named<'_> {
    Box::pin(async move { model.to_owned() })
}

#[test]
fn returned_futures() {
    let (out, s) = span(|| block_on(future("m")));
    assert_eq!((out, s.name.as_str()), (Ok("m".to_owned()), "chat m"));
    assert_eq!(
        error_type(&span(|| block_on(future("bad"))).1),
        Some(concat!(module_path!(), "::Failed"))
    );
    assert_eq!(span(|| block_on(unpin_future("m"))).1.name, "chat m");
    let s = span(|| block_on(boxed("m"))).1;
    assert_eq!(s.attributes.str("gen_ai.response.id"), Some("m"));
    assert_eq!(s.attributes.str("gen_ai.response.model"), Some("m"));
    assert_eq!(span(|| block_on(box_future("m"))).1.name, "chat m");
    assert_eq!(span(|| block_on(local_box_future("m"))).1.name, "chat m");
    assert_eq!(span(|| block_on(named("m"))).1.name, "chat m");
}

#[test]
fn a_future_that_is_never_polled_did_nothing() {
    let harness = Harness::install();
    drop(future("m"));
    drop(by_request(ask()));
    assert!(harness.spans().is_empty());
}

#[async_trait]
trait Model {
    async fn outer(&self, text: String) -> Result<String, Failed>;
    async fn inner(&self, text: &str) -> String;
}

#[async_trait]
impl Model for Agent {
    // The trait's macro runs first: this sees a function that returns a boxed future.
    #[genai::chat(provider = openai, model = self.name, input = text)]
    async fn outer(&self, text: String) -> Result<String, Failed> {
        ready(()).await;
        if text.is_empty() {
            return Err(Failed);
        }
        Ok(text)
    }

    #[genai::chat(provider = openai, model = text)]
    async fn inner(&self, text: &str) -> String {
        text.to_owned()
    }
}

#[test]
fn async_trait_outside() {
    let (out, s) = span(|| block_on(agent().outer("x".to_owned())));
    assert_eq!((out, s.name.as_str()), (Ok("x".to_owned()), "chat a"));
    assert!(span(|| block_on(agent().outer(String::new()))).1.is_error());
    assert_eq!(span(|| block_on(agent().inner("i"))).1.name, "chat i");
}

trait Plain {
    fn say(&self, n: usize) -> impl Future<Output = String> + Send;
}

impl Plain for Agent {
    #[genai::chat(provider = openai, model = self.name)]
    async fn say(&self, n: usize) -> String {
        self.name.repeat(n)
    }
}

trait Provided {
    fn name(&self) -> &str;

    #[genai::tool(name = self.name())]
    fn run(&self) -> usize {
        self.name().len()
    }
}

impl Provided for Agent {
    fn name(&self) -> &str {
        &self.name
    }
}

#[test]
fn functions_of_traits() {
    let (out, s) = span(|| block_on(agent().say(2)));
    assert_eq!((out.as_str(), s.name.as_str()), ("aa", "chat a"));
}

#[derive(Clone, Debug, PartialEq)]
struct Piece(u32);

impl genai::Chunk for Piece {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        let _ = stream.wants_content();
    }
}

#[genai::chat(provider = openai, model = "m", stream)]
fn opaque_stream(n: u32) -> impl Stream<Item = Piece> + Send + Unpin {
    stream::iter((0..n).map(Piece))
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn result_stream(n: u32) -> Result<impl Stream<Item = Result<Piece, Failed>>, Failed> {
    if n == 0 {
        return Err(Failed);
    }
    Ok(stream::iter((0..n).map(move |i| {
        if i == 3 { Err(Failed) } else { Ok(Piece(i)) }
    })))
}

#[genai::chat(provider = openai, model = "m", stream)]
fn pinned_stream<'a>(n: &'a u32) -> Pin<Box<dyn Stream<Item = Piece> + Send + 'a>> {
    Box::pin(stream::iter((0..*n).map(Piece)))
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn box_stream(n: u32) -> Result<BoxStream<'static, Piece>, Failed> {
    Ok(stream::iter((0..n).map(Piece)).boxed())
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn local_box_stream(n: u32) -> LocalBoxStream<'static, u32> {
    stream::iter(0..n).boxed_local()
}

#[genai::chat(provider = openai, model = "m", stream)]
fn future_of_stream(n: u32) -> impl Future<Output = Result<BoxStream<'static, Piece>, Failed>> {
    async move {
        if n == 0 {
            Err(Failed)
        } else {
            Ok(stream::iter((0..n).map(Piece)).boxed())
        }
    }
}

type NamedStream = Pin<Box<dyn Stream<Item = Piece> + Send>>;

#[genai::chat(provider = openai, model = "m", stream, returns = stream)]
async fn named_stream(n: u32) -> Result<NamedStream, Failed> {
    Ok(Box::pin(stream::iter((0..n).map(Piece))))
}

type Streamed = Result<NamedStream, Failed>;
type Asked<T> = Result<T, Failed>;
type AskResult<T> = Result<T, Failed>;

#[genai::chat(provider = openai, model = "m", stream)]
async fn result_alias(n: u32) -> Streamed {
    named_or_failed(n)
}

#[genai::chat(provider = openai, model = "m", stream)]
fn sync_result_alias(n: u32) -> Streamed {
    named_or_failed(n)
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn generic_result_alias(n: u32) -> Asked<NamedStream> {
    named_or_failed(n)
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn result_alias_of_a_boxed_stream(n: u32) -> AskResult<BoxStream<'static, Piece>> {
    named_or_failed(n)
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn result_alias_of_an_opaque_stream(n: u32) -> AskResult<impl Stream<Item = Piece> + Unpin> {
    named_or_failed(n)
}

#[genai::chat(provider = openai, model = "m", stream, error(|e| type = e.to_string()))]
async fn result_alias_with_an_error(n: u32) -> Streamed {
    named_or_failed(n)
}

#[genai::chat(provider = openai, model = "m", stream)]
fn future_of_a_result_alias(n: u32) -> BoxFuture<'static, Streamed> {
    async move { named_or_failed(n) }.boxed()
}

fn named_or_failed(n: u32) -> Result<NamedStream, Failed> {
    if n == 0 {
        return Err(Failed);
    }
    Ok(Box::pin(stream::iter((0..n).map(Piece))))
}

/// A `Result` of a stream under another name is one all the same: by its type.
#[test]
fn results_of_streams_under_other_names() {
    macro_rules! check {
        ($($function:ident => $error:expr;)*) => {$({
            let (out, s) = span(|| block_on(async {
                $function(3).await.ok().unwrap().collect::<Vec<_>>().await
            }));
            assert_eq!(out, (0..3).map(Piece).collect::<Vec<_>>());
            assert!(!s.is_error());
            stream_span(s);
            let (out, s) = span(|| block_on($function(0)).err());
            assert_eq!(out, Some(Failed));
            assert_eq!(error_type(&s), Some($error), stringify!($function));
            assert_eq!(s.error_description(), "it failed");
            assert_eq!(s.attributes.double("gen_ai.response.time_to_first_chunk"), None);
        })*};
    }
    let failed = concat!(module_path!(), "::Failed");
    check! {
        result_alias => failed;
        generic_result_alias => failed;
        result_alias_of_a_boxed_stream => failed;
        result_alias_of_an_opaque_stream => failed;
        result_alias_with_an_error => "it failed";
        future_of_a_result_alias => failed;
    }
    let (out, s) = span(|| sync_result_alias(0).err());
    assert_eq!((out, error_type(&s)), (Some(Failed), Some(failed)));
    let (out, s) = span(|| block_on(sync_result_alias(2).ok().unwrap().collect::<Vec<_>>()));
    assert_eq!(out.len(), 2);
    stream_span(s);
}

fn stream_span(s: Span) {
    assert_eq!(s.name, "chat m");
    assert_eq!(s.attributes.bool("gen_ai.request.stream"), Some(true));
    assert!(
        s.attributes
            .double("gen_ai.response.time_to_first_chunk")
            .is_some()
    );
}

#[test]
fn streams() {
    let all = |n| (0..n).map(Piece).collect::<Vec<_>>();
    let (out, s) = span(|| block_on(opaque_stream(3).collect::<Vec<_>>()));
    assert_eq!(out, all(3));
    stream_span(s);
    let (out, s) = span(|| {
        block_on(async {
            result_stream(2)
                .await
                .ok()
                .unwrap()
                .collect::<Vec<_>>()
                .await
        })
    });
    assert_eq!(out, vec![Ok(Piece(0)), Ok(Piece(1))]);
    assert!(!s.is_error());
    stream_span(s);
    let (out, s) = span(|| {
        block_on(async {
            result_stream(5)
                .await
                .ok()
                .unwrap()
                .collect::<Vec<_>>()
                .await
        })
    });
    assert_eq!(out.len(), 5);
    assert_eq!(error_type(&s), Some(concat!(module_path!(), "::Failed")));
    stream_span(s);
    let (_, s) = span(|| block_on(async { result_stream(0).await.err().unwrap() }));
    assert_eq!(error_type(&s), Some(concat!(module_path!(), "::Failed")));
    let (out, s) = span(|| block_on(pinned_stream(&2).collect::<Vec<_>>()));
    assert_eq!(out, all(2));
    stream_span(s);
    let (out, s) =
        span(|| block_on(async { box_stream(2).await.unwrap().collect::<Vec<_>>().await }));
    assert_eq!(out, all(2));
    stream_span(s);
    let (out, s) = span(|| block_on(local_box_stream(2).collect::<Vec<_>>()));
    assert_eq!(out, vec![0, 1]);
    stream_span(s);
    let (out, s) =
        span(|| block_on(async { future_of_stream(2).await.unwrap().collect::<Vec<_>>().await }));
    assert_eq!(out, all(2));
    stream_span(s);
    let (out, s) =
        span(|| block_on(async { named_stream(2).await.unwrap().collect::<Vec<_>>().await }));
    assert_eq!(out, all(2));
    stream_span(s);
}

#[genai::chat(provider = openai, model = "m", stream, error(|e| type = e.to_string()))]
async fn classified_stream(n: u32) -> Result<impl Stream<Item = Result<Piece, Failed>>, Failed> {
    if n == 0 {
        return Err(Failed);
    }
    Ok(stream::iter([Err(Failed)]))
}

#[test]
fn an_error_of_the_attribute_is_the_function_s_and_items_are_classed_by_their_type() {
    let (_, s) = span(|| block_on(classified_stream(0)).err().unwrap());
    assert_eq!(error_type(&s), Some("it failed"));
    let (_, s) = span(|| {
        block_on(async {
            classified_stream(1)
                .await
                .ok()
                .unwrap()
                .collect::<Vec<_>>()
                .await
        })
    });
    assert_eq!(error_type(&s), Some(concat!(module_path!(), "::Failed")));
}

#[test]
fn a_stream_that_is_dropped_early_succeeded() {
    let (_, s) = span(|| {
        let mut stream = opaque_stream(5);
        assert_eq!(stream.size_hint(), (5, Some(5)));
        assert_eq!(block_on(stream.next()), Some(Piece(0)));
    });
    assert!(!s.is_error());
    stream_span(s);
}

#[genai::chat(provider = openai, model = M, response = none)]
async fn generic<'a, T, const N: usize>(list: [T; N], last: &'a str) -> Vec<String>
where
    T: Clone + Into<String> + 'a,
{
    let mut list: Vec<String> = list.into_iter().map(Into::into).collect();
    list.push(last.to_owned());
    list
}

const M: &str = "const";

#[genai::chat(provider = openai, model = "m", response = none)]
async fn opaque_argument(
    f: impl Fn(u32) -> u32,
    mut n: u32,
    (a, mut b): (String, String),
    [_, c]: [u8; 2],
    _: Vec<u8>,
) -> impl Iterator<Item = u32> {
    n += f(n);
    b.push_str(&a);
    let n = n + u32::from(c);
    vec![n, u32::try_from(b.len()).unwrap()].into_iter()
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn unsized_output(early: bool) -> Box<dyn std::fmt::Display> {
    if early {
        return Box::new(1);
    }
    Box::new("x")
}

#[genai::tool]
async fn endless(mut n: u32) -> ! {
    loop {
        n += 1;
        assert!(n < 3, "enough");
        ready(()).await;
    }
}

#[genai::tool(name = name)]
async fn endless_by_value(name: String) -> ! {
    loop {
        ready(()).await;
        assert!(name.is_empty(), "enough");
    }
}

#[genai::tool]
fn never() -> ! {
    panic!("never");
}

#[expect(unsafe_code)]
#[genai::tool]
unsafe fn unsafe_function(p: *const u32) -> u32 {
    // SAFETY: the caller's.
    unsafe { *p }
}

#[genai::tool]
extern "C" fn foreign(n: u32) -> u32 {
    n + 1
}

#[must_use]
#[genai::tool]
fn precious(n: u32) -> u32 {
    n
}

#[genai::tool(name = "t", arguments = n, response(|n| result = n))]
fn conditional(
    #[cfg(not(windows))] n: String,
    #[cfg(windows)] n: u8,
    #[cfg(windows)] m: u8,
) -> usize {
    n.len()
}

#[genai::workflow(name = "w")]
async fn unit() {
    ready(()).await;
}

#[genai::workflow(name = "w")]
async fn recursive(n: u32) -> u32 {
    if n == 0 {
        0
    } else {
        1 + Box::pin(recursive(n - 1)).await
    }
}

#[tracing::instrument]
#[genai::tool]
async fn traced_outside(n: u32) -> u32 {
    n
}

#[genai::tool]
#[tracing::instrument]
async fn traced_inside(n: u32) -> u32 {
    n
}

#[genai::tool]
#[tokio::main(flavor = "current_thread")]
async fn on_tokio(n: u32) -> u32 {
    tokio::task::yield_now().await;
    n
}

macro_rules! made {
    ($name:ident, $model:expr, $max:literal, |$n:ident| $body:block) => {
        #[genai::chat(provider = openai, model = $model, max_tokens = $max, response = none)]
        async fn $name($n: u32) -> u32 $body
    };
}
macro_rules! of_an_expression {
    ($value:expr, |$n:ident| $body:block) => {
        #[genai::tool(arguments = $value, name = ($value).to_string())]
        fn by_expression($n: u32) -> u32 $body
    };
}
of_an_expression!(n + 1, |n| { n });

made!(from_a_macro, format!("m{}", 1), 3, |n| { n + 1 });

#[test]
fn everything_else() {
    assert_eq!(span(|| block_on(generic(["a"], "b"))).0, ["a", "b"]);
    let f = |n| n * 2;
    let call = || opaque_argument(f, 2, ("a".to_owned(), "b".to_owned()), [1, 2], vec![1]);
    assert_eq!(span(|| block_on(call()).collect::<Vec<_>>()).0, [8, 2]);
    assert_eq!(span(|| block_on(unsized_output(true)).to_string()).0, "1");
    let (_, s) = span(|| std::panic::catch_unwind(|| block_on(endless(0))).unwrap_err());
    assert_eq!(error_type(&s), Some("panic"));
    let (_, s) = span(|| {
        std::panic::catch_unwind(|| block_on(endless_by_value("e".to_owned()))).unwrap_err()
    });
    assert_eq!(error_type(&s), Some("panic"));
    let (_, s) = span(|| std::panic::catch_unwind(never).unwrap_err());
    assert_eq!(error_type(&s), Some("panic"));
    #[expect(unsafe_code)]
    // SAFETY: a valid reference.
    let read = span(|| unsafe { unsafe_function(&3) }).0;
    assert_eq!(read, 3);
    assert_eq!(span(|| foreign(1)).0, 2);
    assert_eq!(span(|| precious(1)).0, 1);
    assert_eq!(span(|| conditional("abc".to_owned())).0, 3);
    assert_eq!(span(|| block_on(unit())).1.name, "invoke_workflow w");
    let harness = Harness::install();
    assert_eq!(block_on(recursive(2)), 2);
    assert_eq!(harness.spans().len(), 3);
    drop(harness);
    assert_eq!(span(|| block_on(traced_outside(1))).0, 1);
    assert_eq!(span(|| block_on(traced_inside(1))).0, 1);
    assert_eq!(span(|| on_tokio(1)).0, 1);
    let (n, s) = span(|| block_on(from_a_macro(1)));
    assert_eq!((n, s.name.as_str()), (2, "chat m1"));
    assert_eq!(s.attributes.int("gen_ai.request.max_tokens"), Some(3));
    assert_eq!(span(|| by_expression(1)).1.name, "execute_tool 2");
    assert_eq!(span(|| agent().run()).1.name, "execute_tool a");
}
