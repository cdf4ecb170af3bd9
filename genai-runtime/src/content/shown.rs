//! Messages as single backends can show them: messages of the conventions go in, such of parts that the backend draws come out.
//!
//! Phoenix (read in 20.26) draws text, reasoning, tool calls, one tool response for each message, and takes every blob and URI for an
//! image; it leaves out files and what the provider ran itself. MLflow (read in 3.18) draws a message only if each of its parts is text, a
//! tool call or a tool response, and shows the raw JSON of a conversation with any other. What cannot be drawn becomes a line of text that
//! says what was there. This is for spans alone: events and hooks get the messages as they are.

use serde_json::Value;

use super::message::finish::{self, Ended};
use super::message::{Bytes, InputMessage, OutputMessage, Part};

/// Whose view the span is for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) phoenix: bool,
    pub(crate) mlflow: bool,
}

/// Content whose parts are drawn.
pub(crate) trait Drawn: Sized {
    /// What stands in its place, unless it can stand as it is. `ended` decides the finish reason of a message that has none:
    /// what is drawn of its parts says nothing about it.
    fn drawn(&self, _shown: Shown, _ended: Ended) -> Option<Vec<Self>> {
        None
    }
}

impl Shown {
    /// Whether messages are changed at all.
    pub(crate) fn is_any(self) -> bool {
        self.phoenix || self.mlflow
    }

    /// The list as it is drawn; nothing if it can stand as it is.
    pub(crate) fn list<T: Drawn + Clone>(self, items: &[T], ended: Ended) -> Option<Vec<T>> {
        if !self.is_any() {
            return None;
        }
        let mut drawn: Option<Vec<T>> = None;
        for (at, item) in items.iter().enumerate() {
            match (item.drawn(self, ended), &mut drawn) {
                (None, None) => {}
                (None, Some(drawn)) => drawn.push(item.clone()),
                (Some(these), Some(drawn)) => drawn.extend(these),
                (Some(these), None) => {
                    let before = items.get(..at).unwrap_or_default();
                    drawn = Some(before.iter().cloned().chain(these).collect());
                }
            }
        }
        drawn
    }

    /// What stands in a part's place, unless it can stand as it is.
    fn part(self, part: &Part) -> Option<Part> {
        let line = |text: String| Some(Part::text(text));
        match part {
            Part::Text { .. } | Part::ToolCall { .. } | Part::ToolCallResponse { .. } => None,
            // Either shows a call where it shows nothing of this one.
            Part::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => Some(Part::ToolCall {
                id: id.clone(),
                name: name.clone(),
                arguments: Some(arguments(server_tool_call.clone())),
            }),
            Part::ServerToolCallResponse {
                server_tool_call_response,
                ..
            } if self.mlflow => line(format!(
                "[answer of the provider's tool: {server_tool_call_response}]"
            )),
            Part::File {
                modality,
                mime_type,
                file_id,
            } => line(format!(
                "[{} {file_id}]",
                what(modality, mime_type.as_deref())
            )),
            Part::Reasoning { content } if self.mlflow => line(format!("[reasoning: {content}]")),
            Part::Uri {
                modality,
                mime_type,
                uri,
            } if self.mlflow => line(format!("[{} {uri}]", what(modality, mime_type.as_deref()))),
            Part::Blob {
                modality,
                mime_type,
                content,
            } if self.mlflow => {
                let bytes = match content {
                    Bytes::Raw(bytes) => bytes.len(),
                    Bytes::Base64(text) => text.len() / 4 * 3,
                };
                line(format!(
                    "[{}, {bytes} bytes]",
                    what(modality, mime_type.as_deref())
                ))
            }
            Part::Other { kind, fields } if self.mlflow => {
                line(format!("[{kind}: {}]", Value::Object(fields.clone())))
            }
            // Phoenix passes an answer by: beside text it would take the place of the text.
            Part::ServerToolCallResponse { .. }
            | Part::Reasoning { .. }
            | Part::Uri { .. }
            | Part::Blob { .. }
            | Part::Other { .. } => None,
        }
    }

    /// The parts of one message, as those of the messages that stand in its place: a tool response hides what is beside it.
    fn parts(self, parts: &[Part]) -> Option<Vec<Vec<Part>>> {
        let is_response = |part: &&Part| matches!(part, Part::ToolCallResponse { .. });
        let responses = parts.iter().filter(is_response).count();
        let is_hidden = responses > 0 && parts.len() > 1;
        if !is_hidden && parts.iter().all(|part| self.part(part).is_none()) {
            return None;
        }
        let drawn = |part: &Part| self.part(part).unwrap_or_else(|| part.clone());
        let (alone, together): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(is_response);
        let mut messages: Vec<Vec<Part>> =
            alone.into_iter().map(|part| vec![drawn(part)]).collect();
        if !together.is_empty() {
            messages.push(together.into_iter().map(drawn).collect());
        }
        Some(messages)
    }
}

/// What a tool was asked: the one field that holds it, else everything but the kind.
fn arguments(call: Value) -> Value {
    let Value::Object(mut fields) = call else {
        return call;
    };
    fields.remove("type");
    ["input", "arguments", "args"]
        .into_iter()
        .find_map(|key| fields.remove(key))
        .unwrap_or(Value::Object(fields))
}

fn what(modality: &str, mime_type: Option<&str>) -> String {
    match mime_type {
        Some(mime_type) => format!("{modality} ({mime_type})"),
        None => modality.to_owned(),
    }
}

impl Drawn for InputMessage {
    fn drawn(&self, shown: Shown, _: Ended) -> Option<Vec<Self>> {
        let messages = shown.parts(&self.parts)?;
        let with = |parts| Self {
            parts,
            role: self.role.clone(),
            name: self.name.clone(),
        };
        Some(messages.into_iter().map(with).collect())
    }
}

impl Drawn for OutputMessage {
    fn drawn(&self, shown: Shown, ended: Ended) -> Option<Vec<Self>> {
        let messages = shown.parts(&self.parts)?;
        let with = |parts| Self {
            parts,
            role: self.role.clone(),
            name: self.name.clone(),
            finish_reason: Some(finish::of(self, ended).to_owned().into()),
        };
        Some(messages.into_iter().map(with).collect())
    }
}

impl Drawn for Part {
    fn drawn(&self, shown: Shown, _: Ended) -> Option<Vec<Self>> {
        shown.part(self).map(|part| vec![part])
    }
}

impl Drawn for super::message::ToolDefinition {}

impl Drawn for super::message::Document {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_of_the_providers_own_tool_becomes_a_call() {
        for (inner, expected) in [
            (
                json!({"type": "server_tool_use", "input": {"q": 1}, "caller": {}}),
                json!({"q": 1}),
            ),
            (
                json!({"type": "mcp_call", "arguments": {"q": 1}}),
                json!({"q": 1}),
            ),
            (
                json!({"type": "web_search_call", "action": {"q": 1}}),
                json!({"action": {"q": 1}}),
            ),
        ] {
            let shown = Shown {
                phoenix: true,
                mlflow: false,
            };
            let call = Part::server_tool_call("s", "web_search", inner);
            assert!(shown.part(&call) == Some(Part::tool_call("s", "web_search", expected)));
            let answer = Part::server_tool_response("s", json!({"type": "web_search_tool_result"}));
            assert!(shown.part(&answer).is_none() && shown.part(&Part::text("so")).is_none());
        }
    }

    /// A line for what MLflow draws nothing of.
    #[test]
    fn what_is_no_text_is_a_line_in_mlflow() {
        let shown = Shown {
            phoenix: false,
            mlflow: true,
        };
        let line = |part: Part| match shown.part(&part) {
            Some(Part::Text { content }) => content,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(Part::reasoning("so")), "[reasoning: so]");
        let bytes = line(Part::blob("image/png", vec![0_u8; 10]));
        assert!(
            bytes.contains("image/png") && bytes.ends_with(", 10 bytes]"),
            "{bytes}"
        );
        let text = Bytes::Base64("A".repeat(40));
        let bytes = line(Part::blob("image/png", text));
        assert!(bytes.ends_with(", 30 bytes]"), "{bytes}");
        let uri = line(Part::uri("image", "https://a/b"));
        assert!(
            uri.starts_with('[') && uri.ends_with(" https://a/b]"),
            "{uri}"
        );
    }

    /// What is drawn of its parts does not say how an answer ended.
    #[test]
    fn the_finish_reason_is_that_of_the_message_as_it_was() {
        let shown = Shown {
            phoenix: true,
            mlflow: true,
        };
        let call = Part::server_tool_call("s", "web_search", json!({"type": "x"}));
        let answer = OutputMessage::new("assistant").part(call);
        let drawn = shown.list(&[answer], Ended::Well).expect("it is changed");
        assert_eq!(drawn[0].finish_reason.as_deref(), Some("stop"));
    }

    const PHOENIX: Shown = Shown {
        phoenix: true,
        mlflow: false,
    };
    const MLFLOW: Shown = Shown {
        phoenix: false,
        mlflow: true,
    };

    fn fields() -> serde_json::Map<String, Value> {
        serde_json::Map::from_iter([("k".to_owned(), json!(1))])
    }

    /// What a part becomes: nothing else in Phoenix, and a line in MLflow.
    #[test]
    fn a_part_is_drawn_as_each_backend_can() {
        let file = Part::file("image", "f1").mime_type("image/png");
        let response = Part::server_tool_response("s", json!({"type": "x"}));
        for (part, phoenix, mlflow) in [
            (Part::text("so"), None, None),
            (Part::tool_call("c", "f", 1), None, None),
            (Part::tool_response("c", 1), None, None),
            (
                response,
                None,
                Some(r#"[answer of the provider's tool: {"type":"x"}]"#),
            ),
            (Part::reasoning("so"), None, Some("[reasoning: so]")),
            (
                Part::uri("image", "https://a/b"),
                None,
                Some("[image https://a/b]"),
            ),
            (
                Part::blob("image/png", b"abc"),
                None,
                Some("[image (image/png), 3 bytes]"),
            ),
            (
                Part::other("new", fields()),
                None,
                Some(r#"[new: {"k":1}]"#),
            ),
            (
                file,
                Some("[image (image/png) f1]"),
                Some("[image (image/png) f1]"),
            ),
        ] {
            for (shown, expected) in [(PHOENIX, phoenix), (MLFLOW, mlflow)] {
                let expected = expected.map(Part::text);
                assert!(shown.part(&part) == expected, "{part:?}");
                // An instruction is a part.
                let list = shown.list(std::slice::from_ref(&part), Ended::Well);
                assert!(list == expected.map(|part| vec![part]), "{part:?}");
            }
            assert!(Shown::default().list(&[part], Ended::Well).is_none());
        }
    }

    #[test]
    fn a_tool_response_is_alone_in_its_message() {
        let response = |id: &str| Part::tool_response(id, 1);
        let text = |text: &str| Part::text(text);
        let message = |parts: &[Part]| {
            let message = InputMessage::new("tool").name("alice");
            message.parts(parts.to_vec())
        };
        for (parts, expected) in [
            (vec![response("a")], None),
            (vec![text("a"), text("b")], None),
            (vec![], None),
            (
                vec![response("a"), response("b")],
                Some(vec![vec![response("a")], vec![response("b")]]),
            ),
            (
                vec![text("x"), response("a"), text("y")],
                Some(vec![vec![response("a")], vec![text("x"), text("y")]]),
            ),
            (
                vec![text("x"), Part::file("image", "f1")],
                Some(vec![vec![text("x"), text("[image f1]")]]),
            ),
        ] {
            let given = message(&parts);
            let expected = expected.map(|messages: Vec<Vec<Part>>| {
                let drawn = messages.iter().map(|parts| message(parts));
                drawn.collect::<Vec<_>>()
            });
            assert!(given.drawn(PHOENIX, Ended::Well) == expected, "{given:?}");
            // Beside others, which are as they were.
            let plain = message(&[text("as it is")]);
            let list = [plain.clone(), given.clone(), plain.clone()];
            let around = expected.map(|drawn| {
                let before = std::iter::once(plain.clone());
                before.chain(drawn).chain([plain]).collect::<Vec<_>>()
            });
            assert!(PHOENIX.list(&list, Ended::Well) == around, "{given:?}");
        }
        let answer = OutputMessage::new("assistant")
            .name("bob")
            .parts([text("x"), response("a")]);
        let one = |part: Part| {
            let message = OutputMessage::new("assistant").name("bob");
            message.part(part).finish_reason("error")
        };
        let drawn = answer.drawn(PHOENIX, Ended::Early);
        assert!(drawn == Some(vec![one(response("a")), one(text("x"))]));
    }
}
