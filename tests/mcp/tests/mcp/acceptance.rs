//! What has to hold over every transport, in both eras: the same calls in memory, over standard input and output with two processes,
//! and over streamable HTTP.

use std::collections::BTreeSet;
use std::time::Duration;

use genai::mcp::{Observed, ObservedClient, Transport, observe, observe_client};
use genai::testing::Harness;
use genai_mcp_tests::seen::Seen;
use genai_mcp_tests::{CANARY, Client, Era, Server, live, served, soon};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, GetPromptRequestParams, ReadResourceRequestParams,
};
use rmcp::service::{ClientServiceExt as _, ServiceError};
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use serde_json::json;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

const CLIENT: &str = "mcp.client.operation.duration";

/// What the connection runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Memory,
    Stdio,
    Http,
}

type Calls = ObservedClient<Observed<Client>>;

fn params(name: &'static str) -> CallToolRequestParams {
    let arguments = json!({"city": CANARY}).as_object().cloned();
    CallToolRequestParams::new(name).with_arguments(arguments.unwrap_or_default())
}

#[genai::tool]
async fn get_weather(client: &Calls) -> Result<CallToolResult, ServiceError> {
    client.call_tool(params("get_weather")).await
}

/// Makes the calls; the server is done with them when this is over.
async fn make(client: &Calls, era: Era) {
    let mut agent = genai::agent("openai").name("a").start();
    soon(agent.scope(client.call_tool(params("get_weather"))))
        .await
        .expect("an answer");
    if era == Era::Requests {
        soon(agent.scope(client.call_tool(params("asks"))))
            .await
            .expect("an answer");
    }
    agent.finish();
    soon(get_weather(client)).await.expect("an answer");
    soon(client.call_tool(params("fails")))
        .await
        .expect("an answer");
    for code in ["-32602", "-32603", "-32002", "-32021"] {
        soon(client.call_tool(params(code)))
            .await
            .expect_err("an error");
    }
    let prompt = json!({"code": CANARY})
        .as_object()
        .cloned()
        .unwrap_or_default();
    soon(client.get_prompt(GetPromptRequestParams::new("review").with_arguments(prompt)))
        .await
        .expect("a prompt");
    soon(client.read_resource(ReadResourceRequestParams::new("file:///a")))
        .await
        .expect("a resource");
    // A client that is not observed, and sends nonsense.
    let mut hostile = params("thinks");
    let mut meta = rmcp::model::RequestMetaObject::new();
    meta.0
        .0
        .insert("traceparent".to_owned(), json!("0".repeat(1 << 20)));
    meta.0.0.insert("tracestate".to_owned(), json!(7));
    rmcp::model::RequestParamsMeta::set_meta(&mut hostile, meta);
    soon(client.running().peer().call_tool(hostile))
        .await
        .expect("an answer");
    // Given up.
    let stops = client.call_tool(params("stops"));
    assert!(
        tokio::time::timeout(Duration::from_millis(200), stops)
            .await
            .is_err()
    );
    soon(client.list_tools(None)).await.expect("a list");
}

/// The spans of both sides.
async fn recorded(over: Over, era: Era) -> Vec<Seen> {
    let h = Harness::install();
    let file = std::env::temp_dir().join(format!(
        "genai-mcp-acceptance-{}-{}",
        std::process::id(),
        era.version()
    ));
    let ct = CancellationToken::new();
    let client = match over {
        Over::Memory => {
            let (here, _) = served(observe(Server::default()));
            let client = observe(Client).serve_with_lifecycle(here, era.lifecycle());
            observe_client(soon(client).await.expect("a client"))
        }
        Over::Stdio => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_served"));
            command.arg(&file);
            let child = TokioChildProcess::new(command).expect("a child");
            let client = observe(Client).serve_with_lifecycle(child, era.lifecycle());
            observe_client(soon(client).await.expect("a client")).transport(Transport::Stdio)
        }
        Over::Http => {
            let (url, _) = super::http::served(&ct).await;
            let transport = StreamableHttpClientTransport::from_uri(url.clone());
            let client = observe(Client).serve_with_lifecycle(transport, era.lifecycle());
            observe_client(soon(client).await.expect("a client"))
                .transport(Transport::Http)
                .server_address(url)
        }
    };
    make(&client, era).await;
    let _ = soon(client.into_running().cancel()).await;
    ct.cancel();
    let mut seen: Vec<Seen> = h.spans().iter().map(Seen::from).collect();
    if over == Over::Stdio {
        let text = soon(async {
            loop {
                match std::fs::read_to_string(&file) {
                    Ok(text) => break text,
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        });
        let lines = text.await;
        seen.extend(
            lines
                .lines()
                .map(|line| serde_json::from_str::<Seen>(line).expect("a span")),
        );
        let _ = std::fs::remove_file(&file);
    }
    // The live check, of metrics too.
    assert_eq!(live::findings(&h), BTreeSet::new(), "{over:?} {era:?}");
    for span in &seen {
        assert_eq!(
            span.findings,
            Vec::<String>::new(),
            "{over:?} {era:?} {span:?}"
        );
    }
    // The tool has a metric of its own, and the call's.
    let labels = [("gen_ai.operation.name", "execute_tool")];
    let tools = h.point("gen_ai.client.operation.duration", &labels);
    assert_eq!(tools.count, 1, "{over:?} {era:?}");
    let labels = [("gen_ai.tool.name", "get_weather")];
    assert_eq!(h.point(CLIENT, &labels).count, 2, "{over:?} {era:?}");
    assert!(!format!("{seen:?} {:?}", h.metrics()).contains(CANARY));
    seen
}

/// The spans of a name, on one side.
fn of<'a>(seen: &'a [Seen], name: &str, is_server: bool) -> Vec<&'a Seen> {
    let found = seen.iter();
    found
        .filter(|span| span.name == name && span.is_server == is_server)
        .collect()
}

/// The only pair of a name.
fn pair<'a>(seen: &'a [Seen], name: &str) -> [&'a Seen; 2] {
    let (sent, received) = (of(seen, name, false), of(seen, name, true));
    assert_eq!((sent.len(), received.len()), (1, 1), "{name}: {seen:#?}");
    let (sent, received) = (sent[0], received[0]);
    assert_eq!(received.parent.as_deref(), Some(sent.id.as_str()), "{name}");
    assert_eq!(received.trace, sent.trace, "{name}");
    [sent, received]
}

async fn holds(over: Over) {
    for era in Era::BOTH {
        let seen = recorded(over, era).await;
        // One call, two spans, one trace; and one inside its tool.
        let agent = of(&seen, "invoke_agent a", false)[0];
        let tool = of(&seen, "execute_tool get_weather", false)[0];
        let sent = of(&seen, "tools/call get_weather", false);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].parent.as_deref(), Some(agent.id.as_str()));
        let received = of(&seen, "tools/call get_weather", true);
        let parents: Vec<_> = received
            .iter()
            .map(|span| span.parent.as_deref().unwrap_or_default())
            .collect();
        assert_eq!(parents, [&sent[0].id, &tool.id]);
        assert_eq!(tool.get("mcp.method.name"), Some("tools/call"));
        // Which transport, and which session.
        let (transport, protocol) = match over {
            Over::Memory => (None, None),
            Over::Stdio => (Some("pipe"), None),
            Over::Http => (Some("tcp"), Some("http")),
        };
        for span in [sent[0], received[0], tool] {
            assert_eq!(
                span.get("network.transport"),
                transport,
                "{over:?} {span:?}"
            );
            assert_eq!(span.get("network.protocol.name"), protocol);
            assert_eq!(span.get("mcp.protocol.version"), Some(era.version()));
        }
        let has_session = over == Over::Http && era == Era::Sessions;
        assert_eq!(received[0].get("mcp.session.id").is_some(), has_session);
        // Rounds are pairs with ids of their own.
        if era == Era::Requests {
            let (sent, received) = (
                of(&seen, "tools/call asks", false),
                of(&seen, "tools/call asks", true),
            );
            assert_eq!((sent.len(), received.len()), (3, 3), "{over:?}");
            let ids: BTreeSet<_> = received
                .iter()
                .map(|span| span.get("jsonrpc.request.id"))
                .collect();
            assert_eq!(ids.len(), 3);
            for (sent, received) in sent.iter().zip(received) {
                assert_eq!(sent.parent.as_deref(), Some(agent.id.as_str()));
                assert_eq!(received.parent.as_deref(), Some(sent.id.as_str()));
                assert_eq!(received.get("error.type"), None);
            }
        }
        // Errors.
        for span in pair(&seen, "tools/call fails") {
            assert_eq!(span.get("error.type"), Some("tool_error"));
            assert_eq!(span.get("rpc.response.status_code"), None);
            assert_eq!(span.description, "");
        }
        for code in ["-32602", "-32603", "-32002", "-32021"] {
            for span in pair(&seen, &format!("tools/call {code}")) {
                assert_eq!(span.get("error.type"), Some(code));
                assert_eq!(span.get("rpc.response.status_code"), Some(code));
                assert_eq!(span.description, "what went wrong");
            }
        }
        pair(&seen, "prompts/get review");
        pair(&seen, "resources/read");
        // Nonsense is no parent.
        assert_eq!(of(&seen, "tools/call thinks", true)[0].parent, None);
        let given_up = of(&seen, "tools/call stops", false);
        assert_eq!(given_up[0].get("error.type"), Some("cancelled"));
        // The server heard of it, which answers with an error of its own.
        let stopped = of(&seen, "tools/call stops", true);
        assert_eq!(
            stopped[0].get("error.type"),
            Some("-32603"),
            "{over:?} {era:?}"
        );
    }
}

#[tokio::test]
async fn it_holds_in_memory() {
    holds(Over::Memory).await;
}

#[tokio::test]
async fn it_holds_over_standard_input_and_output() {
    holds(Over::Stdio).await;
}

#[tokio::test]
async fn it_holds_over_http() {
    holds(Over::Http).await;
}

#[test]
fn the_live_check_finds_what_deviates() {
    let h = Harness::with(|t| t);
    let call = || h.telemetry().mcp_server("tools/call");
    call().tool("t").start().finish();
    let found = live::findings(&h).into_iter().collect::<Vec<_>>();
    assert_eq!(
        found,
        ["tools/call t (Server): jsonrpc.request.id is missing"]
    );
    h.clear();
    let late = call()
        .tool("t")
        .request_id(1)
        .session_id("s")
        .protocol_version("2026-07-28");
    late.start().finish();
    call().request_id(2).start().finish();
    h.telemetry().mcp_client("prompts/get").start().finish();
    let mut ping = h.telemetry().mcp_client("ping").start();
    ping.attribute("app.key", 1);
    ping.finish();
    let found = live::findings(&h).into_iter().collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            "ping (Client): app.key is not of the conventions",
            "prompts/get (Client): gen_ai.prompt.name is missing",
            "tools/call (Server): gen_ai.tool.name is missing",
            "tools/call t (Server): mcp.session.id is not due",
        ]
    );
}
