//! For our own tests: what the wire formats tell, as plain JSON, without an OpenTelemetry SDK in between.
//!
//! In come a request and a response in any of their forms; out come the attributes and the messages.

use opentelemetry::{Array, Value as Attribute};
use serde_json::{Map, Value, json};

use super::ByteAccumulator;
use super::probe::Probe as Inner;
use crate::accumulator::Accumulator;
use crate::message::{Bytes, InputMessage, OutputMessage, Part, ToolDefinition};
use crate::traits::{Chunk, Request, Response};

/// What an operation would have recorded.
#[derive(Debug, Default)]
pub struct Told {
    /// The attributes by name.
    pub attributes: Map<String, Value>,
    /// The messages sent.
    pub input: Value,
    /// The messages received.
    pub output: Value,
    /// The system instructions.
    pub system_instructions: Value,
    /// The tools.
    pub tool_definitions: Value,
    /// The type of an error in the body or the stream.
    pub error: Option<String>,
}

/// An operation under test.
pub struct Probe {
    op: Inner,
    wants_content: bool,
    stream: Option<Accumulator>,
    bytes: Option<ByteAccumulator>,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

impl Probe {
    /// An operation with this provider.
    pub fn new(provider: &str, embeddings: bool, wants_content: bool) -> Self {
        Self {
            op: Inner::new(provider, embeddings, wants_content),
            wants_content,
            stream: None,
            bytes: None,
        }
    }

    /// Records a request.
    pub fn request(&mut self, request: &dyn Request) {
        request.record(&mut self.op.recorder());
    }

    /// Records a response.
    pub fn response(&mut self, response: &dyn Response) {
        response.record(&mut self.op.recorder());
    }

    /// Records a chunk; returns whether it is output.
    pub fn chunk(&mut self, chunk: &dyn Chunk) -> bool {
        let stream = self
            .stream
            .get_or_insert_with(|| Accumulator::new(self.wants_content));
        chunk.record(stream);
        stream.take_output()
    }

    /// Records bytes of a stream; returns whether they completed output.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        self.bytes
            .get_or_insert_with(|| ByteAccumulator::new(self.wants_content))
            .feed(bytes)
    }

    /// Ends the operation.
    pub fn end(mut self) -> Told {
        for stream in [
            self.stream.take(),
            self.bytes.take().map(ByteAccumulator::end),
        ]
        .into_iter()
        .flatten()
        {
            stream.finish(&mut self.op.recorder());
        }
        let op = self.op;
        Told {
            attributes: op
                .facts()
                .iter()
                .map(|(key, value)| ((*key).to_owned(), attribute(value)))
                .collect(),
            input: op.input().iter().map(input).collect(),
            output: op.output().iter().map(output).collect(),
            system_instructions: op.system().iter().map(part).collect(),
            tool_definitions: op.tools().iter().map(tool).collect(),
            error: op.error().map(str::to_owned),
        }
    }
}

fn attribute(value: &Attribute) -> Value {
    match value {
        Attribute::Bool(b) => json!(b),
        Attribute::I64(n) => json!(n),
        Attribute::F64(n) => json!(n),
        Attribute::Array(Array::String(list)) => {
            list.iter().map(|s| Value::from(s.as_str())).collect()
        }
        other => Value::String(other.as_str().into_owned()),
    }
}

fn input(message: &InputMessage) -> Value {
    json!({"role": message.role, "parts": message.parts.iter().map(part).collect::<Value>(), "name": message.name})
}

fn output(message: &OutputMessage) -> Value {
    json!({
        "role": message.role,
        "parts": message.parts.iter().map(part).collect::<Value>(),
        "finish_reason": message.finish_reason,
        "name": message.name,
    })
}

fn part(part: &Part) -> Value {
    let base64 = |content: &Bytes| match content {
        Bytes::Base64(text) => json!(text),
        Bytes::Raw(bytes) => json!(bytes),
    };
    match part {
        Part::Text { content } => json!({"type": "text", "content": content}),
        Part::Reasoning { content } => json!({"type": "reasoning", "content": content}),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            json!({"type": "tool_call", "id": id, "name": name, "arguments": arguments})
        }
        Part::ToolCallResponse { id, response } => {
            json!({"type": "tool_call_response", "id": id, "response": response})
        }
        Part::ServerToolCall {
            id,
            name,
            server_tool_call,
        } => {
            json!({"type": "server_tool_call", "id": id, "name": name, "server_tool_call": server_tool_call})
        }
        Part::ServerToolCallResponse {
            id,
            server_tool_call_response,
        } => json!({
            "type": "server_tool_call_response", "id": id, "server_tool_call_response": server_tool_call_response,
        }),
        Part::Blob {
            modality,
            mime_type,
            content,
        } => {
            json!({"type": "blob", "modality": modality, "mime_type": mime_type, "content": base64(content)})
        }
        Part::File {
            modality,
            mime_type,
            file_id,
        } => {
            json!({"type": "file", "modality": modality, "mime_type": mime_type, "file_id": file_id})
        }
        Part::Uri {
            modality,
            mime_type,
            uri,
        } => {
            json!({"type": "uri", "modality": modality, "mime_type": mime_type, "uri": uri})
        }
        Part::Other { kind, fields } => {
            let mut all = fields.clone();
            all.insert("type".to_owned(), json!(kind));
            Value::Object(all)
        }
    }
}

fn tool(tool: &ToolDefinition) -> Value {
    match tool {
        ToolDefinition::Function {
            name,
            description,
            parameters,
        } => {
            json!({"type": "function", "name": name, "description": description, "parameters": parameters})
        }
        ToolDefinition::Other { kind, name } => json!({"type": kind, "name": name}),
    }
}
