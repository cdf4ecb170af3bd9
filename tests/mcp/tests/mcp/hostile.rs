//! Messages that no decent peer sends: whatever stands in `_meta`, in ids and in errors, an observed side answers as a bare one does,
//! does not panic, and records no more than a bound.

use std::time::Duration;

use genai::mcp::{observe, observe_client, observe_handler, observe_transport};
use genai::testing::{Harness, Span};
use genai_mcp_tests::{Client, Era, Server, served, soon};
use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _};
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::service::RoleClient;
use rmcp::transport::IntoTransport;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

/// What a text of 10 MB is recorded as is no longer than this.
const LONGEST: usize = 1024;
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

fn long() -> String {
    "n".repeat(10_000_000)
}

/// Ids as JSON.
fn ids() -> Vec<String> {
    let mut ids: Vec<String> = [
        "0",
        "-1",
        "1.5",
        "-0.0",
        "1e400",
        "9223372036854775808",
        "18446744073709551616",
        "null",
        "true",
        "[]",
        "[1]",
        "{}",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
    ]
    .map(str::to_owned)
    .into();
    ids.push(json!(long()).to_string());
    ids
}

/// Values of `_meta` as JSON.
fn metas() -> Vec<String> {
    let mut values: Vec<String> = [
        "null",
        "7",
        "1.5",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"\\ud800\"",
        "\"\\ufffd\\u0000\"",
        "\"00-0-0-0\"",
    ]
    .map(str::to_owned)
    .into();
    values.push(json!("n".repeat(100_000)).to_string());
    values.push(json!(vec![PARENT; 3]).to_string());
    let mut metas: Vec<String> = values.clone();
    for key in [
        "traceparent",
        "tracestate",
        "baggage",
        "progressToken",
        "io.modelcontextprotocol/protocolVersion",
    ] {
        metas.extend(values.iter().map(|value| format!("{{\"{key}\": {value}}}")));
    }
    metas.push(json!({"traceparent": long()}).to_string());
    // A long key, and many keys.
    metas.push(json!({"n".repeat(100_000): 1}).to_string());
    let many: serde_json::Map<String, Value> = (0..20_000)
        .map(|at| (at.to_string(), json!(PARENT)))
        .collect();
    metas.push(Value::Object(many).to_string());
    metas
}

fn call(id: &str, meta: &str) -> String {
    format!(
        r#"{{"jsonrpc": "2.0", "id": {id}, "method": "tools/call", "params": {{"name": "get_weather", "arguments": {{}}, "_meta": {meta}}}}}"#
    )
}

/// Sends lines and reads lines until the other end has nothing more to say.
async fn talk(here: DuplexStream, lines: &[String]) -> Vec<String> {
    let (reading, mut writing) = tokio::io::split(here);
    let lines = lines.to_vec();
    let sending = tokio::spawn(async move {
        for line in lines {
            // The other end may have closed.
            if writing
                .write_all(format!("{line}\n").as_bytes())
                .await
                .is_err()
            {
                break;
            }
        }
        writing
    });
    let mut said = Vec::new();
    let mut reading = BufReader::new(reading).lines();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), reading.next_line());
        match next.await.expect("it says something") {
            Ok(Some(line)) => {
                let is_end = line.contains("the-end");
                said.push(line);
                if is_end {
                    break;
                }
            }
            _ => break,
        }
    }
    drop(sending);
    said
}

/// What a server answers to a message, between a handshake and a ping.
async fn answered(message: &str, by: &str) -> Vec<String> {
    let (here, _) = match by {
        "bare" => served(Server::default()),
        "handler" => served(observe_handler(Server::default())),
        _ => served(observe(Server::default())),
    };
    let lines = [
        r#"{"jsonrpc": "2.0", "id": "first", "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}"#.to_owned(),
        r#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#.to_owned(),
        message.to_owned(),
        r#"{"jsonrpc": "2.0", "id": "the-end", "method": "ping"}"#.to_owned(),
    ];
    let mut said = talk(here, &lines).await;
    // Requests are handled side by side.
    said.sort();
    said
}

fn is_bounded(span: &Span) {
    assert!(span.name.len() <= 2 * LONGEST, "{}", span.name.len());
    for (key, value) in &span.attributes.0 {
        assert!(value.as_str().len() <= LONGEST, "{key}");
    }
    assert!(span.error_description().len() <= LONGEST);
    assert!(span.links.len() <= 1);
}

#[tokio::test]
async fn a_server_answers_hostile_messages_as_a_bare_one() {
    let h = Harness::install();
    let messages: Vec<String> = (ids().iter().map(|id| call(id, "{}")))
        .chain(metas().iter().map(|meta| call("7", meta)))
        .collect();
    let mut count = 0;
    for message in messages {
        let start: String = message.chars().take(200).collect();
        let bare = answered(&message, "bare").await;
        for by in ["service", "handler"] {
            h.clear();
            assert!(answered(&message, by).await == bare, "{by} {start}");
            for span in h.spans() {
                is_bounded(&span);
                // Nothing there names a parent.
                assert_eq!(span.parent_span_id, None, "{by} {start}");
                count += usize::from(span.name.starts_with("tools/call"));
            }
            for metric in h.metrics() {
                let labels = (metric.points.iter()).flat_map(|point| point.attributes.0.values());
                assert!(
                    labels
                        .into_iter()
                        .all(|label| label.as_str().len() <= LONGEST)
                );
            }
        }
    }
    // Those that rmcp reads were recorded.
    assert!(count > 100, "{count}");
}

#[tokio::test]
async fn what_is_current_stays_the_parent_of_hostile_messages() {
    let h = Harness::install();
    let tracer = h.tracer_provider().tracer("http");
    let around = Context::current_with_span(tracer.start("POST /mcp"));
    let parent = around.span().span_context().span_id();
    for meta in metas() {
        let Ok(Value::Object(meta)) = serde_json::from_str(&meta) else {
            continue;
        };
        h.clear();
        let _around = around.clone().attach();
        genai::mcp::server("ping").meta(&meta).start().finish();
        assert_eq!(h.span("ping").parent_span_id, Some(parent));
        assert!(h.span("ping").links.is_empty());
    }
}

/// Answers of a server to a call, where `ID` stands for its id.
fn answers() -> Vec<String> {
    let mut errors: Vec<String> = [
        r#"{"code": -32602, "message": "no"}"#,
        r#"{"code": 0, "message": ""}"#,
        r#"{"code": 2147483647, "message": "m"}"#,
        r#"{"code": 2147483648, "message": "m"}"#,
        r#"{"code": 99999999999999999999, "message": "m"}"#,
        r#"{"code": -32602.5, "message": "m"}"#,
        r#"{"code": "-32602", "message": "m"}"#,
        r#"{"code": null, "message": "m"}"#,
        r#"{"code": -32602}"#,
        r#"{"message": "m"}"#,
        r#"{"code": -32602, "message": null}"#,
        r#"{"code": -32602, "message": 7}"#,
        r#"{"code": -32602, "message": "\ud800"}"#,
        r#"{"code": -32602, "message": "\u0000\ufffd\u202e"}"#,
        r#"{"code": -32602, "message": "m", "data": [[[[[[1]]]]]]}"#,
        "{}",
        "[]",
        "null",
        "7",
        "\"m\"",
    ]
    .map(str::to_owned)
    .into();
    errors.push(json!({"code": -32603, "message": long()}).to_string());
    errors.push(json!({"code": -32603, "message": "m", "data": long()}).to_string());
    errors.push(json!({"code": -32603, "message": "\u{e9}".repeat(5_000_000)}).to_string());
    let results = [
        r#"{"content": [], "isError": "yes"}"#.to_owned(),
        r#"{"content": 7}"#.to_owned(),
        r#"{"content": [], "isError": true, "_meta": 7}"#.to_owned(),
        "{}".to_owned(),
        r#"{"_meta": {"a": 1}}"#.to_owned(),
        r#"{"_meta": {"a": 1}, "b": 2}"#.to_owned(),
        r#"{"resultType": "complete"}"#.to_owned(),
        r#"{"tools": []}"#.to_owned(),
        "null".to_owned(),
        json!({"content": [{"type": "text", "text": long()}]}).to_string(),
    ];
    let errors = errors
        .into_iter()
        .map(|error| format!(r#""id": ID, "error": {error}"#));
    let results = results
        .into_iter()
        .map(|result| format!(r#""id": ID, "result": {result}"#));
    let ids = ids()
        .into_iter()
        .map(|id| format!(r#""id": {id}, "error": {{"code": 1, "message": "m"}}"#));
    errors.chain(results).chain(ids).collect()
}

/// A server that gives this answer to every call.
async fn serve(there: DuplexStream, answer: String) {
    let (reading, mut writing) = tokio::io::split(there);
    let mut reading = BufReader::new(reading).lines();
    while let Ok(Some(line)) = reading.next_line().await {
        let asked: Value = serde_json::from_str(&line).expect("JSON");
        let answer = match asked["method"].as_str() {
            Some("initialize") => format!(
                r#""id": {}, "result": {{"protocolVersion": "2025-11-25", "capabilities": {{}}, "serverInfo": {{"name": "s", "version": "1"}}}}"#,
                asked["id"]
            ),
            Some("tools/call") => {
                // Where that is no answer, another one is.
                let id = asked["id"].to_string();
                let end = format!(r#""id": {id}, "error": {{"code": -1, "message": "the end"}}"#);
                format!(
                    "{}}}\n{{\"jsonrpc\": \"2.0\", {end}",
                    answer.replace("ID", &id)
                )
            }
            _ => continue,
        };
        let line = format!("{{\"jsonrpc\": \"2.0\", {answer}}}\n");
        if writing.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
}

/// What a client makes of an answer.
async fn understood(answer: &str, by: &str) -> String {
    let (here, there) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(serve(there, answer.to_owned()));
    let params = CallToolRequestParams::new("get_weather");
    let understood = match by {
        "bare" => {
            let client = soon(Client.serve(here)).await.expect("a client");
            soon(client.call_tool(params)).await
        }
        "transport" => {
            let transport = IntoTransport::<RoleClient, _, _>::into_transport(here);
            let client = soon(Client.serve(observe_transport(transport))).await;
            let client = client.expect("a client");
            let understood = soon(client.call_tool(params)).await;
            let _ = soon(client.cancel()).await;
            understood
        }
        _ => {
            let client = observe_client(soon(Client.serve(here)).await.expect("a client"));
            soon(client.call_tool(params)).await
        }
    };
    serving.abort();
    format!("{understood:?}")
}

#[tokio::test]
async fn a_client_takes_hostile_answers_as_a_bare_one() {
    let h = Harness::install();
    for answer in answers() {
        let start: String = answer.chars().take(120).collect();
        let bare = understood(&answer, "bare").await;
        for by in ["client", "transport"] {
            h.clear();
            assert!(understood(&answer, by).await == bare, "{by} {start}");
            let spans = h.spans();
            let of_call: Vec<_> = spans
                .iter()
                .filter(|span| span.name == "tools/call get_weather")
                .collect();
            assert_eq!(of_call.len(), 1, "{by} {start}");
            let span = of_call[0];
            is_bounded(span);
            assert_eq!(span.kind, SpanKind::Client);
            let is_success = bare.starts_with("Ok(") && !bare.contains("is_error: Some(true)");
            assert_eq!(span.is_error(), !is_success, "{by} {start} {bare:.200}");
            let class = span.str("error.type").unwrap_or_default();
            assert!(class.len() < 40, "{class}");
        }
    }
}

#[tokio::test]
async fn both_eras_are_answered_after_hostile_messages() {
    // A client that is decent finds the server as it was.
    for era in Era::BOTH {
        let h = Harness::install();
        let (here, _) = served(observe(Server::default()));
        let client = genai_mcp_tests::connected_to(here, era).await;
        for id in 0..3 {
            let mut params = CallToolRequestParams::new("get_weather");
            let mut meta = rmcp::model::RequestMetaObject::new();
            meta.0.0.insert("traceparent".to_owned(), json!(id));
            meta.0.0.insert("tracestate".to_owned(), json!(long()));
            rmcp::model::RequestParamsMeta::set_meta(&mut params, meta);
            soon(client.running().peer().call_tool(params))
                .await
                .expect("an answer");
        }
        let calls = h
            .spans()
            .into_iter()
            .filter(|span| span.name == "tools/call get_weather");
        assert_eq!(calls.count(), 3);
    }
}
