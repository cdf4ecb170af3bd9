//! Recordings in other words: JSON and streams go in, JSON and streams that mean the same come out.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

/// Numbers that are always the same ones.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// A value whose objects are written in another order.
#[derive(Debug)]
pub struct Shuffled<'a>(pub &'a Value, pub u64);

impl Serialize for Shuffled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, seed) = self;
        match value {
            Value::Object(fields) => {
                let mut keys: Vec<&String> = fields.keys().collect();
                let mut dice = Dice(*seed);
                for at in (1..keys.len()).rev() {
                    keys.swap(at, dice.roll(at + 1));
                }
                let mut map = serializer.serialize_map(Some(keys.len()))?;
                for key in keys {
                    map.serialize_entry(key, &Shuffled(&fields[key], seed.wrapping_add(1)))?;
                }
                map.end()
            }
            Value::Array(list) => {
                serializer.collect_seq(list.iter().map(|element| Shuffled(element, *seed)))
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Fields below which lies data of the user's own, or a kind that its fields name.
const OPAQUE: [&str; 17] = [
    "arguments",
    "args",
    "parameters",
    "input_schema",
    "inputSchema",
    "parametersJsonSchema",
    "parameters_json_schema",
    "parameter_definitions",
    "json",
    "schema",
    "json_schema",
    "format",
    "functionResponse",
    "function_response",
    "logit_bias",
    "tools",
    "toolResult",
];

/// Adds to every object fields that nobody knows, though their content has names that are known.
pub fn with_unknown(value: &mut Value) {
    each_object(value, &mut |fields| {
        let unknown = json!({"id": "no", "model": "no", "content": [{"text": "no"}], "usage": {"prompt_tokens": 1},
            "finish_reason": "no", "error": {"code": "no"}, "choices": [{"index": 0}]});
        fields.insert("x_unknown".to_owned(), unknown);
        fields.insert("a_list".to_owned(), json!([1, "no", {"type": "no"}, null]));
    });
}

/// Calls `change` with every object whose fields the format names, the inner ones first.
fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                // The input of a call is the user's; that of a request is not.
                let of_call = key == "input" && inner.is_object();
                let of_answer = key == "content" && is_answer(inner);
                if !OPAQUE.contains(&key.as_str()) && !of_call && !of_answer {
                    each_object(inner, change);
                }
            }
            change(fields);
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| each_object(inner, change)),
        _ => {}
    }
}

/// Blocks of an answer that is compared as it is, or JSON that was asked for.
fn is_answer(value: &Value) -> bool {
    let of_format = ["parts", "type", "text", "thinking", "role"];
    if let Some(fields) = value.as_object() {
        return !of_format.iter().any(|key| fields.contains_key(*key));
    }
    let is_text = |block: &Value| block.get("text").is_some_and(Value::is_string);
    value
        .as_array()
        .is_some_and(|blocks| blocks.iter().any(Value::is_object) && !blocks.iter().all(is_text))
}

/// Optional fields of each format, which typed clients write as null where they are left out.
const OPTIONAL: [(&str, &[&str]); 7] = [
    (
        "openai.chat",
        &[
            "temperature",
            "top_p",
            "n",
            "stop",
            "seed",
            "max_tokens",
            "max_completion_tokens",
            "stream",
            "response_format",
            "service_tier",
            "tools",
            "functions",
            "usage",
            "error",
            "system_fingerprint",
            "finish_reason",
            "tool_calls",
            "function_call",
            "refusal",
            "reasoning_content",
            "reasoning",
            "audio",
            "name",
            "prompt_tokens_details",
            "completion_tokens_details",
            "cached_tokens",
            "reasoning_tokens",
        ],
    ),
    (
        "openai.responses",
        &[
            "temperature",
            "top_p",
            "max_output_tokens",
            "stream",
            "text",
            "service_tier",
            "conversation",
            "instructions",
            "tools",
            "error",
            "incomplete_details",
            "usage",
            "previous_response_id",
            "input_tokens_details",
            "output_tokens_details",
        ],
    ),
    (
        "anthropic",
        &[
            "temperature",
            "top_p",
            "top_k",
            "stop_sequences",
            "stream",
            "system",
            "tools",
            "stop_reason",
            "stop_sequence",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "citations",
            "cache_control",
        ],
    ),
    (
        "gemini",
        &[
            "systemInstruction",
            "generationConfig",
            "tools",
            "temperature",
            "topP",
            "topK",
            "maxOutputTokens",
            "stopSequences",
            "responseMimeType",
            "finishReason",
            "thoughtsTokenCount",
            "cachedContentTokenCount",
            "thought",
            "functionCall",
            "inlineData",
            "promptFeedback",
        ],
    ),
    (
        "bedrock.converse",
        &[
            "inferenceConfig",
            "system",
            "toolConfig",
            "guardrailConfig",
            "additionalModelRequestFields",
            "temperature",
            "topP",
            "maxTokens",
            "stopSequences",
            "cacheReadInputTokens",
            "cacheWriteInputTokens",
        ],
    ),
    (
        "ollama",
        &[
            "options",
            "format",
            "tools",
            "images",
            "thinking",
            "tool_calls",
            "done_reason",
            "temperature",
            "stop",
            "think",
            "keep_alive",
        ],
    ),
    (
        "cohere",
        &[
            "temperature",
            "p",
            "k",
            "max_tokens",
            "stop_sequences",
            "seed",
            "response_format",
            "tools",
            "preamble",
            "chat_history",
            "tool_plan",
            "tool_calls",
            "finish_reason",
            "cached_tokens",
        ],
    ),
];

/// Adds null for every optional field of the endpoint's format that is not there, wherever there is an object.
pub fn with_nulls(endpoint: &str, value: &mut Value) {
    let wanted = OPTIONAL
        .iter()
        .find(|(format, _)| endpoint.starts_with(format));
    let keys = wanted.map_or(&[][..], |(_, keys)| *keys);
    each_object(value, &mut |fields| {
        for key in keys {
            fields.entry(*key).or_insert(Value::Null);
        }
    });
}

/// The chunks of an OpenAI stream with the usage in a last chunk of its own, a null in all others, and between them what a
/// server may send that says nothing.
pub fn usage_last(chunks: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut last: Option<Value> = None;
    for chunk in chunks {
        let mut chunk = chunk.clone();
        let Some(fields) = chunk.as_object_mut() else {
            continue;
        };
        let usage = fields.insert("usage".to_owned(), Value::Null);
        if let Some(usage) = usage.filter(|usage| !usage.is_null()) {
            let mut own = fields.clone();
            own.insert("choices".to_owned(), json!([]));
            own.insert("usage".to_owned(), usage);
            last = Some(Value::Object(own));
        }
        let nothing = nothing(fields);
        out.push(chunk);
        out.extend(nothing);
    }
    out.extend(last);
    out
}

/// Chunks that say nothing: no choices, an empty delta, an empty text.
fn nothing(fields: &Map<String, Value>) -> Vec<Value> {
    let with = |choices: Value| {
        let mut own = fields.clone();
        own.insert("choices".to_owned(), choices);
        own.remove("x_groq");
        own.remove("error");
        Value::Object(own)
    };
    vec![
        with(json!([])),
        with(json!([{"index": 0, "delta": {}, "finish_reason": null, "logprobs": null}])),
        with(
            json!([{"index": 0, "delta": {"role": "assistant", "content": "", "tool_calls": null}}]),
        ),
        with(
            json!([{"index": 0, "delta": {"content": null, "tool_calls": []}, "finish_reason": ""}]),
        ),
    ]
}

/// The chunks with the final usage in every one of them but smaller.
pub fn usage_everywhere(chunks: &[Value]) -> Vec<Value> {
    let usage = chunks
        .iter()
        .rev()
        .filter_map(|chunk| chunk.get("usage"))
        .find(|usage| usage.is_object());
    let Some(usage) = usage.cloned() else {
        return chunks.to_vec();
    };
    let mut smaller = usage.clone();
    halve(&mut smaller);
    let mut out = chunks.to_vec();
    for chunk in &mut out {
        if let Some(fields) = chunk.as_object_mut() {
            fields.insert("usage".to_owned(), smaller.clone());
        }
    }
    if let Some(fields) = out.last_mut().and_then(Value::as_object_mut) {
        fields.insert("usage".to_owned(), usage);
    }
    out
}

fn halve(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(halve),
        Value::Number(n) => {
            if let Some(n) = n.as_u64() {
                *value = json!(n / 2);
            }
        }
        _ => {}
    }
}

/// The chunks with every piece of text cut into two.
pub fn finer(chunks: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    for chunk in chunks {
        let mut first = chunk.clone();
        match cut_text(&mut first) {
            Some(rest) => out.extend([first, rest]),
            None => out.push(first),
        }
    }
    out
}

/// Leaves the first half of the text of a chunk's only choice; returns a chunk with the rest.
fn cut_text(chunk: &mut Value) -> Option<Value> {
    if chunk["choices"].as_array()?.len() != 1 {
        return None;
    }
    for place in [
        "/choices/0/delta/content",
        "/choices/0/delta/reasoning_content",
    ] {
        let Some(Value::String(text)) = chunk.pointer(place) else {
            continue;
        };
        let middle = text.char_indices().nth(text.chars().count() / 2)?.0;
        let (a, b) = text.split_at(middle);
        let (a, b) = (a.to_owned(), b.to_owned());
        if a.is_empty() {
            return None;
        }
        let mut rest = json!({"choices": [{"index": chunk["choices"][0]["index"], "delta": {}}]});
        let key = place.rsplit('/').next()?;
        rest["choices"][0]["delta"][key] = Value::String(b);
        *chunk.pointer_mut(place)? = Value::String(a);
        // What ends the choice comes after its text.
        let finish = chunk["choices"][0]
            .get_mut("finish_reason")
            .map(Value::take);
        rest["choices"][0]["finish_reason"] = finish.unwrap_or_default();
        return Some(rest);
    }
    None
}
