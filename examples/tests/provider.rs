//! The embedded provider over real sockets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use genai_examples::provider::Server;
use serde_json::{Value, json};

/// One connection to a server, used for several requests.
struct Client(TcpStream);

struct Answer {
    status: u16,
    head: String,
    body: String,
    /// The chunks of a streamed body.
    chunks: Vec<String>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The payloads of server-sent events.
    fn events(&self) -> Vec<Value> {
        let data = self
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }
}

impl Client {
    fn new(server: &Server) -> Self {
        Client(TcpStream::connect(server.address()).unwrap())
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(
            "POST",
            path,
            "authorization: Bearer k\r\nx-api-key: k\r\n",
            &body.to_string(),
        )
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        self.raw(&format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ))
    }

    fn raw(&mut self, request: &str) -> Answer {
        self.0.write_all(request.as_bytes()).unwrap();
        let head = self.until("\r\n\r\n");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut chunks = Vec::new();
        let body = match length {
            Some(length) => self.exactly(length.parse().unwrap()),
            None => {
                assert!(head.contains("transfer-encoding: chunked"));
                loop {
                    let size = self.until("\r\n");
                    let chunk = self.exactly(usize::from_str_radix(size.trim(), 16).unwrap());
                    assert_eq!(self.exactly(2), "\r\n");
                    if chunk.is_empty() {
                        break chunks.concat();
                    }
                    chunks.push(chunk);
                }
            }
        };
        Answer {
            status,
            head,
            body,
            chunks,
        }
    }

    fn until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            text += &self.exactly(1);
        }
        text
    }

    fn exactly(&mut self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.0.read_exact(&mut buffer).unwrap();
        String::from_utf8(buffer).unwrap()
    }
}

fn ask(model: &str, text: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": text}]})
}

fn weather_tool() -> Value {
    json!([{"type": "function", "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
    }}])
}

const CHAT: &str = "/v1/chat/completions";

#[test]
fn a_chat_is_answered_the_same_each_time_on_one_connection() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let first = client.post(CHAT, &ask("gpt-4o-mini", "What is the capital of France?"));
    let second = client.post(CHAT, &ask("gpt-4o-mini", "What is the capital of France?"));
    assert_eq!((first.status, &first.body), (200, &second.body));
    let body = first.json();
    assert_eq!(body["model"], "gpt-4o-mini-2024-07-18");
    assert_eq!(
        body["choices"][0]["message"]["content"],
        "The capital of France is Paris."
    );
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    let tokens = |name: &str| body["usage"][name].as_u64().unwrap();
    assert!(tokens("prompt_tokens") > 0 && tokens("completion_tokens") > 0);
    assert_eq!(
        tokens("total_tokens"),
        tokens("prompt_tokens") + tokens("completion_tokens")
    );
    let other = client.post(CHAT, &ask("gpt-4o-mini", "Hello"));
    assert_ne!(other.json()["id"], body["id"]);
}

#[test]
fn a_tool_is_called_and_its_result_repeated() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let mut request = ask("gpt-5", "What is the weather in Oslo?");
    request["tools"] = weather_tool();
    let body = client.post(CHAT, &request).json();
    let choice = &body["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["function"]["name"], "get_weather");
    let arguments: Value =
        serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({"location": "Oslo"}));

    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(choice["message"].clone());
    messages
        .push(json!({"role": "tool", "tool_call_id": call["id"], "content": "4 degrees and rain"}));
    let body = client.post(CHAT, &request).json();
    assert_eq!(
        body["choices"][0]["message"]["content"],
        "The tool says: 4 degrees and rain."
    );
}

#[test]
fn choices_and_limits() {
    let server = Server::start().unwrap();
    let mut request = ask("gpt-4o", "Hello");
    request["n"] = 2.into();
    request["max_tokens"] = 3.into();
    let body = Client::new(&server).post(CHAT, &request).json();
    assert_eq!(body["choices"].as_array().unwrap().len(), 2);
    assert_eq!(body["choices"][1]["finish_reason"], "length");
    assert_eq!(body["usage"]["completion_tokens"], 6);
}

#[test]
fn a_stream_comes_in_pieces_and_its_usage_only_when_asked_for() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let mut request = ask("gpt-4o-mini", "What is the capital of France?");
    request["stream"] = true.into();
    let plain = client.post(CHAT, &request);
    assert!(plain.head.contains("content-type: text/event-stream"));
    assert!(plain.chunks.len() > 4 && plain.body.ends_with("data: [DONE]\n\n"));
    assert!(
        plain
            .events()
            .iter()
            .all(|event| event.get("usage").is_none())
    );

    request["stream_options"] = json!({"include_usage": true});
    let events = client.post(CHAT, &request).events();
    let text: String = events
        .iter()
        .filter_map(|e| e["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "The capital of France is Paris.");
    let (last, before) = events.split_last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert!(last["usage"]["completion_tokens"].as_u64().unwrap() > 0);
    assert!(before.iter().all(|event| event["usage"].is_null()));
    assert_eq!(
        before.last().unwrap()["choices"][0]["finish_reason"],
        "stop"
    );

    request["messages"][0]["content"] = "Weather in Rome?".into();
    request["tools"] = weather_tool();
    let events = client.post(CHAT, &request).events();
    let arguments: String = events
        .iter()
        .filter_map(|e| e["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str())
        .collect();
    assert_eq!(
        serde_json::from_str::<Value>(&arguments).unwrap(),
        json!({"location": "Rome"})
    );
}

#[test]
fn mistakes_get_the_real_error_bodies() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let unknown = client.post(CHAT, &ask("gpt-nope", "Hello"));
    assert_eq!(unknown.status, 404);
    assert_eq!(
        unknown.json(),
        json!({"error": {
            "message": "The model `gpt-nope` does not exist or you do not have access to it.",
            "type": "invalid_request_error", "param": null, "code": "model_not_found",
        }})
    );
    assert_eq!(
        client
            .post(CHAT, &ask("text-embedding-3-small", "Hello"))
            .status,
        404
    );
    let missing = client.post(CHAT, &json!({"model": "gpt-5"}));
    assert_eq!(
        (missing.status, missing.json()["error"]["param"].as_str()),
        (400, Some("messages"))
    );
    let key = "authorization: Bearer k\r\n";
    for (method, path, headers, body, status) in [
        ("POST", CHAT, key, "{not json", 400),
        ("POST", CHAT, key, "[]", 400),
        ("POST", CHAT, key, "{}", 400),
        ("POST", CHAT, key, r#"{"model":"gpt-5","messages":[]}"#, 400),
        (
            "POST",
            CHAT,
            key,
            r#"{"model":"gpt-5","messages":[3]}"#,
            400,
        ),
        ("POST", CHAT, "", r#"{"model":"gpt-5"}"#, 401),
        ("GET", CHAT, key, "", 405),
        ("POST", "/v1/nowhere", key, "{}", 404),
        ("GET", "/v1/models", key, "", 200),
    ] {
        let answer = client.send(method, path, headers, body);
        assert_eq!(answer.status, status, "{method} {path} {body}");
        assert!(status == 200 || answer.json()["error"]["message"].is_string());
    }
}

#[test]
fn what_is_no_http_ends_only_its_connection() {
    let server = Server::start().unwrap();
    const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\n";
    for (garbage, answer) in [
        ("\r\n\r\n", ""),
        ("GET\r\n\r\n", REFUSED),
        (
            "POST / HTTP/1.1\r\ncontent-length: 99999999999999\r\n\r\n",
            "",
        ),
        ("\u{0}\u{1}", REFUSED),
    ] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(garbage.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = String::new();
        let _ = stream.read_to_string(&mut rest);
        let first = rest.split_inclusive('\n').next().unwrap_or_default();
        assert_eq!(first, answer, "{garbage}");
    }
    assert_eq!(
        Client::new(&server)
            .post(CHAT, &ask("gpt-5", "Hello"))
            .status,
        200
    );
}

#[test]
fn a_body_in_chunks_is_read() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let body = ask("gpt-5", "Hello").to_string();
    let (head, tail) = body.split_at(10);
    let request = format!(
        "POST {CHAT} HTTP/1.1\r\nauthorization: Bearer k\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n",
        head.len(),
        tail.len(),
    );
    assert_eq!(client.raw(&request).status, 200);
    assert_eq!(client.raw(&request).status, 200);
}

#[test]
fn embeddings_are_unit_vectors_that_know_words() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let inputs = json!(["the cat sat", "the cat slept", "quantum flux"]);
    let body = client
        .post(
            "/v1/embeddings",
            &json!({"model": "text-embedding-3-small", "input": inputs}),
        )
        .json();
    assert_eq!(
        body["usage"]["prompt_tokens"],
        body["usage"]["total_tokens"]
    );
    let vectors: Vec<Vec<f64>> = (0..3)
        .map(|i| serde_json::from_value(body["data"][i]["embedding"].clone()).unwrap())
        .collect();
    let dot = |a: usize, b: usize| {
        vectors[a]
            .iter()
            .zip(&vectors[b])
            .map(|(x, y)| x * y)
            .sum::<f64>()
    };
    assert_eq!(vectors[0].len(), 1536);
    assert!((dot(0, 0) - 1.0).abs() < 1e-5);
    assert!(dot(0, 1) > dot(0, 2));

    let request = json!({"model": "text-embedding-3-small", "input": "a", "dimensions": 2, "encoding_format": "base64"});
    let body = client.post("/v1/embeddings", &request).json();
    assert_eq!(
        body["data"][0]["embedding"].as_str().unwrap().len(),
        12,
        "eight bytes"
    );
    for wrong in [json!(""), json!([]), json!(null), json!({"a": 1})] {
        let answer = client.post(
            "/v1/embeddings",
            &json!({"model": "text-embedding-3-small", "input": wrong}),
        );
        assert_eq!(answer.status, 400, "{wrong}");
    }
    assert_eq!(
        client
            .post("/v1/embeddings", &json!({"model": "gpt-5", "input": "a"}))
            .status,
        404
    );
}

#[test]
fn anthropics_wire() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let mut request = ask("claude-sonnet-4-5", "What is the weather in Oslo?");
    request["max_tokens"] = 100.into();
    request["tools"] = json!([{"name": "weather", "input_schema": {"properties": {"city": {}}}}]);
    let body = client.post("/v1/messages", &request).json();
    assert_eq!(body["stop_reason"], "tool_use");
    assert_eq!(body["content"][0]["input"], json!({"city": "Oslo"}));
    request["messages"].as_array_mut().unwrap().extend([
        json!({"role": "assistant", "content": body["content"]}),
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": body["content"][0]["id"], "content": "rain"}]}),
    ]);
    request["stream"] = true.into();
    let events = client.post("/v1/messages", &request).events();
    let text: String = events
        .iter()
        .filter_map(|e| e["delta"]["text"].as_str())
        .collect();
    assert_eq!(text, "The tool says: rain.");
    assert_eq!(
        (&events[0]["type"], &events.last().unwrap()["type"]),
        (&json!("message_start"), &json!("message_stop"))
    );
    assert!(
        events[0]["message"]["usage"]["input_tokens"]
            .as_u64()
            .unwrap()
            > 0
    );

    let unknown = client.post("/v1/messages", &json!({"model": "claude-nope"}));
    assert_eq!(
        (unknown.status, unknown.json()["error"]["type"].as_str()),
        (404, Some("not_found_error"))
    );
    assert_eq!(client.send("POST", "/v1/messages", "", "{}").status, 401);
}

#[test]
fn geminis_wire() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let path = |action: &str| format!("/v1beta/models/gemini-2.5-flash:{action}");
    let request = json!({"contents": [{"role": "user", "parts": [{"text": "What is the capital of France?"}]}]});
    let body = client.post(&path("generateContent"), &request).json();
    assert_eq!(
        body["candidates"][0]["content"]["parts"][0]["text"],
        "The capital of France is Paris."
    );
    assert_eq!(body["candidates"][0]["finishReason"], "STOP");
    let events = client
        .post(&path("streamGenerateContent?alt=sse"), &request)
        .events();
    let text: String = events
        .iter()
        .filter_map(|e| e["candidates"][0]["content"]["parts"][0]["text"].as_str())
        .collect();
    assert_eq!(text, "The capital of France is Paris.");
    assert_eq!(
        events.last().unwrap()["usageMetadata"],
        body["usageMetadata"]
    );
    let list = client.post(&path("streamGenerateContent"), &request).json();
    assert_eq!(list.as_array().unwrap(), &events);
    let unknown = client.post("/v1beta/models/gemini-nope:generateContent", &request);
    assert_eq!(
        (unknown.status, unknown.json()["error"]["status"].as_str()),
        (404, Some("NOT_FOUND"))
    );
}

#[test]
fn ollamas_wire() {
    let server = Server::start().unwrap();
    let mut client = Client::new(&server);
    let mut request = ask("llama3.2:latest", "What is the capital of France?");
    let streamed = client.post("/api/chat", &request);
    let lines: Vec<Value> = streamed
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let text: String = lines
        .iter()
        .filter_map(|line| line["message"]["content"].as_str())
        .collect();
    assert_eq!(text, "The capital of France is Paris.");
    assert_eq!(lines.last().unwrap()["done"], true);
    request["stream"] = false.into();
    let body = client.post("/api/chat", &request).json();
    assert_eq!(body["eval_count"], lines.last().unwrap()["eval_count"]);
    let embedded = client
        .post(
            "/api/embed",
            &json!({"model": "nomic-embed-text", "input": "a"}),
        )
        .json();
    assert_eq!(embedded["embeddings"][0].as_array().unwrap().len(), 768);
    assert_eq!(client.post("/api/chat", &ask("nope", "x")).status, 404);
}

#[test]
fn it_stops_when_dropped() {
    let server = Server::start().unwrap();
    let address = server.address();
    let mut client = Client::new(&server);
    assert_eq!(client.post(CHAT, &ask("gpt-5", "Hello")).status, 200);
    drop(server);
    let mut rest = Vec::new();
    assert_eq!(client.0.read_to_end(&mut rest).unwrap_or(0), 0);
    assert!(TcpStream::connect(address).is_err());
}
