//! More ways by which content comes in: bytes in every framing, requests of MCP, evaluations, tries, and the words that are recorded
//! after the redactor saw them.

use std::convert::Infallible;

use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _};
use genai::mcp::Transport;
use genai::{Evaluation, Telemetry};
use serde_json::{Map, Value, json};

use super::make::{Mint, Wire};
use super::ops::{Content, Ending, Failure, end, show};
use super::outputs::Bytes;
use crate::recordings::replay::frame;

/// An answer of a provider that refuses, in words of which none may leave.
fn refusal(mint: &mut Mint) -> Value {
    let template = [
        json!({"error": {"message": "$", "type": "invalid_request_error", "param": "$"}}),
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "$"}, "request_id": "r-1"}),
        json!({"error": {"code": 400, "message": "$", "status": "INVALID_ARGUMENT", "details": [{"$": "$"}]}}),
        json!({"message": "$"}),
        json!({"error": "$"}),
    ];
    let chosen = mint.pick(template.len());
    mint.fill(&template[chosen])
}

/// The events of a stream in one of the framings.
fn framed(events: &[Value], framing: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for event in events {
        match framing {
            0 => bytes.extend(format!("data: {event}\n\n").bytes()),
            1 => bytes.extend(format!("event: message\r\ndata: {event}\r\n\r\n").bytes()),
            2 => bytes.extend(format!("{event}\n").bytes()),
            _ => {
                // Where an event is named by its only field, as in Converse, the frame has the name.
                let only = event.as_object().filter(|fields| fields.len() == 1);
                let (name, inner) = match only.and_then(|fields| fields.iter().next()) {
                    Some((name, inner)) => (name.as_str(), inner),
                    None => ("chunk", event),
                };
                bytes.extend(frame(name, inner.to_string().as_bytes()));
            }
        }
    }
    bytes
}

/// A provider's answer as bytes: streamed in any framing or whole, cut anywhere, with a refusal in it now and then.
pub fn bytes(t: &Telemetry, mint: &mut Mint, wire: &Wire, c: &Content, shown: &Bytes) {
    let (request, response) = (mint.fill(&wire.request), mint.fill(&wire.response));
    let mut events: Vec<Value> = match mint.fill(&wire.chunks) {
        Value::Array(events) => events,
        other => vec![other],
    };
    if mint.chance(4) {
        events.insert(mint.pick(events.len() + 1), refusal(mint));
    }
    let body = match mint.pick(6) {
        4 => response.to_string().into_bytes(),
        5 => refusal(mint).to_string().into_bytes(),
        framing => framed(&events, framing),
    };
    let size = 1 + mint.pick(200);
    let chat = t.chat(wire.provider).model("m").request(&request).stream();
    let mut chat = chat.start();
    match mint.pick(4) {
        0 => {
            for piece in body.chunks(size) {
                chat.bytes(piece);
            }
            end(chat, c, shown);
        }
        1 => {
            for event in &events {
                chat.chunk(event);
            }
            end(chat, c, shown);
        }
        2 => {
            chat.response(&response)
                .response(response.to_string().as_str());
            end(chat, c, shown);
        }
        _ => {
            let pieces: Vec<_> = body
                .chunks(size)
                .map(|piece| Ok::<_, Infallible>(piece.to_vec()))
                .collect();
            let read = mint.pick(pieces.len() + 2);
            let mut stream = std::pin::pin!(genai::observe_bytes(chat, stream::iter(pieces)));
            for _ in 0..read {
                drop(stream.next().now_or_never());
            }
            show(shown, &stream);
        }
    }
}

/// An embedding whose inputs are content.
pub fn embeddings(t: &Telemetry, mint: &mut Mint, c: &Content, shown: &Bytes) {
    let request = mint.fill(&json!({"model": "m", "input": ["$", "$"], "user": "$", "$": "$"}));
    let response = mint.fill(&json!({"model": "m-1", "data": [{"embedding": [0.5], "$": "$"}], "usage": {"prompt_tokens": 3}}));
    let mut call = t.embeddings("openai").model("m").request(&request).start();
    call.response(&response);
    end(call, c, shown);
}

/// A request of MCP on both sides.
pub fn mcp(t: &Telemetry, mint: &mut Mint, c: &Content, shown: &Bytes) {
    let secret = |mint: &mut Mint, rest: &str| {
        let (user, query) = (mint.word(), mint.word());
        format!("https://{user}:{user}@tools.example.com/{rest}?{query}={query}#{query}")
    };
    let method = [
        "tools/call",
        "prompts/get",
        "resources/read",
        "sampling/createMessage",
    ][mint.pick(4)];
    let mut meta: Map<String, Value> = Map::from_iter([
        (mint.canary(), mint.json()),
        ("progressToken".to_owned(), json!(mint.canary())),
    ]);
    let address = secret(mint, "mcp");
    let mut sent = t
        .mcp_client(method)
        .request_id(1)
        .transport(Transport::Http);
    sent = sent.server_address(&address).protocol_version("2025-11-25");
    let mut served = t
        .mcp_server(method)
        .request_id("1")
        .transport(Transport::Stdio);
    match method {
        "tools/call" => (sent, served) = (sent.tool("t"), served.tool("t")),
        "prompts/get" => (sent, served) = (sent.prompt("p"), served.prompt("p")),
        "resources/read" => {
            let uri = secret(mint, "notes");
            (sent, served) = (sent.resource(&uri), served.resource(&uri));
        }
        _ => {}
    }
    show(shown, &sent);
    let mut sent = sent.start();
    sent.inject(&mut meta);
    let mut served = served.meta(&meta).client_address("10.0.0.7").start();
    served.arguments(&mint.json()).result(&mint.json());
    sent.arguments(&mint.canary()).result(&mint.json());
    match (c.ending, mint.pick(2)) {
        (Ending::Failed, 0) => served.rpc_error(-32_602, mint.canary()),
        (Ending::Failed, _) => served.tool_error(),
        _ => end(served, c, shown),
    }
    match mint.pick(2) {
        0 => sent.rpc_error(-32_000, mint.canary()),
        _ => end(sent, c, shown),
    }
}

/// A call that is tried again, and evaluated when it is over.
pub fn evaluated(t: &Telemetry, mint: &mut Mint, c: &Content, shown: &Bytes) {
    let mut chat = t.chat("openai").model("m").start();
    let seen = chat.span_ref();
    show(shown, &seen);
    let attached = chat.attach();
    for _ in 0..2 {
        let failed: Result<(), _> = genai::attempt_sync(|| Err(Failure(mint.canary())));
        drop(failed);
    }
    drop(attached);
    chat.output(&mint.output());
    end(chat, c, shown);

    let evaluation = Evaluation::new("relevance")
        .score(0.5)
        .explanation(mint.canary())
        .llm("judge");
    show(shown, &evaluation);
    evaluation.emit_to(t, &seen);
    Evaluation::new("relevance")
        .explanation(mint.canary())
        .error(&Failure(mint.canary()))
        .emit_to(t, &seen);
    let thumbs = genai::feedback(&seen, "thumbs", mint.chance(2))
        .human()
        .comment(mint.canary());
    show(shown, &thumbs);
    thumbs.emit_to(t);
}

/// Words that are recorded whatever is switched on: only for a redactor that takes the canaries out of them.
pub fn words(t: &Telemetry, mint: &mut Mint, c: &Content, shown: &Bytes) {
    let request = mint.fill(&json!({"model": "m", "stop": ["$", "$"], "messages": []}));
    let chat = t.chat("openai").model("m").request(&request);
    end(chat.start(), c, shown);
    let stop = [mint.canary(), mint.canary()];
    end(
        t.chat("openai").model("n").stop_sequences(&stop).start(),
        c,
        shown,
    );
    end(
        t.agent("openai")
            .name("a")
            .description(mint.canary())
            .start(),
        c,
        shown,
    );
    end(t.tool("t").description(mint.canary()).start(), c, shown);
}
