//! Operations of every kind, by attributes and by hand, that end in every way: what they are given holds canaries.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use futures::FutureExt as _;
use futures::stream::{self, Stream, StreamExt as _};
use genai::invocation::Invocation;
use genai::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use genai::{Accumulator, Chunk, Telemetry};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::make::{Mint, Wire};
use super::outputs::Bytes;

/// How an operation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Well,
    Failed,
    Panicked,
    Cancelled,
    Unpolled,
}

pub const ENDINGS: [Ending; 5] = [
    Ending::Well,
    Ending::Failed,
    Ending::Panicked,
    Ending::Cancelled,
    Ending::Unpolled,
];

/// The kinds of annotated functions that have content, for [`annotated`].
pub const KINDS: [&str; 7] = [
    "chat",
    "private",
    "agent",
    "tool",
    "later_tool",
    "workflow",
    "retrieval",
];

/// Everything an operation may be given, and may not let out.
pub struct Content {
    pub ending: Ending,
    input: Vec<InputMessage>,
    system: Vec<Part>,
    tools: Vec<ToolDefinition>,
    output: Vec<OutputMessage>,
    arguments: Value,
    result: Value,
    query: String,
    documents: Vec<Document>,
    error: String,
    /// The canaries of `input`, `system` and `tools`, `output`, arguments, result, query, documents.
    pub canaries: [Vec<Vec<String>>; 7],
}

impl Content {
    pub fn new(mint: &mut Mint, ending: Ending) -> Self {
        let (input, in_input) = mint.during(Mint::input);
        let ((system, tools), around) = mint.during(|m| (vec![m.part(), m.part()], m.tools()));
        let (output, in_output) = mint.during(Mint::output);
        let (arguments, in_arguments) = mint.during(Mint::json);
        let (result, in_result) = mint.during(Mint::json);
        let (query, in_query) = mint.during(Mint::canary);
        let (documents, in_documents) = mint.during(Mint::documents);
        Self {
            ending,
            input,
            system,
            tools,
            output,
            arguments,
            result,
            query,
            documents,
            error: mint.canary(),
            canaries: [
                in_input,
                around,
                in_output,
                in_arguments,
                in_result,
                in_query,
                in_documents,
            ],
        }
    }

    fn end<T>(&self, value: T) -> Result<T, Failure> {
        match self.ending {
            Ending::Failed => Err(Failure(self.error.clone())),
            Ending::Panicked => std::panic::resume_unwind(Box::new(self.error.clone())),
            _ => Ok(value),
        }
    }

    async fn later<T>(&self, run: &dyn Fn(), value: T) -> Result<T, Failure> {
        yield_now().await;
        run();
        if self.ending == Ending::Cancelled {
            std::future::pending::<()>().await;
        }
        self.end(value)
    }
}

/// An error that says all it should not.
pub struct Failure(pub String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

async fn yield_now() {
    let mut is_first = true;
    poll_fn(|_| {
        if std::mem::take(&mut is_first) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

/// Polls a few times, then drops.
fn drive<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    (0..times).find_map(|_| future.as_mut().now_or_never())
}

#[genai::chat(provider = openai, model = "m", input = c.input, system = c.system, tools = c.tools, response(|r| input_tokens = 3, output = r))]
async fn chat(c: &Content, run: &dyn Fn()) -> Result<Vec<OutputMessage>, Failure> {
    c.later(run, c.output.clone()).await
}

#[genai::chat(provider = openai, model = "m", input = c.input, system = c.system, tools = c.tools, capture = none, response(|r| output = r))]
async fn private(c: &Content, run: &dyn Fn()) -> Result<Vec<OutputMessage>, Failure> {
    c.later(run, c.output.clone()).await
}

#[genai::agent(provider = openai, name = "a", input = c.input, system = c.system, tools = c.tools, response(|r| output = r))]
async fn agent(c: &Content, run: &dyn Fn()) -> Result<Vec<OutputMessage>, Failure> {
    c.later(run, c.output.clone()).await
}

#[genai::tool(name = "t", arguments = c.arguments, response(|r| result = r))]
fn tool(c: &Content, run: &dyn Fn()) -> Result<Value, Failure> {
    run();
    c.end(c.result.clone())
}

#[genai::tool(name = "t", arguments = c.arguments, response(|r| result = r))]
async fn later_tool(c: &Content, run: &dyn Fn()) -> Result<Value, Failure> {
    c.later(run, c.result.clone()).await
}

#[genai::workflow(name = "w", input = c.input, response(|r| output = r))]
async fn workflow(c: &Content, run: &dyn Fn()) -> Result<Vec<OutputMessage>, Failure> {
    c.later(run, c.output.clone()).await
}

#[genai::retrieval(data_source_id = "d", query = c.query, response(|r| documents = r))]
async fn retrieval(c: &Content, run: &dyn Fn()) -> Result<Vec<Document>, Failure> {
    c.later(run, c.documents.clone()).await
}

#[genai::embeddings(provider = openai, model = "m", response = none)]
async fn embeddings(c: &Content, run: &dyn Fn()) -> Result<String, Failure> {
    c.later(run, c.query.clone()).await
}

#[genai::chat(provider = provider, request = request)]
async fn raw(
    c: &Content,
    provider: &str,
    request: &Value,
    response: Value,
    run: &dyn Fn(),
) -> Result<Value, Failure> {
    c.later(run, response).await
}

#[genai::chat(provider = provider, request = request, stream)]
fn raw_stream(
    provider: &str,
    request: Value,
    items: Vec<Result<Value, Failure>>,
) -> impl Stream<Item = Result<Value, Failure>> + Unpin {
    stream::iter(items)
}

/// Calls the annotated function of a kind, polls what it gives as often as the ending says, and drops it.
pub fn annotated(kind: &str, c: &Content, run: &dyn Fn()) {
    type Call<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
    let future: Call<'_> = match kind {
        "chat" => Box::pin(async { drop(chat(c, run).await) }),
        "private" => Box::pin(async { drop(private(c, run).await) }),
        "agent" => Box::pin(async { drop(agent(c, run).await) }),
        "tool" => Box::pin(async { drop(tool(c, run)) }),
        "later_tool" => Box::pin(async { drop(later_tool(c, run).await) }),
        "workflow" => Box::pin(async { drop(workflow(c, run).await) }),
        "retrieval" => Box::pin(async { drop(retrieval(c, run).await) }),
        _ => Box::pin(async { drop(embeddings(c, run).await) }),
    };
    caught(|| {
        let polls = if c.ending == Ending::Unpolled { 0 } else { 3 };
        let _ = drive(future, polls);
    });
}

fn caught(f: impl FnOnce()) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
}

/// A request and its answer in a provider's JSON, whole and streamed.
pub fn wired(mint: &mut Mint, wire: &Wire, c: &Content, run: &dyn Fn()) {
    let request = mint.fill(&wire.request);
    let response = mint.fill(&wire.response);
    caught(|| drop(drive(raw(c, wire.provider, &request, response, run), 3)));
    let chunks = mint.fill(&wire.chunks);
    let mut items: Vec<_> = chunks
        .as_array()
        .into_iter()
        .flatten()
        .cloned()
        .map(Ok)
        .collect();
    if c.ending == Ending::Failed {
        items.push(Err(Failure(c.error.clone())));
    }
    let read = mint.pick(items.len() + 2);
    let mut stream = raw_stream(wire.provider, request, items);
    for _ in 0..read {
        drop(stream.next().now_or_never());
    }
}

/// Where the `Debug` of public types goes.
pub type Shown = Bytes;

pub fn show(shown: &Shown, value: &dyn std::fmt::Debug) {
    shown.add(format!("{value:?} {value:#?}").as_bytes());
}

/// The same by hand, and `Debug` of all it meets.
pub fn by_hand(t: &Telemetry, c: &Content, shown: &Shown, run: &dyn Fn()) {
    for value in [
        &c.input as &dyn std::fmt::Debug,
        &c.system,
        &c.tools,
        &c.output,
        &c.documents,
    ] {
        show(shown, value);
    }
    let builder = t.chat("openai").model("m");
    show(shown, &builder);
    let mut chat = builder.start();
    chat.input(&c.input).system(&c.system).tools(&c.tools);
    nested(&mut chat, shown, run);
    chat.output(&c.output);
    end(chat, c, shown);

    let mut agent = t.agent("openai").name("a").start();
    agent
        .input(&c.input)
        .system(&c.system)
        .tools(&c.tools)
        .output(&c.output);
    nested(&mut agent, shown, run);
    end(agent, c, shown);

    let mut workflow = t.workflow().name("w").start();
    workflow.input(&c.input).output(&c.output);
    end(workflow, c, shown);

    let mut tool = t.tool("t").start();
    tool.arguments(&c.arguments)
        .result(&Broken(c.error.clone()));
    end(tool, c, shown);
    let mut tool = t.tool("t").start();
    tool.arguments(&Panics(c.error.clone())).result(&c.result);
    end(tool, c, shown);

    let mut retrieval = t.retrieval().data_source_id("d").start();
    retrieval.query(&c.query).documents(&c.documents);
    end(retrieval, c, shown);

    let own = t.span("app.step").start();
    end(own, c, shown);
}

fn nested<K>(running: &mut Invocation<K>, shown: &Shown, run: &dyn Fn()) {
    let inside = running.attach();
    show(shown, &inside);
    run();
    drop(inside);
    let scope = running.scope(async { run() });
    show(shown, &scope);
    drive(scope, 1);
}

/// Ends an operation as its content says, and shows what that meets.
pub fn end<K>(running: Invocation<K>, c: &Content, shown: &Shown) {
    show(shown, &running);
    let record = genai::Failure::new("failed", c.error.clone());
    show(shown, &record);
    match c.ending {
        Ending::Well => running.finish(),
        Ending::Failed => running.fail(record),
        Ending::Unpolled => running.fail(&Failure(c.error.clone())),
        Ending::Panicked => caught(move || {
            let _running = running;
            std::panic::resume_unwind(Box::new(c.error.clone()));
        }),
        Ending::Cancelled => drop(running),
    }
}

/// A value that cannot be serialised, and says why.
struct Broken(String);

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(&self.0))
    }
}

/// A value whose serialisation panics.
struct Panics(String);

impl Serialize for Panics {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        std::panic::panic_any(self.0.clone())
    }
}

/// A chunk of the user's own, which calls every method that takes content.
struct Own(RefCell<Vec<String>>, Shown);

impl Chunk for Own {
    fn record_chunk(&self, stream: &mut Accumulator) {
        let mut texts = self.0.borrow_mut();
        let mut next = || texts.pop().unwrap_or_default();
        stream.model("m-1");
        stream.text(0, &next());
        stream.reasoning(0, &next());
        stream.refusal(0, &next());
        stream.tool_call(0, 0, Some(&next()), Some(&next()), &next());
        stream.part(1, Part::text(next()));
        show(&self.1, stream);
        if next().len() % 2 == 1 {
            std::panic::panic_any(next());
        }
    }
}

/// Streams by hand: of chunks, and of a body's bytes that are cut anywhere.
pub fn streams(t: &Telemetry, mint: &mut Mint, wire: &Wire, c: &Content, shown: &Shown) {
    let own = (0..3).map(|_| {
        Ok(Own(
            RefCell::new((0..9).map(|_| mint.canary()).collect()),
            shown.clone(),
        ))
    });
    let items: Vec<Result<Own, Failure>> = own.chain([Err(Failure(c.error.clone()))]).collect();
    let stream = genai::observe_stream(
        t.chat("openai").model("m").stream().start(),
        stream::iter(items),
    );
    read(stream, mint.pick(6));

    let chunks = mint.fill(&wire.chunks);
    let body: String = chunks
        .as_array()
        .into_iter()
        .flatten()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    let size = 1 + mint.pick(64);
    let pieces: Vec<Vec<u8>> = body.into_bytes().chunks(size).map(<[u8]>::to_vec).collect();
    let mut bytes = genai::ByteAccumulator::new(c.ending == Ending::Well);
    for piece in &pieces {
        bytes.feed(piece);
        show(shown, &bytes);
    }
    show(shown, &bytes.end());
    let count = pieces.len();
    let items: Vec<Result<Vec<u8>, Failure>> = pieces.into_iter().map(Ok).collect();
    let chat = t.chat(wire.provider).model("m").stream().start();
    let stream = genai::observe_bytes(chat, stream::iter(items));
    show(shown, &stream);
    read(stream, mint.pick(count + 2));
}

fn read(stream: impl Stream, items: usize) {
    let mut stream = pin!(stream);
    for _ in 0..items {
        drop(stream.next().now_or_never());
    }
}
