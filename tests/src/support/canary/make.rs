//! Content that is recognised wherever it turns up: every string holds a canary of its own.

use base64::Engine as _;
use genai::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use serde_json::{Map, Value, json};

/// What every canary starts with.
pub const CORE: &str = "kanarie";

/// Makes canaries and chances, the same ones for the same seed.
pub struct Mint {
    state: u64,
    next: u64,
    /// Texts of which the first stands for the canary, and the others for its encoded forms.
    pub made: Vec<Vec<String>>,
}

impl Mint {
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed | 1,
            next: 0,
            made: Vec::new(),
        }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % end
    }

    /// One of so many.
    pub fn pick(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }

    pub fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    /// A text that no other is like, with a letter that JSON escapes and one that is no ASCII.
    pub fn canary(&mut self) -> String {
        self.next += 1;
        let text = format!("{CORE}{:012}", self.next);
        self.made.push(vec![text.clone()]);
        format!("{text}\"é\n")
    }

    /// The same of letters and digits alone, for URLs.
    pub fn word(&mut self) -> String {
        let mut text = self.canary();
        text.retain(|c| c.is_ascii_alphanumeric());
        text
    }

    /// As [`canary`](Self::canary), for bytes: base64 is a form of them.
    fn blob(&mut self) -> Vec<u8> {
        let bytes = format!("{}{}", "x".repeat(self.pick(3)), self.canary()).into_bytes();
        let encoded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        self.made.last_mut().unwrap().push(encoded);
        bytes
    }

    /// The canaries made by `f`.
    pub fn during<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> (T, Vec<Vec<String>>) {
        let before = std::mem::take(&mut self.made);
        let value = f(self);
        let made = std::mem::replace(&mut self.made, before);
        (value, made)
    }

    /// JSON whose strings and keys are canaries.
    pub fn json(&mut self) -> Value {
        match self.below(4) {
            0 => json!(self.canary()),
            1 => json!({ self.canary(): [self.canary(), 1, null] }),
            2 => json!({"city": self.canary(), "deep": {"er": {"still": self.canary()}}}),
            _ => json!([{"a": self.canary()}, self.canary()]),
        }
    }

    fn fields(&mut self) -> Map<String, Value> {
        Map::from_iter([
            (self.canary(), self.json()),
            ("more".to_owned(), self.json()),
        ])
    }

    pub fn part(&mut self) -> Part {
        match self.below(12) {
            0 => Part::reasoning(self.canary()),
            1 => Part::tool_call(self.canary(), self.canary(), self.json()),
            2 => Part::tool_response(self.canary(), self.json()),
            3 => Part::server_tool_call(self.canary(), self.canary(), self.json()),
            4 => Part::server_tool_response(self.canary(), self.json()),
            5 => Part::blob("image/png", self.blob()),
            6 => Part::uri("image", format!("https://{}/x?y=1", self.canary())),
            7 => Part::file("document", self.canary()),
            8 => Part::other("compaction", self.fields()),
            _ => Part::text(self.canary()),
        }
    }

    fn parts(&mut self) -> Vec<Part> {
        (0..=self.below(3)).map(|_| self.part()).collect()
    }

    pub fn input(&mut self) -> Vec<InputMessage> {
        let one = |mint: &mut Self| {
            let role = ["user", "assistant", "tool"][mint.pick(3)];
            let message = InputMessage::new(role).parts(mint.parts());
            if mint.chance(4) {
                message.name(mint.canary())
            } else {
                message
            }
        };
        (0..=self.below(3)).map(|_| one(self)).collect()
    }

    pub fn output(&mut self) -> Vec<OutputMessage> {
        let one = |mint: &mut Self| {
            let message = OutputMessage::new("assistant").parts(mint.parts());
            let message = if mint.chance(2) {
                message.finish_reason("stop")
            } else {
                message
            };
            if mint.chance(4) {
                message.name(mint.canary())
            } else {
                message
            }
        };
        (0..=self.below(2)).map(|_| one(self)).collect()
    }

    pub fn tools(&mut self) -> Vec<ToolDefinition> {
        let schema = json!({"type": "object", "description": self.canary(), "properties": {"unit": {"enum": [self.canary()], "default": self.canary()}}});
        vec![
            ToolDefinition::function(self.canary())
                .description(self.canary())
                .parameters(schema),
            ToolDefinition::other("web_search", self.canary()),
        ]
    }

    pub fn documents(&mut self) -> Vec<Document> {
        (0..=self.below(3))
            .map(|_| Document::new(self.canary(), 0.5).field("content", self.json()))
            .collect()
    }

    /// The template with a canary for every `"$"`.
    pub fn fill(&mut self, template: &Value) -> Value {
        match template {
            Value::String(text) if text == "$" => Value::String(self.canary()),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                let filled = fields.iter().map(|(key, value)| {
                    let key = if key == "$" {
                        self.canary()
                    } else {
                        key.clone()
                    };
                    (key, self.fill(value))
                });
                Value::Object(filled.collect())
            }
            other => other.clone(),
        }
    }
}

/// A provider's request, answer and chunks; `"$"` stands for content, and for what no attribute may hold.
pub struct Wire {
    pub provider: &'static str,
    pub request: Value,
    pub response: Value,
    pub chunks: Value,
}

/// One per format.
pub fn wires() -> Vec<Wire> {
    vec![
        Wire {
            provider: "openai",
            request: json!({
                "model": "m", "temperature": 0.5, "user": "$", "metadata": {"$": "$"}, "api_key": "$", "safety_identifier": "$",
                "prompt_cache_key": "$", "logit_bias": {"$": 1}, "extra_body": {"$": "$"},
                "messages": [
                    {"role": "system", "content": "$"},
                    {"role": "user", "name": "$", "content": [{"type": "text", "text": "$"}, {"type": "image_url", "image_url": {"url": "$"}},
                        {"type": "input_audio", "input_audio": {"data": "$", "format": "wav"}}, {"type": "file", "file": {"file_data": "$", "filename": "$"}}]},
                    {"role": "assistant", "content": null, "tool_calls": [{"id": "$", "type": "function", "function": {"name": "$", "arguments": "$"}}]},
                    {"role": "tool", "tool_call_id": "$", "content": "$"}],
                "tools": [{"type": "function", "function": {"name": "$", "description": "$", "parameters": {"properties": {"$": {"enum": ["$"]}}}}}],
                "tool_choice": {"type": "function", "function": {"name": "$"}},
                "response_format": {"type": "json_schema", "json_schema": {"name": "$", "schema": {"description": "$"}}}}),
            response: json!({
                "id": "r-1", "model": "m-1", "object": "chat.completion", "usage": {"prompt_tokens": 3, "completion_tokens": 4}, "unknown": "$",
                "choices": [{"index": 0, "finish_reason": "stop", "logprobs": {"content": [{"token": "$"}]}, "message": {"role": "assistant",
                    "content": "$", "refusal": "$", "reasoning_content": "$", "annotations": ["$"],
                    "tool_calls": [{"id": "$", "type": "function", "function": {"name": "$", "arguments": "{\"a\": \"kanarie\"}"}}]}}]}),
            chunks: json!([
                {"id": "r-1", "model": "m-1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "$"}}]},
                {"choices": [{"index": 0, "delta": {"reasoning_content": "$", "tool_calls": [{"index": 0, "id": "$", "function": {"name": "$", "arguments": "$"}}]}}]},
                {"choices": [{"index": 0, "delta": {"refusal": "$"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}]),
        },
        Wire {
            provider: "openai",
            request: json!({
                "model": "m", "instructions": "$", "input": [{"role": "user", "content": [{"type": "input_text", "text": "$"}, {"type": "input_image", "image_url": "$"}]},
                    {"type": "function_call_output", "call_id": "$", "output": "$"}],
                "tools": [{"type": "function", "name": "$", "description": "$", "parameters": {"description": "$"}}], "metadata": {"$": "$"}, "prompt": {"variables": {"$": "$"}}}),
            response: json!({
                "id": "r-1", "object": "response", "model": "m-1", "status": "completed", "usage": {"input_tokens": 3, "output_tokens": 4}, "metadata": {"$": "$"},
                "instructions": "$",
                "output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "$"}], "encrypted_content": "$"},
                    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "$"}, {"type": "refusal", "refusal": "$"}]},
                    {"type": "function_call", "call_id": "$", "name": "$", "arguments": "$"}, {"type": "web_search_call", "id": "$", "action": {"query": "$"}}]}),
            chunks: json!([
                {"type": "response.output_text.delta", "output_index": 0, "delta": "$"},
                {"type": "response.function_call_arguments.delta", "output_index": 1, "item_id": "$", "delta": "$"},
                {"type": "response.completed", "response": {"id": "r-1", "object": "response", "model": "m-1", "status": "completed",
                    "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "$"}]}]}}]),
        },
        Wire {
            provider: "anthropic",
            request: json!({
                "model": "m", "max_tokens": 100, "system": [{"type": "text", "text": "$"}], "metadata": {"user_id": "$"},
                "messages": [{"role": "user", "content": [{"type": "text", "text": "$"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "$"}},
                        {"type": "document", "title": "$", "context": "$", "source": {"type": "text", "data": "$"}}]},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "$", "name": "$", "input": {"$": "$"}}, {"type": "thinking", "thinking": "$", "signature": "$"}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "$", "content": [{"type": "text", "text": "$"}]}]}],
                "tools": [{"name": "$", "description": "$", "input_schema": {"description": "$"}}]}),
            response: json!({
                "id": "r-1", "type": "message", "role": "assistant", "model": "m-1", "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 4},
                "stop_sequence": "$",
                "content": [{"type": "thinking", "thinking": "$", "signature": "$"}, {"type": "text", "text": "$", "citations": [{"cited_text": "$"}]},
                    {"type": "tool_use", "id": "$", "name": "$", "input": {"$": "$"}}, {"type": "server_tool_use", "id": "$", "name": "$", "input": {"query": "$"}}]}),
            chunks: json!([
                {"type": "message_start", "message": {"id": "r-1", "type": "message", "role": "assistant", "model": "m-1", "usage": {"input_tokens": 3, "output_tokens": 1}}},
                {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "$"}},
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "$"}},
                {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "$", "name": "$", "input": {}}},
                {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "$"}},
                {"type": "content_block_delta", "index": 2, "delta": {"type": "thinking_delta", "thinking": "$"}},
                {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": "$"}, "usage": {"output_tokens": 4}}]),
        },
        Wire {
            provider: "gcp.gemini",
            request: json!({
                "systemInstruction": {"parts": [{"text": "$"}]}, "cachedContent": "$", "labels": {"$": "$"}, "generationConfig": {"temperature": 0.5, "responseSchema": {"description": "$"}},
                "contents": [{"role": "user", "parts": [{"text": "$"}, {"inlineData": {"mimeType": "image/png", "data": "$"}}, {"fileData": {"mimeType": "image/png", "fileUri": "$"}},
                    {"functionResponse": {"name": "$", "response": {"$": "$"}}}]}],
                "tools": [{"functionDeclarations": [{"name": "$", "description": "$", "parameters": {"description": "$"}}]}]}),
            response: json!({
                "responseId": "r-1", "modelVersion": "m-1", "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}, "promptFeedback": {"blockReasonMessage": "$"},
                "candidates": [{"finishReason": "STOP", "finishMessage": "$", "content": {"role": "model", "parts": [{"text": "$"}, {"text": "$", "thought": true, "thoughtSignature": "$"},
                    {"functionCall": {"name": "$", "args": {"$": "$"}}}, {"executableCode": {"language": "PYTHON", "code": "$"}}]}}]}),
            chunks: json!([
                {"responseId": "r-1", "candidates": [{"content": {"role": "model", "parts": [{"text": "$"}]}}]},
                {"candidates": [{"finishReason": "STOP", "content": {"parts": [{"functionCall": {"name": "$", "args": {"$": "$"}}}]}}], "usageMetadata": {"promptTokenCount": 3}}]),
        },
        Wire {
            provider: "aws.bedrock",
            request: json!({
                "modelId": "m", "system": [{"text": "$"}], "inferenceConfig": {"maxTokens": 10}, "requestMetadata": {"$": "$"}, "additionalModelRequestFields": {"$": "$"},
                "messages": [{"role": "user", "content": [{"text": "$"}, {"document": {"name": "$", "format": "txt", "source": {"bytes": "$"}}},
                    {"toolResult": {"toolUseId": "$", "content": [{"text": "$"}]}}]}],
                "toolConfig": {"tools": [{"toolSpec": {"name": "$", "description": "$", "inputSchema": {"json": {"description": "$"}}}}]}}),
            response: json!({
                "stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 4}, "additionalModelResponseFields": {"$": "$"}, "trace": {"$": "$"},
                "output": {"message": {"role": "assistant", "content": [{"text": "$"}, {"reasoningContent": {"reasoningText": {"text": "$", "signature": "$"}}},
                    {"toolUse": {"toolUseId": "$", "name": "$", "input": {"$": "$"}}}]}}}),
            chunks: json!([
                {"messageStart": {"role": "assistant"}},
                {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "$"}}},
                {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "$", "name": "$"}}}},
                {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "$"}}}},
                {"messageStop": {"stopReason": "end_turn"}}]),
        },
        Wire {
            provider: "ollama",
            request: json!({"model": "m", "messages": [{"role": "system", "content": "$"}, {"role": "user", "content": "$", "images": ["$"]}], "options": {"num_predict": 3},
                "format": {"description": "$"}, "tools": [{"type": "function", "function": {"name": "$", "description": "$", "parameters": {"description": "$"}}}]}),
            response: json!({"model": "m-1", "created_at": "$", "done": true, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 4,
                "message": {"role": "assistant", "content": "$", "thinking": "$", "tool_calls": [{"function": {"name": "$", "arguments": {"$": "$"}}}]}}),
            chunks: json!([{"model": "m-1", "done": false, "message": {"role": "assistant", "content": "$"}}, {"model": "m-1", "done": true, "done_reason": "stop", "message": {"role": "assistant", "content": "$"}}]),
        },
        Wire {
            provider: "cohere",
            request: json!({"model": "m", "preamble": "$", "message": "$", "chat_history": [{"role": "USER", "message": "$"}], "documents": [{"title": "$", "snippet": "$"}], "conversation_id": "c"}),
            response: json!({"generation_id": "r-1", "finish_reason": "COMPLETE", "text": "$", "chat_history": [{"role": "USER", "message": "$"}], "citations": [{"text": "$"}],
                "meta": {"tokens": {"input_tokens": 3, "output_tokens": 4}}}),
            chunks: json!([{"event_type": "text-generation", "text": "$"}, {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"generation_id": "r-1", "text": "$"}}]),
        },
    ]
}
