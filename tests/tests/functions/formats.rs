//! `request = openai(req)`, `response = openai`: types that serialise to a provider's JSON, read without being known as anything.

use std::convert::Infallible;
use std::pin::Pin;

use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::testing::{Harness, Span};
use serde::Serialize;
use serde_json::{Value, json};

/// A client's type, as far as the library is concerned.
#[derive(Clone, Serialize)]
#[serde(transparent)]
struct Json(Value);

fn request() -> Json {
    Json(
        json!({"model": "m-1", "max_tokens": 9, "temperature": 0.5, "messages": [{"role": "user", "content": "hi"}]}),
    )
}

fn response() -> Json {
    Json(json!({
        "id": "r-1", "model": "m-1-a", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }))
}

fn chunks() -> Vec<Json> {
    [
        json!({"id": "r-1", "model": "m-1-a", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "hel"}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}),
    ]
    .into_iter()
    .map(Json)
    .collect()
}

/// What every one of these calls records.
fn is_recorded(span: &Span) {
    assert_eq!(
        span.int("gen_ai.request.max_tokens"),
        Some(9),
        "{}",
        span.name
    );
    assert_eq!(span.double("gen_ai.request.temperature"), Some(0.5));
    is_answered(span);
}

fn is_answered(span: &Span) {
    assert_eq!(span.str("gen_ai.response.id"), Some("r-1"), "{}", span.name);
    assert_eq!(span.str("gen_ai.response.model"), Some("m-1-a"));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
    assert_eq!(
        span.strs("gen_ai.response.finish_reasons"),
        Some(vec!["stop"])
    );
}

#[genai::chat(provider = openai, request = openai(req), response = openai)]
fn plain(req: &Json) -> Json {
    let _ = req;
    response()
}

#[genai::chat(provider = openai, request = openai(req), response = openai, attributes(app.a = 1))]
async fn owned(req: Json) -> Result<Json, Infallible> {
    drop(req);
    Ok(response())
}

#[genai::chat(provider = openai, request = auto(&req), response = auto)]
async fn recognised(req: Json) -> Result<Option<Box<Json>>, Infallible> {
    drop(req);
    Ok(Some(Box::new(response())))
}

#[genai::chat(provider = openai, request = (openai(req), more), response = openai)]
fn parts(req: &Json, more: &More) -> Json {
    let _ = (req, more);
    response()
}

#[derive(genai::Request)]
struct More {
    #[genai(seed)]
    seed: i64,
}

#[genai::chat(provider = openai, request = openai(req), response = openai)]
fn generic<T: Serialize, R: Serialize + Clone>(req: T, answer: &R) -> R {
    let _ = req;
    answer.clone()
}

#[test]
fn values_are_read_in_the_format_that_is_named() {
    let harness = Harness::install();
    let one = |call: &dyn Fn()| {
        harness.clear();
        call();
        let span = harness.span("chat m-1");
        is_recorded(&span);
        span
    };
    one(&|| drop(plain(&request())));
    one(&|| drop(block_on(owned(request()))));
    one(&|| drop(block_on(recognised(request()))));
    one(&|| drop(generic(request(), &response())));
    let span = one(&|| drop(parts(&request(), &More { seed: 7 })));
    assert_eq!(span.int("gen_ai.request.seed"), Some(7));
}

type Boxed<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

#[genai::chat(provider = openai, request = openai(req), response = openai, stream)]
async fn fallible(req: Json) -> Result<Boxed<Result<Json, Infallible>>, Infallible> {
    drop(req);
    Ok(Box::pin(stream::iter(chunks().into_iter().map(Ok))))
}

#[genai::chat(provider = openai, request = openai(req), response = openai, stream)]
fn bare(req: &Json) -> impl Stream<Item = Json> + use<> {
    let _ = req;
    stream::iter(chunks())
}

#[genai::chat(provider = openai, request = openai(req), response = openai, stream)]
fn lists(req: &Json) -> impl Stream<Item = Result<Vec<Json>, Infallible>> + use<> {
    let _ = req;
    stream::iter([Ok(chunks())])
}

#[genai::chat(provider = openai, request = openai(req), response = openai, stream)]
fn bare_lists(req: &Json) -> Boxed<Vec<Json>> {
    let _ = req;
    Box::pin(stream::iter([chunks()]))
}

fn all<S: Stream>(stream: S) {
    block_on(stream.for_each(|_| std::future::ready(())));
}

#[test]
fn items_are_read_in_the_format_that_is_named_whatever_holds_them() {
    let harness = Harness::install();
    let one = |call: &dyn Fn()| {
        harness.clear();
        call();
        let span = harness.span("chat m-1");
        is_recorded(&span);
        assert_eq!(span.bool("gen_ai.request.stream"), Some(true));
    };
    one(&|| match block_on(fallible(request())) {
        Ok(stream) => all(stream),
        Err(e) => match e {},
    });
    one(&|| all(bare(&request())));
    one(&|| all(lists(&request())));
    one(&|| all(bare_lists(&request())));
    one(&|| {
        let chat = genai::chat("openai").request(&genai::Wire::openai(&request()));
        let items = stream::iter(chunks().into_iter().map(Ok::<_, Infallible>));
        let format = genai::WireFormat::OpenAi;
        all(genai::observe_stream_as(
            format,
            chat.stream().start(),
            items,
        ));
    });
    one(&|| {
        let chat = genai::chat("openai").request(&genai::Wire::openai(&request()));
        let items = stream::iter(chunks().into_iter().map(Ok::<_, Infallible>));
        let format = genai::WireFormat::Auto;
        all(genai::observe_stream_as(
            format,
            chat.stream().start(),
            items,
        ));
    });
}

/// A type of one's own around a client's.
#[derive(genai::Response)]
struct Wrapped {
    #[genai(flatten = openai)]
    inner: Json,
}

/// A type of one's own that has the provider's fields.
#[derive(Serialize, genai::Response)]
#[genai(format = anthropic)]
struct Own<T> {
    id: &'static str,
    model: &'static str,
    usage: T,
}

#[derive(Serialize)]
struct Usage {
    input_tokens: u32,
    output_tokens: u32,
}

#[derive(genai::Request)]
#[genai(provider = openai)]
struct Question {
    #[genai(flatten = openai)]
    inner: Json,
}

#[genai::chat(request = question)]
fn wrapped(question: &Question) -> Wrapped {
    let _ = &question.inner;
    Wrapped { inner: response() }
}

#[genai::chat(provider = anthropic, model = "m-1")]
fn own() -> Own<Usage> {
    Own {
        id: "r-1",
        model: "m-1-a",
        usage: Usage {
            input_tokens: 3,
            output_tokens: 2,
        },
    }
}

#[test]
fn derives_read_a_field_or_the_whole_in_a_format() {
    let harness = Harness::install();
    let reply = wrapped(&Question { inner: request() });
    is_recorded(&harness.span("chat m-1"));
    assert_eq!(reply.inner.0["id"], "r-1");
    harness.clear();
    let _ = own();
    let span = harness.span("chat m-1");
    assert_eq!(span.str("gen_ai.response.id"), Some("r-1"));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(2));
}

mod of_a_name {
    //! Types with the names of a client's that are none of it.

    use serde::Serialize;

    #[derive(Serialize)]
    pub(super) struct CreateChatCompletionResponse {
        pub(super) id: &'static str,
    }

    /// Known as what it is, so its name does not matter.
    #[derive(genai::Response)]
    pub(super) struct ChatMessageResponse {
        #[genai(id)]
        pub(super) id: &'static str,
    }

    #[derive(Serialize)]
    pub(super) struct CreateChatCompletionRequest {
        pub(super) model: &'static str,
    }
}

#[genai::chat(provider = openai, model = "m", request = req)]
fn of_a_name(
    req: &of_a_name::CreateChatCompletionRequest,
) -> Result<of_a_name::CreateChatCompletionResponse, Infallible> {
    Ok(of_a_name::CreateChatCompletionResponse { id: req.model })
}

#[genai::chat(provider = openai, model = "m")]
fn known() -> of_a_name::ChatMessageResponse {
    of_a_name::ChatMessageResponse { id: "r" }
}

#[test]
fn the_name_alone_makes_no_type_a_clients() {
    let harness = Harness::install();
    let id = of_a_name(&of_a_name::CreateChatCompletionRequest { model: "other" });
    assert_eq!(id.map(|answer| answer.id), Ok("other"));
    assert_eq!(harness.span("chat m").str("gen_ai.response.id"), None);
    harness.clear();
    assert_eq!(known().id, "r");
    assert_eq!(harness.span("chat m").str("gen_ai.response.id"), Some("r"));
}

/// A function of the name of a format is reached by its path.
fn openai(_: &Json, recorder: &mut genai::Recorder<'_>) {
    recorder.str(genai::keys::GEN_AI_RESPONSE_ID, "own");
}

#[genai::chat(provider = openai, model = "m", response = self::openai)]
fn by_path() -> Json {
    response()
}

#[test]
fn a_function_of_the_same_name_is_reached_by_its_path() {
    let harness = Harness::install();
    by_path();
    assert_eq!(
        harness.span("chat m").str("gen_ai.response.id"),
        Some("own")
    );
}
