//! Operations of every kind, by attributes and by hand, that end in every way: the same list for each version.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use futures::stream::{self, Stream, StreamExt as _};
use genai::message::{Document, OutputMessage, Part, ToolDefinition, assistant, user};
use genai::{Accumulator, Chunk, GenAiContext, keys};
use serde_json::{Value, json};

type Run = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Debug)]
struct Refused(u16);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider answered {}", self.0)
    }
}

impl std::error::Error for Refused {}

impl genai::ErrorType for Refused {
    fn error_type(&self) -> std::borrow::Cow<'_, str> {
        self.0.to_string().into()
    }
}

type Answer<T = String> = Result<T, Refused>;

async fn later<T>(value: T) -> T {
    tokio::task::yield_now().await;
    value
}

fn weather() -> ToolDefinition {
    ToolDefinition::function("get_weather").parameters(json!({"type": "object"}))
}

#[genai::chat(provider = openai, model = model, input = user(prompt), system = "be brief", tools = [weather()],
    response(|r| id = "r-1", model = "m-2", input_tokens = 7, output_tokens = 9, finish_reasons = "stop", output = r))]
async fn chat(model: &str, prompt: &str) -> Answer {
    if prompt == "fail" {
        return Err(Refused(429));
    }
    Ok(later(format!("said {prompt}")).await)
}

#[genai::chat(provider = anthropic, model = "m", temperature = 0.5, top_p = 0.25, top_k = 3.0, max_tokens = 100,
    frequency_penalty = 1.5, presence_penalty = -1.5, seed = 42, choice_count = 2, stop_sequences = ["a", "b"],
    server.address = "api.example.com", server.port = 8443, conversation_id = "c-own",
    properties(user.id = "alice", tier = 3), attributes(app.flag = true, app.ratio = 0.5, app.count = 4, app.list = ["x", "y"]),
    metric_attributes(app.region = "eu"), response = none)]
async fn everything() -> Answer {
    Ok(later(String::new()).await)
}

#[genai::chat(provider = openai, model = "m", capture = none, input = user("secret"), response(|r| output = r))]
async fn private() -> Answer {
    Ok(later("secret".to_owned()).await)
}

#[genai::chat(provider = openai, model = "m", operation = "text_completion", span_name = "own name", response = none)]
fn completion() -> Answer {
    Ok(String::new())
}

#[genai::chat(provider = openai, model = "m", error(|e| type = e.0.to_string()), response = none)]
fn failing() -> Answer {
    Err(Refused(503))
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn boxed() -> Result<String, Box<dyn std::error::Error>> {
    Err("no class".into())
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn panicking() -> Answer {
    later(()).await;
    std::panic::resume_unwind(Box::new("gone"))
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn pending() -> Answer {
    later(()).await;
    std::future::pending().await
}

#[genai::chat(provider = provider, request = request)]
async fn wire(provider: &str, request: &Value, response: Value) -> Answer<Value> {
    Ok(later(response).await)
}

#[genai::chat(provider = provider, request = request, stream)]
fn wire_stream(provider: &str, request: &Value, items: Vec<Answer<Value>>) -> impl Stream<Item = Answer<Value>> + Unpin + use<> {
    stream::iter(items)
}

struct Token(&'static str);

impl Chunk for Token {
    fn record_chunk(&self, answer: &mut Accumulator) {
        answer.model("m-2");
        answer.text(0, self.0);
        answer.output_tokens(3);
    }
}

#[genai::chat(provider = openai, model = "m", input = user("hi"), stream)]
fn tokens(items: Vec<Answer<Token>>) -> impl Stream<Item = Answer<Token>> + Unpin {
    stream::iter(items)
}

#[genai::chat(provider = openai, model = "m", stream, chunk_timing = false)]
fn untimed(items: Vec<Answer<Token>>) -> impl Stream<Item = Answer<Token>> + Unpin {
    stream::iter(items)
}

#[genai::embeddings(provider = openai, model = "e", encoding_formats = "float", response(|r| input_tokens = 3, dimension_count = r.len()))]
async fn embed() -> Answer<Vec<f64>> {
    Ok(later(vec![0.5, 0.25]).await)
}

#[genai::embeddings(provider = openai, model = "e", response = none)]
fn embed_failing() -> Answer<Vec<f64>> {
    Err(Refused(400))
}

#[genai::agent(provider = openai, name = "planner", id = "a-1", description = "plans", version = "2", model = "m",
    input = user(task), response(|r| output = r))]
async fn agent(task: &str) -> Answer {
    let found = search("rust").await?;
    let answer = chat("gpt-5", task).await;
    let tool = tool("Paris", found.len())?;
    answer.map(|answer| format!("{answer} {tool}"))
}

#[genai::agent(provider = openai, name = "remote", remote, server.address = "agents.example.com", response(|_r| input_tokens = 1, output_tokens = 2))]
async fn remote_agent() -> Answer {
    Ok(later(String::new()).await)
}

#[genai::agent(provider = openai, name = "made", operation = "create_agent", response(|r| id = r))]
fn create_agent() -> Answer {
    Ok("a-2".to_owned())
}

#[genai::tool(name = "get_weather", call_id = "call-1", type = "function", description = "the weather",
    arguments = json!({"city": city, "days": days}), response(|r| result = json!({"text": r})))]
fn tool(city: &str, days: usize) -> Answer {
    if city.is_empty() { Err(Refused(404)) } else { Ok(format!("sunny in {city} for {days}")) }
}

#[genai::tool]
async fn plain_tool() -> String {
    later("done".to_owned()).await
}

#[genai::workflow(name = "greet", input = user("hi"), response(|r| output = r))]
async fn workflow() -> Answer {
    chat("gpt-5", "one").await?;
    chat("gpt-5", "two").await
}

#[genai::retrieval(data_source_id = "docs", provider = openai, model = "e", top_k = 2.0, query = text, response(|r| documents = r))]
async fn search(text: &str) -> Answer<Vec<Document>> {
    Ok(later(vec![Document::new("d-1", 1.0), Document::new("d-2", 0.5)]).await)
}

#[genai::span(name = "app.step", attributes(app.step = 2))]
async fn step() -> Answer {
    chat("gpt-5", "in a step").await
}

#[genai::context(conversation_id = id, properties(user.id = "bob", roles = ["a", "b"], admin = true))]
async fn handle(id: &str) -> Answer {
    chat("gpt-5", "in a conversation").await?;
    agent("in a conversation").await
}

#[genai::context(conversation_id = "c-stream")]
fn handle_stream() -> impl Stream<Item = Answer<Token>> + Unpin {
    tokens(vec![Ok(Token("in ")), Ok(Token("a stream"))])
}

/// The same call, seen twice.
#[genai::chat(provider = openai, model = "outer", response = none)]
async fn twice() -> Answer {
    chat("inner", "nested").await
}

#[genai::chat(provider = openai, model = "m", response = none)]
async fn by_current() -> Answer {
    let answer = later("said".to_owned()).await;
    genai::current()
        .input(&user("late"))
        .output(&answer)
        .set(keys::GEN_AI_RESPONSE_ID, "r-late")
        .set(keys::GEN_AI_USAGE_INPUT_TOKENS, 11)
        .attribute("app.late", 1)
        .metric_attribute("app.label", "x")
        .property("user.id", "carol");
    Ok(answer)
}

#[genai::agent(provider = openai, name = "sets")]
async fn sets_context() -> Answer {
    genai::set_context(GenAiContext::current().conversation_id("c-inside").property("k", 2.5));
    later(()).await;
    chat("gpt-5", "after it was set").await
}

fn openai() -> (Value, Value) {
    (
        json!({"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}], "max_completion_tokens": 50, "n": 2}),
        json!({"id": "c-1", "object": "chat.completion", "model": "gpt-5-2", "service_tier": "default",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 2}}}),
    )
}

fn anthropic() -> (Value, Value) {
    (
        json!({"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}),
        json!({"id": "m-1", "type": "message", "role": "assistant", "model": "claude-2", "stop_reason": "tool_use",
            "content": [{"type": "tool_use", "id": "t-1", "name": "get", "input": {"a": [1, 2.5, null, {"b": true}]}}],
            "usage": {"input_tokens": 5, "output_tokens": 6, "cache_read_input_tokens": 1, "cache_creation_input_tokens": 2}}),
    )
}

fn gemini() -> (Value, Value) {
    (
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "generationConfig": {"temperature": 0.1}}),
        json!({"responseId": "g-1", "modelVersion": "gemini-2", "candidates": [{"finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": "hello"}]}}],
            "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 3, "thoughtsTokenCount": 1}}),
    )
}

fn ollama() -> (Value, Value) {
    (
        json!({"model": "llama", "messages": [{"role": "user", "content": "hi"}], "options": {"num_predict": 5}}),
        json!({"model": "llama", "created_at": "2025-01-01T00:00:00Z", "message": {"role": "assistant", "content": "hello"},
            "done": true, "done_reason": "stop", "prompt_eval_count": 8, "eval_count": 9}),
    )
}

fn chunks(texts: &[&str]) -> Vec<Answer<Value>> {
    let chunk = |text: &&str| {
        Ok(json!({"id": "c-1", "object": "chat.completion.chunk", "model": "gpt-5-2", "choices": [{"index": 0, "delta": {"content": text}}]}))
    };
    let end = json!({"id": "c-1", "object": "chat.completion.chunk", "model": "gpt-5-2",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "length"}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}});
    texts.iter().map(chunk).chain([Ok(end)]).collect()
}

async fn read<S: Stream + Unpin>(mut stream: S, items: usize) {
    for _ in 0..items {
        if stream.next().await.is_none() {
            break;
        }
    }
}

const ALL: usize = 1000;

async fn cancelled<F: Future>(future: F) {
    let mut future = std::pin::pin!(future);
    for _ in 0..3 {
        assert!(futures::poll!(future.as_mut()).is_pending());
    }
}

fn by_hand(model: &str) -> genai::invocation::Invocation<genai::invocation::Chat> {
    genai::chat("openai").model(model).temperature(0.5).property("user.id", "dave").start()
}

/// The list.
pub fn all() -> Vec<(&'static str, Run)> {
    thread_local!(static LIST: RefCell<Vec<(&'static str, Run)>> = const { RefCell::new(Vec::new()) });
    fn add<F: Future<Output = ()> + 'static>(name: &'static str, run: F) {
        LIST.with_borrow_mut(|all| all.push((name, Box::pin(run))));
    }
    add("chat", async { drop(chat("gpt-5", "hello").await) });
    add("chat, failed", async { drop(chat("gpt-5", "fail").await) });
    add("chat, empty model", async { drop(chat("", "").await) });
    add("chat, text of many bytes", async { drop(chat("gpt-5", &"äöü€𐍈 ".repeat(500)).await) });
    add("chat with everything", async { drop(everything().await) });
    add("chat, private", async { drop(private().await) });
    add("text completion", async { drop(completion()) });
    add("chat, classified error", async { drop(failing()) });
    add("chat, boxed error", async { drop(boxed()) });
    add("chat, panicked", async {
        let run = std::panic::AssertUnwindSafe(panicking());
        drop(futures::FutureExt::catch_unwind(run).await);
    });
    add("chat, cancelled", cancelled(pending()));
    add("chat, never polled", async { drop(pending()) });
    for (name, provider, of) in [
        ("openai", "openai", openai as fn() -> (Value, Value)),
        ("anthropic", "anthropic", anthropic),
        ("gemini", "gcp.gemini", gemini),
        ("ollama", "ollama", ollama),
    ] {
        add(name, async move {
            let (request, response) = of();
            drop(wire(provider, &request, response).await);
        });
    }
    add("unknown format", async { drop(wire("other", &json!({"a": 1}), json!([1, 2])).await) });
    add("stream", async { read(wire_stream("openai", &openai().0, chunks(&["a", "b", "c"])), ALL).await });
    add("stream, dropped early", async { read(wire_stream("openai", &openai().0, chunks(&["a", "b"])), 1).await });
    add("stream, never read", async { drop(wire_stream("openai", &openai().0, chunks(&["a"]))) });
    add("stream, failed", async {
        let mut items = chunks(&["a"]);
        items.push(Err(Refused(500)));
        read(wire_stream("openai", &openai().0, items), ALL).await;
    });
    add("stream of its own chunks", async { read(tokens(vec![Ok(Token("Hel")), Ok(Token("lo"))]), ALL).await });
    add("stream of its own chunks, failed", async { read(tokens(vec![Ok(Token("Hel")), Err(Refused(502))]), ALL).await });
    add("stream without chunk timing", async { read(untimed(vec![Ok(Token("x")), Ok(Token("y"))]), ALL).await });
    add("stream, empty", async { read(tokens(vec![]), ALL).await });
    add("stream of bytes", async {
        let body: String = chunks(&["a", "b"]).into_iter().map(|chunk| format!("data: {}\n\n", chunk.unwrap())).collect();
        let pieces: Vec<Answer<Vec<u8>>> = body.as_bytes().chunks(17).map(|piece| Ok(piece.to_vec())).collect();
        let chat = genai::chat("openai").model("m").stream().start();
        read(genai::observe_bytes(chat, stream::iter(pieces)), ALL).await;
    });
    add("stream by hand", async {
        let chat = genai::chat("openai").model("m").stream().start();
        read(genai::observe_stream(chat, stream::iter(vec![Ok(Token("x")), Err(Refused(1))])), ALL).await;
    });
    add("embeddings", async { drop(embed().await) });
    add("embeddings, failed", async { drop(embed_failing()) });
    add("agent with what is below it", async { drop(agent("plan").await) });
    add("agent, failed below", async { drop(agent("fail").await) });
    add("agent, remote", async { drop(remote_agent().await) });
    add("agent, created", async { drop(create_agent()) });
    add("tool", async { drop(tool("Paris", 3)) });
    add("tool, failed", async { drop(tool("", 3)) });
    add("tool without entries", async { drop(plain_tool().await) });
    add("workflow", async { drop(workflow().await) });
    add("retrieval", async { drop(search("rust").await) });
    add("step of its own", async { drop(step().await) });
    add("conversation", async { drop(handle("c-1").await) });
    add("conversation, hidden", async { drop(handle("").await) });
    add("conversation over a stream", async { read(handle_stream(), ALL).await });
    add("conversation, set inside", async { drop(sets_context().await) });
    add("conversation by hand", async {
        let context = GenAiContext::new().conversation_id("c-hand").property("n", 1);
        drop(context.clone().scope(chat("gpt-5", "scoped")).await);
        let _scope = context.attach();
        drop(completion());
    });
    add("the same call twice", async { drop(twice().await) });
    add("by current()", async { drop(by_current().await) });
    add("by hand, finished", async {
        let mut chat = by_hand("m-1");
        chat.input(&user("hi")).output("text").input_tokens(1).output_tokens(2).id("r-2");
        chat.scope(async { drop(tool("Rome", 1)) }).await;
        chat.finish();
    });
    add("by hand, failed", async { by_hand("m-2").fail(&Refused(418)) });
    add("by hand, failed with a record", async { by_hand("m-3").fail(genai::Failure::new("timeout", "too late")) });
    add("by hand, dropped", async { drop(by_hand("m-4")) });
    add("by hand, messages of every kind", async {
        let mut chat = by_hand("m-5");
        let parts = vec![
            Part::text("t"),
            Part::Reasoning { content: "r".into() },
            Part::ToolCall { id: None, name: "n".into(), arguments: Some(json!({"k": [1.5, "s", false, null]})) },
            Part::ToolCallResponse { id: Some("i".into()), response: json!("out") },
        ];
        chat.input(&vec![user("a"), assistant("b")]);
        chat.output(&vec![OutputMessage::new("assistant").parts(parts).finish_reason("stop")]);
        chat.finish();
    });
    add("by hand, in an agent by hand", async {
        let mut agent = genai::agent("openai").name("hand").start();
        {
            let _inside = agent.attach();
            by_hand("m-6").finish();
        }
        agent.finish();
    });
    add("metrics of its own", async {
        let counter = genai::metrics::counter("app.refusals").unit("{refusal}").build().unwrap();
        counter.add(2, &[newest::KeyValue::new("app.why", "tired")]);
        let histogram = genai::metrics::histogram("app.score").description("how good").boundaries([1.0, 5.0]).build().unwrap();
        histogram.record(3.5, &[]);
    });
    LIST.take()
}
