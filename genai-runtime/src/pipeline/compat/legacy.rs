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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::content::message::{InputMessage, OutputMessage};

    /// What comes of messages, as names and `Debug` of the bodies' fields in order.
    fn events(content: &Captured, limits: &Limits) -> Vec<(&'static str, Vec<String>)> {
        let events = messages(content, limits, Ended::Well).into_iter();
        events.map(|(name, body)| (name, fields(&body))).collect()
    }

    fn fields(body: &AnyValue) -> Vec<String> {
        let AnyValue::Map(body) = body else {
            panic!("{body:?}");
        };
        let shown = |value: &AnyValue| match value {
            AnyValue::String(text) => text.as_str().to_owned(),
            AnyValue::Int(number) => number.to_string(),
            AnyValue::Map(_) => format!("{{{}}}", fields(value).join(", ")),
            AnyValue::ListAny(list) => format!("{} of a list", list.len()),
            other => panic!("{other:?}"),
        };
        let mut fields: Vec<String> = body
            .iter()
            .map(|(key, value)| format!("{key}={}", shown(value)))
            .collect();
        fields.sort();
        fields
    }

    fn of(change: impl FnOnce(&mut Captured)) -> Captured {
        let mut content = Captured::new(&Limits::default());
        change(&mut content);
        content
    }

    #[test]
    fn each_role_has_its_event_and_is_named_where_it_is_not_the_usual_one() {
        let text = |role: &str| InputMessage::new(role.to_owned()).part(Part::text("a"));
        for (role, name, body) in [
            ("system", "gen_ai.system.message", vec!["content=a"]),
            (
                "developer",
                "gen_ai.system.message",
                vec!["content=a", "role=developer"],
            ),
            ("assistant", "gen_ai.assistant.message", vec!["content=a"]),
            ("user", "gen_ai.user.message", vec!["content=a"]),
            ("", "gen_ai.user.message", vec!["content=a"]),
            (
                "critic",
                "gen_ai.user.message",
                vec!["content=a", "role=critic"],
            ),
            ("tool", "gen_ai.tool.message", vec!["content=a"]),
        ] {
            let content = of(|content| content.input = vec![text(role)]);
            let body = body.into_iter().map(str::to_owned).collect();
            assert_eq!(events(&content, &Limits::default()), [(name, body)]);
        }
    }

    #[test]
    fn calls_stand_beside_the_content_and_answers_by_themselves() {
        let answers = InputMessage::new("tool")
            .part(Part::tool_response("c-1", json!("sunny")))
            .part(Part::tool_response("c-2", json!({"a": 1})))
            .part(Part::text("more"));
        let answer = OutputMessage::new("assistant")
            .part(Part::text("so"))
            .part(Part::tool_call("c-3", "f", json!({"b": 2})))
            .part(Part::text("far"));
        let image = Part::uri("image", "https://a/b");
        let other = OutputMessage::new("critic")
            .part(image)
            .part(Part::text("x"));
        let content = of(|content| {
            content.system = vec![Part::text("rules")];
            content.input = vec![answers];
            content.output = vec![answer, other, OutputMessage::new("assistant")];
        });
        let of =
            |name, body: &[&str]| (name, body.iter().map(|&f| f.to_owned()).collect::<Vec<_>>());
        let tool = |body: &[&str]| of("gen_ai.tool.message", body);
        let choice = |body: &[&str]| of("gen_ai.choice", body);
        assert_eq!(
            events(&content, &Limits::default()),
            [
                of("gen_ai.system.message", &["content=rules"]),
                tool(&["content=sunny", "id=c-1"]),
                tool(&["content={\"a\":1}", "id=c-2"]),
                tool(&["content=more"]),
                choice(&[
                    "finish_reason=tool_calls",
                    "index=0",
                    "message={content=so\nfar}",
                    "tool_calls=1 of a list",
                ]),
                choice(&[
                    "finish_reason=stop",
                    "index=1",
                    "message={content=2 of a list, role=critic}",
                ]),
                choice(&["finish_reason=stop", "index=2", "message={}"]),
            ]
        );
    }

    #[test]
    fn there_are_as_many_events_and_bytes_as_the_limits_say() {
        let text = |text: &str| InputMessage::new("user").part(Part::text(text));
        let content = of(|content| content.input = ["abcd", "efgh", "ijkl"].map(text).to_vec());
        let limited = |messages: usize, bytes: usize| {
            let limits = Limits {
                messages,
                content: bytes,
                ..Limits::default()
            };
            let bodies = events(&content, &limits).into_iter();
            bodies.map(|(_, body)| body.concat()).collect::<Vec<_>>()
        };
        let whole = ["content=abcd", "content=efgh", "content=ijkl"];
        assert_eq!(limited(3, 12), whole);
        assert_eq!(limited(2, 12), whole[..2]);
        assert!(limited(0, 12).is_empty());
        let cut = [
            "content=abcd",
            "content=ef...[2 bytes cut]",
            "content=...[4 bytes cut]",
        ];
        assert_eq!(limited(3, 6), cut);
    }
}
