//! Bad input of every kind: nothing panics, nothing grows without bound, what is right beside it is still recorded.

use std::collections::BTreeMap;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::diag::rounds;
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::Room;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::wire::capture::capture;
use crate::extract::wire::probe::Probe;
use crate::extract::wire::{ByteAccumulator, Wire};

/// Numbers that are always the same ones.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// One document of each kind, with every field that is read.
pub(super) fn documents() -> Vec<Value> {
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 1}});
    let call = json!({"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    vec![
        json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "t"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
            {"type": "file", "file": {"file_id": "f"}}]}, {"role": "tool", "tool_call_id": "c", "content": "x"},
            {"role": "assistant", "tool_calls": [call]}], "temperature": 0.5, "n": 2, "stop": ["a"], "stream": true,
            "response_format": {"type": "json_object"}, "max_tokens": 3, "seed": 1,
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]}),
        json!({"id": "i", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant",
            "content": "t", "refusal": "r", "reasoning_content": "w", "tool_calls": [call]}}], "usage": usage}),
        json!({"id": "i", "choices": [{"index": 0, "delta": {"content": "t", "tool_calls": [call]}}], "error": null,
            "usage": usage, "x_groq": {"usage": usage}}),
        json!({"model": "m", "input": [{"role": "user", "content": [{"type": "input_text", "text": "t"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "x"}, {"type": "reasoning", "summary": []}],
            "instructions": "s", "text": {"format": {"type": "text"}}, "max_output_tokens": 4}),
        json!({"type": "response.completed", "response": {"id": "i", "object": "response", "status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "t"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}],
            "incomplete_details": {"reason": "max_output_tokens"},
            "usage": {"input_tokens": 1, "input_tokens_details": {"cached_tokens": 1}, "output_tokens": 2}}}),
        json!({"type": "response.output_text.delta", "output_index": 0, "delta": "t"}),
        json!({"anthropic_version": "v", "max_tokens": 1, "system": [{"type": "text", "text": "s"}], "messages": [
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "t"}]},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}]}],
            "tools": [{"name": "f", "input_schema": {}}, {"type": "web_search", "name": "w"}]}),
        json!({"type": "message_start", "message": {"id": "i", "model": "m", "content": [{"type": "text", "text": "t"}],
            "usage": {"input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 1}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{"}}),
        json!({"contents": [{"role": "model", "parts": [{"text": "t", "thought": true}, {"functionCall": {"name": "f",
            "args": {}}}, {"functionResponse": {"name": "f", "response": {}}}, {"inlineData": {"mimeType": "a/b",
            "data": "AA=="}}, {"fileData": {"fileUri": "u"}}]}], "systemInstruction": {"parts": [{"text": "s"}]},
            "generationConfig": {"topK": 3.0, "stopSequences": ["a"], "candidateCount": 2},
            "tools": [{"functionDeclarations": [{"name": "f"}]}]}),
        json!({"candidates": [{"index": 0, "finishReason": 1, "content": {"parts": [{"text": "t"}]}}], "responseId": "i",
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "thoughtsTokenCount": 3}}),
        json!({"inferenceConfig": {"maxTokens": 1, "topP": 1}, "system": [{"text": "s"}], "messages": [{"role": "user",
            "content": [{"text": "t"}, {"toolResult": {"toolUseId": "c", "content": [{"json": {}}]}}, {"toolUse": {"name": "f",
            "input": {}}}, {"image": {"format": "png", "source": {"bytes": "AA=="}}}]}], "toolConfig": {"tools": [{"toolSpec":
            {"name": "f", "inputSchema": {"json": {}}}}]}, "guardrailConfig": {"guardrailIdentifier": "g"}}),
        json!({"output": {"message": {"content": [{"text": "t"}]}}, "stopReason": "end_turn", "metrics": {},
            "usage": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokens": 3}}),
        json!({"contentBlockStart": {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "c", "name": "f"}}}}),
        json!({"inputText": "t", "textGenerationConfig": {"maxTokenCount": 1, "stopSequences": ["a"]}}),
        json!({"results": [{"outputText": "t", "tokenCount": 1, "completionReason": "FINISH"}], "inputTextTokenCount": 1,
            "completions": [{"data": {"text": "t"}, "finishReason": {"reason": "endoftext"}}],
            "amazon-bedrock-invocationMetrics": {"inputTokenCount": 1}}),
        json!({"model": "m", "options": {"num_predict": 1, "stop": ["a"]}, "format": {"type": "object"}, "prompt": "p",
            "images": ["AA=="], "system": "s"}),
        json!({"model": "m", "message": {"content": "t", "thinking": "w", "tool_calls": [call]}, "done": true,
            "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 2}),
        json!({"message": "t", "chat_history": [{"role": "USER", "message": "h"}], "preamble": "s", "k": 1, "p": 0.5}),
        json!({"response_id": "i", "text": "t", "finish_reason": "COMPLETE", "meta": {"billed_units": {"input_tokens": 1.0},
            "tokens": {"output_tokens": 2}, "cached_tokens": 3}}),
        json!({"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": call}}}),
        json!({"error": {"code": "c", "type": "t", "status": "s"}, "__type": "a#b"}),
    ]
}

/// A value of a kind nobody expects there.
pub(super) fn wrong(dice: &mut Dice) -> Value {
    match dice.roll(16) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(4_294_967_296_u64),
        5 => json!(1e308),
        6 => json!(-0.5),
        7 => json!(""),
        8 => json!("\u{0}\u{FFFF}𝄞"),
        9 => json!("x".repeat(5000)),
        10 => json!([]),
        11 => json!({}),
        12 => json!([[[["a", 1, null]]]]),
        13 => json!({"type": {"type": []}, "text": 1, "content": {"content": []}, "index": "i"}),
        14 => json!([null, {}, [], "t", 1]),
        _ => json!("data:;base64,"),
    }
}

/// Puts something wrong somewhere in `value`.
pub(super) fn spoil(value: &mut Value, dice: &mut Dice) {
    let stop = dice.roll(4) == 0;
    match value {
        Value::Object(fields) if !stop && !fields.is_empty() => {
            let at = dice.roll(fields.len());
            if let Some((_, inner)) = fields.iter_mut().nth(at) {
                spoil(inner, dice);
            }
        }
        Value::Array(list) if !stop && !list.is_empty() => {
            let at = dice.roll(list.len());
            spoil(&mut list[at], dice);
        }
        other => *other = wrong(dice),
    }
}

/// Feeds a value to everything that reads values.
pub(super) fn feed(value: &Value, stream: &mut Accumulator) {
    for provider in ["openai", "anthropic", "aws.bedrock", "ollama", "cohere"] {
        let mut op = Probe::new(provider, false, true);
        Request::record_request(value, &mut op.recorder());
        Response::record_response(value, &mut op.recorder());
    }
    Chunk::record_chunk(value, stream);
    Wire::error_type(400, value);
    for claimed in [
        Wire::openai(value),
        Wire::openai_responses(value),
        Wire::anthropic(value),
        Wire::gemini(value),
        Wire::gemini_interactions(value),
        Wire::mistral_conversations(value),
        Wire::bedrock(value),
        Wire::bedrock_invoke(value),
        Wire::ollama(value),
        Wire::cohere(value),
    ] {
        let mut op = Probe::new("", false, true);
        Request::record_request(&claimed, &mut op.recorder());
        Response::record_response(&claimed, &mut op.recorder());
        let mut own = Accumulator::new(true, Room::default());
        Chunk::record_chunk(&claimed, &mut own);
        Chunk::record_chunk(&claimed, &mut own);
        own.finish(&mut op.recorder());
    }
}

#[test]
fn wrong_types_anywhere_do_no_harm() {
    let mut dice = Dice(1);
    for document in documents() {
        let mut stream = Accumulator::new(true, Room::default());
        for _ in 0..rounds(150) {
            let mut spoiled = document.clone();
            for _ in 0..=dice.roll(3) {
                spoil(&mut spoiled, &mut dice);
            }
            feed(&spoiled, &mut stream);
        }
        stream.finish(&mut Probe::new("", false, false).recorder());
    }
}

#[test]
fn a_wrong_field_leaves_the_others_alone() {
    let mut op = Probe::new("", false, true);
    let request = json!({"model": "m", "messages": 7, "temperature": "hot", "max_tokens": [], "stop": {"a": 1}, "top_p": 0.5,
        "n": 1.5, "seed": 1e300, "stream": "yes", "response_format": "json", "tools": {"type": 4}});
    Request::record_request(&request, &mut op.recorder());
    let recorded: BTreeMap<_, _> = op
        .facts()
        .iter()
        .map(|(k, v)| (*k, v.to_string()))
        .collect();
    assert_eq!(
        recorded.into_iter().collect::<Vec<_>>(),
        [
            ("gen_ai.request.model", "m".to_owned()),
            ("gen_ai.request.top_p", "0.5".to_owned()),
            ("openai.api.type", "chat_completions".to_owned()),
        ]
    );
}

#[test]
fn truncated_text_is_read_as_far_as_it_goes() {
    for document in documents() {
        let text = document.to_string();
        for len in 0..text.len() {
            let mut bytes = ByteAccumulator::new(true);
            bytes.feed(&text.as_bytes()[..len]);
            bytes
                .end()
                .finish(&mut Probe::new("", false, false).recorder());
        }
    }
    let mut bytes = ByteAccumulator::new(true);
    bytes.feed(br#"{"id":"i","choices":[],"usage":{"prompt_tokens":4},"model":"trunc"#);
    let mut op = Probe::new("", false, false);
    bytes.end().finish(&mut op.recorder());
    assert!(
        op.facts()
            .iter()
            .any(|(key, _)| *key == "gen_ai.usage.input_tokens")
    );
    assert!(
        op.facts()
            .iter()
            .all(|(key, _)| *key != "gen_ai.response.model")
    );
}

#[test]
fn random_bytes_do_no_harm() {
    let mut dice = Dice(2);
    let syntax: [&[u8]; 12] = [
        b"data: ",
        b"\n\n",
        b"\r",
        b"{\"choices\":[{\"delta\":",
        b"}]}",
        b"\"",
        b"\xff\xfe",
        b"\xe2\x82",
        b"event: error\n",
        b"[",
        b"\0\0\0\x20\0\0\0\x08",
        b"\\u",
    ];
    for round in 0..400 {
        let mut bytes = ByteAccumulator::with_limit(round % 2 == 0, 256);
        for _ in 0..60 {
            let piece = syntax[dice.roll(syntax.len())];
            bytes.feed(piece);
            bytes.feed(&[dice.roll(256) as u8]);
        }
        bytes
            .end()
            .finish(&mut Probe::new("", false, false).recorder());
    }
}

#[test]
fn invalid_utf_8_spoils_its_event_only() {
    let mut bytes = ByteAccumulator::new(true);
    bytes.feed(
        b"data: {\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xff\"}}]}\n\n",
    );
    bytes.feed(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\n\n");
    let mut op = Probe::new("", false, true);
    bytes.end().finish(&mut op.recorder());
    assert_eq!(op.output().len(), 1);
    assert_eq!(op.output()[0].parts.len(), 1);
}

#[test]
fn deep_values_end_somewhere() {
    let mut deep = json!("end");
    for _ in 0..500 {
        deep = json!([deep]);
    }
    feed(
        &json!({"model": "m", "messages": deep, "choices": deep, "usage": deep, "tools": deep}),
        &mut Accumulator::new(true, Room::default()),
    );
    let captured = capture(&deep, 1 << 20)
        .0
        .map(|value| value.to_string())
        .unwrap_or_default();
    assert!(captured.len() < 200, "{}", captured.len());
    let text = format!("{{\"choices\":{}", "[".repeat(100_000));
    let mut bytes = ByteAccumulator::new(true);
    bytes.feed(text.as_bytes());
    bytes
        .end()
        .finish(&mut Probe::new("", false, false).recorder());
}

#[test]
fn content_is_bounded() {
    let mut stream = Accumulator::new(true, Room::default());
    let megabyte = "x".repeat(1 << 20);
    for _ in 0..100 {
        stream.text(0, &megabyte);
        stream.tool_call(1, 0, None, None, &megabyte);
    }
    assert!(stream.kept() <= 66 << 20, "{}", stream.kept());

    let huge = vec!["y".repeat(10 << 20); 10];
    for room in [0, 1, 1 << 10, 15 << 20] {
        let (kept, lost) = capture(&huge, room);
        let kept = kept.map_or(0, |kept| kept.to_string().len());
        assert!(kept <= room + 100, "{kept} of {room}");
        assert!((kept + lost).abs_diff(100 << 20) < 200, "{kept} and {lost}");
    }
}

/// A type whose second field cannot be serialised.
struct Faulty;

impl Serialize for Faulty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        struct Fails;
        impl Serialize for Fails {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(S::Error::custom("no"))
            }
        }
        let mut fields = serializer.serialize_struct("Faulty", 3)?;
        fields.serialize_field("model", "m")?;
        fields.serialize_field("temperature", &Fails)?;
        fields.serialize_field("messages", &Fails)?;
        fields.serialize_field("top_p", &0.1_f32)?;
        fields.end()
    }
}

#[test]
fn a_field_that_cannot_be_serialised_is_left_out() {
    let mut op = Probe::new("", false, true);
    Request::record_request(&Wire::openai(&Faulty), &mut op.recorder());
    let recorded: Vec<String> = op
        .facts()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        recorded,
        [
            "gen_ai.request.model=m",
            "gen_ai.request.top_p=0.1",
            "openai.api.type=chat_completions"
        ]
    );
}

#[test]
fn enums_and_maps_of_clients_are_walked_like_json() {
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Format {
        Type(&'static str),
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Stop {
        Many(Vec<String>),
    }
    #[derive(Serialize)]
    struct Flat {
        model: Option<String>,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, f32>,
        response_format: Format,
        stop: Stop,
        n: u8,
        messages: [(); 0],
    }
    let flat = Flat {
        model: Some("m".to_owned()),
        rest: BTreeMap::from([("temperature", 0.7), ("unknown", 1.0)]),
        response_format: Format::Type("json_schema"),
        stop: Stop::Many(vec!["a".to_owned(), String::new()]),
        n: 3,
        messages: [],
    };
    let mut op = Probe::new("", false, false);
    Request::record_request(&Wire::detect(&flat), &mut op.recorder());
    let mut recorded: Vec<String> = op
        .facts()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    recorded.sort();
    assert_eq!(
        recorded,
        [
            "gen_ai.output.type=json",
            "gen_ai.request.choice.count=3",
            "gen_ai.request.model=m",
            "gen_ai.request.stop_sequences=[\"a\"]",
            "gen_ai.request.temperature=0.7",
            "openai.api.type=chat_completions",
        ]
    );
}

#[test]
fn values_types_and_text_record_the_same() {
    use crate::extract::format::Format;
    use crate::extract::wire::{
        read::{chunk, request, response},
        source::Typed,
    };
    let run = |record: &dyn Fn(Format, &mut Recorder<'_>, &mut Accumulator),
               format: Format,
               content: bool| {
        let mut op = Probe::new("", false, content);
        let mut stream = Accumulator::new(content, Room::default());
        record(format, &mut op.recorder(), &mut stream);
        let output = stream.take_output();
        let mut streamed = Probe::new("", false, content);
        stream.finish(&mut streamed.recorder());
        (op, streamed, output)
    };
    let mut dice = Dice(3);
    for document in documents() {
        for round in 0..rounds(40) {
            let mut value = document.clone();
            if round > 0 {
                spoil(&mut value, &mut dice);
            }
            let text = value.to_string();
            for format in Format::ALL {
                for content in [true, false] {
                    let a = run(
                        &|format, recorder, stream| {
                            request(&value, Some(format), recorder);
                            response(&value, Some(format), recorder);
                            chunk(&value, Some(format), stream);
                        },
                        format,
                        content,
                    );
                    let b = run(
                        &|format, recorder, stream| {
                            request(&Typed(&value), Some(format), recorder);
                            response(&Typed(&value), Some(format), recorder);
                            chunk(&Typed(&value), Some(format), stream);
                        },
                        format,
                        content,
                    );
                    let c = run(
                        &|format, recorder, stream| {
                            request(text.as_bytes(), Some(format), recorder);
                            response(text.as_bytes(), Some(format), recorder);
                            chunk(text.as_bytes(), Some(format), stream);
                        },
                        format,
                        content,
                    );
                    for other in [&b, &c] {
                        assert_eq!(a.2, other.2, "{format:?} {text}");
                        for (one, two) in [(&a.0, &other.0), (&a.1, &other.1)] {
                            assert_eq!(one.facts(), two.facts(), "{format:?} {text}");
                            assert_eq!(one.error(), two.error(), "{format:?} {text}");
                            assert!(
                                one.input() == two.input() && one.system() == two.system(),
                                "{format:?} {text}"
                            );
                            assert!(
                                one.output() == two.output() && one.tools() == two.tools(),
                                "{format:?} {text}"
                            );
                        }
                    }
                }
            }
        }
    }
}
