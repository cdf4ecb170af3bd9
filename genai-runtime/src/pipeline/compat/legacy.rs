//! The message events of the conventions before 1.37: messages go in, one log event per message and choice comes out.
//!
//! Each has the provider as `gen_ai.system` and its content as the body. Text is a string; content with other parts is the
//! list of its parts.

use std::collections::HashMap;

use opentelemetry::Key;
use opentelemetry::logs::AnyValue;

use super::text::{cut, text};
use crate::content::captured::Captured;
use crate::content::limits::Limits;
use crate::content::message::finish::{self, Ended};
use crate::content::message::{Part, any, to_json};

/// An event: its name and body.
pub(crate) type Message = (&'static str, AnyValue);

type Map = HashMap<Key, AnyValue>;

/// The events of one inference, in the order of the conversation.
pub(crate) fn messages(content: &Captured, limits: &Limits, ended: Ended) -> Vec<Message> {
    let mut out = Writer {
        left: limits.content,
        events: Vec::new(),
        count: limits.messages,
    };
    if !content.system.is_empty() {
        let body = out.body("system", "system", &content.system);
        out.push("gen_ai.system.message", body);
    }
    for message in &content.input {
        let name = match message.role.as_ref() {
            "system" | "developer" => "gen_ai.system.message",
            "assistant" => "gen_ai.assistant.message",
            "tool" => "gen_ai.tool.message",
            _ => "gen_ai.user.message",
        };
        if name == "gen_ai.tool.message" {
            out.tool_answers(&message.parts);
        } else {
            let usual = if name == "gen_ai.system.message" {
                "system"
            } else if name == "gen_ai.assistant.message" {
                "assistant"
            } else {
                "user"
            };
            let body = out.body(&message.role, usual, &message.parts);
            out.push(name, body);
        }
    }
    for (index, message) in content.output.iter().enumerate() {
        let mut inner = out.body(&message.role, "assistant", &message.parts);
        let calls = inner.remove(&Key::from_static_str("tool_calls"));
        let reason = match finish::of(message, ended) {
            "tool_call" => "tool_calls",
            other => other,
        };
        let mut body = Map::new();
        put(
            &mut body,
            "index",
            AnyValue::Int(i64::try_from(index).unwrap_or(i64::MAX)),
        );
        put(&mut body, "finish_reason", string(reason.to_owned()));
        put(&mut body, "message", map(inner));
        if let Some(calls) = calls {
            put(&mut body, "tool_calls", calls);
        }
        out.push("gen_ai.choice", body);
    }
    out.events
}

/// Writes events within the limits.
struct Writer {
    left: usize,
    events: Vec<Message>,
    count: usize,
}

impl Writer {
    fn push(&mut self, name: &'static str, body: Map) {
        if self.events.len() < self.count {
            self.events.push((name, map(body)));
        }
    }

    /// A text of content, cut to what is left.
    fn text(&mut self, text: String) -> AnyValue {
        let text = cut(text, self.left);
        self.left = self.left.saturating_sub(text.len());
        string(text)
    }

    /// The body of a message; the role is left out where it is the usual one.
    fn body(&mut self, role: &str, usual: &str, parts: &[Part]) -> Map {
        let mut body = Map::new();
        if role != usual && !role.is_empty() {
            put(&mut body, "role", string(role.to_owned()));
        }
        let (calls, rest): (Vec<&Part>, Vec<&Part>) = parts
            .iter()
            .partition(|part| matches!(part, Part::ToolCall { .. }));
        if let Some(content) = self.content(&rest) {
            put(&mut body, "content", content);
        }
        let calls: Vec<AnyValue> = calls
            .into_iter()
            .filter_map(|call| self.call(call))
            .collect();
        if !calls.is_empty() {
            put(&mut body, "tool_calls", AnyValue::ListAny(Box::new(calls)));
        }
        body
    }

    fn content(&mut self, parts: &[&Part]) -> Option<AnyValue> {
        let parts: Vec<Part> = parts.iter().map(|part| (*part).clone()).collect();
        let is_text = parts.iter().all(|part| matches!(part, Part::Text { .. }));
        if is_text {
            return text(&parts).map(|text| self.text(text));
        }
        let (list, size) = any::list(&parts, 0, self.left, self.count, Ended::Well)?;
        self.left = self.left.saturating_sub(size);
        Some(list)
    }

    fn call(&mut self, part: &Part) -> Option<AnyValue> {
        let Part::ToolCall {
            id,
            name,
            arguments,
        } = part
        else {
            return None;
        };
        let mut function = Map::new();
        put(&mut function, "name", string(name.clone()));
        if let Some(arguments) = arguments {
            let text = match arguments {
                serde_json::Value::String(text) => text.clone(),
                other => to_json(other).ok()?,
            };
            let text = self.text(text);
            put(&mut function, "arguments", text);
        }
        let mut call = Map::new();
        if let Some(id) = id {
            put(&mut call, "id", string(id.clone()));
        }
        put(&mut call, "type", string("function".to_owned()));
        put(&mut call, "function", map(function));
        Some(map(call))
    }

    /// An event for each answer of a tool, as each names the call it answers.
    fn tool_answers(&mut self, parts: &[Part]) {
        for part in parts {
            let mut body = Map::new();
            match part {
                Part::ToolCallResponse { id, response } => {
                    if let Some(id) = id {
                        put(&mut body, "id", string(id.clone()));
                    }
                    let text = match response {
                        serde_json::Value::String(text) => Some(text.clone()),
                        other => to_json(other).ok(),
                    };
                    if let Some(text) = text {
                        let text = self.text(text);
                        put(&mut body, "content", text);
                    }
                }
                other => {
                    if let Some(content) = self.content(&[other]) {
                        put(&mut body, "content", content);
                    }
                }
            }
            self.push("gen_ai.tool.message", body);
        }
    }
}

fn put(map: &mut Map, key: &'static str, value: AnyValue) {
    map.insert(Key::from_static_str(key), value);
}

fn string(text: String) -> AnyValue {
    AnyValue::String(text.into())
}

fn map(map: Map) -> AnyValue {
    AnyValue::Map(Box::new(map))
}
